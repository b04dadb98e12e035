"""Gaps: the days that an answer misses something of, noted by whoever reads the lake and told by
whoever answers, however far apart these are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Meterlake-Incomplete-Days"
"""The days of an answer of which files are damaged or gone, until `meterlake rebuild` has written
them anew, and those whose events retention has removed where the answer needs them."""
_NOBODY: set[str] = set()
_days: ContextVar[set[str]] = ContextVar("gaps", default=_NOBODY)


@contextmanager
def collect_gaps() -> Iterator[set[str]]:
    """The days (YYYY-MM-DD) that are noted in this thread within the context."""
    days: set[str] = set()
    token = _days.set(days)
    try:
        yield days
    finally:
        _days.reset(token)


def note_gaps(days: Iterable[str]) -> None:
    """Note days that the answer under way misses something of; outside of one nobody asks."""
    noted = _days.get()
    if noted is not _NOBODY:
        noted.update(days)
