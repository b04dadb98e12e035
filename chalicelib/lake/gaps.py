"""Gaps: the days that an answer misses something of, noted by whoever reads the lake and told by
whoever answers, however far apart these are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chalicelib.kit.days import day_ranges

HEADER = "X-Meterlake-Incomplete-Days"
"""The days of an answer of which files are damaged or gone, until `meterlake rebuild` has written
them anew, and those whose events retention has removed where the answer needs them; see `tell`."""
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


def tell(days: Iterable[str]) -> str:
    """Days as the header has them, oldest first: `2026-01-01..2026-01-31` are all from the first to
    the last, so that what retention has removed in years fits into a header."""
    ranges = day_ranges(sorted(days))
    return ", ".join(first if first == last else f"{first}..{last}" for first, last in ranges)
