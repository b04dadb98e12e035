"""Turns: how many requests are worked on at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.kit.errors import Unavailable

_READING = frozenset(("GET", "HEAD", "OPTIONS"))


class Turns:
    """How many requests are worked on at once, of those that read and of those that write: reports
    may wait for each other, but nobody who meters waits for them.

    Bodies are read before a turn is taken, so that a slow client keeps nobody from working.
    """

    def __init__(self, reads: int, writes: int, patience_s: float) -> None:
        self._reads = threading.BoundedSemaphore(reads)
        self._writes = threading.BoundedSemaphore(writes)
        self._patience_s = patience_s

    @contextmanager
    def take(self, method: str) -> Iterator[None]:
        """A turn for a request. Raises Unavailable when none comes in time."""
        turns = self._reads if method in _READING else self._writes
        if not turns.acquire(timeout=self._patience_s):
            raise Unavailable("too many requests are being answered: try again")
        try:
            yield
        finally:
            turns.release()
