"""Windows: the calendar spans (UTC) in which rules count, and what they are called."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.budgets.vocabulary import CostControlWindowType
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.windows import Window

_MONTHS_OF_QUARTER = 3
_MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """A window of a kind. `start` and `end` are its first and last millisecond (UTC epoch ms).
    `key` changes exactly when the window rolls over: HOURLY:2026-05-15T13, DAILY:2026-05-15,
    WEEKLY:2026-W20 (ISO 8601), MONTHLY:2026-05, QUARTERLY:2026-Q2, YEARLY:2026."""

    key: str
    start: int
    end: int

    def until(self, now: int) -> Window:
        """The part of it that is over at `now` (UTC epoch ms), which calls may be a little ahead
        of: all of it."""
        return Window(self.start, max(self.start, min(self.end, now)))

    def times(self) -> dict[str, str]:
        """How it is told on the wire."""
        return {
            "windowKey": self.key,
            "windowStart": iso(self.start),
            "windowEnd": iso(self.end),
        }


def window_at(kind: CostControlWindowType, now: int) -> BudgetWindow:
    """The window of a kind that holds an instant (UTC epoch ms). Weeks begin on Monday."""
    moment = datetime.fromtimestamp(now // 1_000, UTC)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if kind is CostControlWindowType.HOURLY:
        return _window(f"HOURLY:{hour:%Y-%m-%dT%H}", hour, hour + timedelta(hours=1))
    day = hour.replace(hour=0)
    if kind is CostControlWindowType.DAILY:
        return _window(f"DAILY:{day:%Y-%m-%d}", day, day + timedelta(days=1))
    if kind is CostControlWindowType.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return _window(f"WEEKLY:{year}-W{week:02}", monday, monday + timedelta(days=7))
    if kind is CostControlWindowType.MONTHLY:
        first = day.replace(day=1)
        return _window(f"MONTHLY:{first:%Y-%m}", first, _months_after(first, 1))
    if kind is CostControlWindowType.YEARLY:
        first = day.replace(month=1, day=1)
        return _window(f"YEARLY:{first.year}", first, first.replace(year=first.year + 1))
    quarter = (day.month - 1) // _MONTHS_OF_QUARTER
    first = day.replace(month=quarter * _MONTHS_OF_QUARTER + 1, day=1)
    end = _months_after(first, _MONTHS_OF_QUARTER)
    return _window(f"QUARTERLY:{first.year}-Q{quarter + 1}", first, end)


def _window(key: str, start: datetime, following: datetime) -> BudgetWindow:
    return BudgetWindow(key, millis(start), millis(following) - 1)


def _months_after(first: datetime, months: int) -> datetime:
    """The first of a month so many months later."""
    year, month = divmod(first.year * _MONTHS_OF_YEAR + first.month - 1 + months, _MONTHS_OF_YEAR)
    return first.replace(year=year, month=month + 1)
