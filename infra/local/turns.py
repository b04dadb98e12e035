"""Turns: how many requests are worked on at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.kit.aside import holding
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
        turn = _Turn(self._reads if method in _READING else self._writes, self._patience_s)
        turn.come_back()
        try:
            with holding(turn):
                yield
        finally:
            turn.lend()


class _Turn:
    """A turn of one request, which may lend it and come back; used by one thread."""

    def __init__(self, turns: threading.BoundedSemaphore, patience_s: float) -> None:
        self._turns = turns
        self._patience_s = patience_s
        self._is_held = False

    def come_back(self) -> None:
        """Take it, again. Raises Unavailable when it does not come in time."""
        if not self._turns.acquire(timeout=self._patience_s):
            raise Unavailable("too many requests are being answered: try again")
        self._is_held = True

    def lend(self) -> None:
        """Let others have it, if it is held."""
        if self._is_held:
            self._is_held = False
            self._turns.release()
