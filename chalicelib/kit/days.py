"""Ranges of UTC days, YYYY-MM-DD."""

from collections.abc import Iterable

from chalicelib.kit.clock import DAY, day_start
from chalicelib.kit.windows import DayRange, Window


def list_days(first: str, last: str) -> list[str]:
    """Two UTC days (YYYY-MM-DD) and all days between them, oldest first; none when the first is
    after the last."""
    return Window(day_start(first), day_start(last)).days()


def day_ranges(days: Iterable[str]) -> list[DayRange]:
    """Days, oldest first, as ranges of days that follow one another."""
    ranges: list[DayRange] = []
    end = None
    for day in days:
        start = day_start(day)
        if start == end:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
        end = start + DAY
    return ranges
