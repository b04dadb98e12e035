"""Waiting for what is promised within a time."""

import time
from collections.abc import Callable

_PAUSE_S = 0.05


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return as soon as `holds` does; fail when it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(_PAUSE_S)
