"""Periods that merged pull requests are counted by."""

from collections.abc import Iterator

from chalicelib.kit.clock import DAY, day_of

_WEEK_DAYS, _THURSDAY = 7, 3
"""1 January 1970 was the day after three others of its week."""


def period_of(instant: int, granularity: str) -> str:
    """The first UTC day of the day, the ISO week or the month of an instant (UTC epoch ms);
    nothing for the window as a whole."""
    match granularity:
        case "day":
            return day_of(instant)
        case "week":
            days = instant // DAY
            return day_of((days - (days + _THURSDAY) % _WEEK_DAYS) * DAY)
        case "month":
            return f"{day_of(instant)[:7]}-01"
    return ""


def list_months(first: str, last: str) -> Iterator[str]:
    """The months (YYYY-MM) from that of a day to that of another one."""
    year, month = int(first[:4]), int(first[5:7])
    while f"{year:04d}-{month:02d}" <= last[:7]:
        yield f"{year:04d}-{month:02d}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
