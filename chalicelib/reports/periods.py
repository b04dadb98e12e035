"""Periods: windows by a word, such as the older reports, traces and squads are asked by."""

from calendar import monthrange
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.kit.clock import DAY, HOUR, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.windows import Interval, Window
from chalicelib.reports.parameters import Instant, window_of
from chalicelib.resources.schemas import Wire


class Period(StrEnum):
    """A span of time that ends now."""

    HOUR = "HOUR"
    EIGHT_HOURS = "EIGHT_HOURS"
    TWENTY_FOUR_HOURS = "TWENTY_FOUR_HOURS"
    SEVEN_DAYS = "SEVEN_DAYS"
    THIRTY_DAYS = "THIRTY_DAYS"
    NINETY_DAYS = "NINETY_DAYS"
    SIX_MONTHS = "SIX_MONTHS"
    TWELVE_MONTHS = "TWELVE_MONTHS"

    def window(self, now: int) -> Window:
        """The window that ends at `now` (UTC epoch ms)."""
        months = _MONTHS.get(self)
        start = _months_before(now, months) if months else now - _LENGTHS[self]
        return Window(start, now)


_LENGTHS = {
    Period.HOUR: HOUR,
    Period.EIGHT_HOURS: 8 * HOUR,
    Period.TWENTY_FOUR_HOURS: DAY,
    Period.SEVEN_DAYS: 7 * DAY,
    Period.THIRTY_DAYS: 30 * DAY,
    Period.NINETY_DAYS: 90 * DAY,
}
_MONTHS = {Period.SIX_MONTHS: 6, Period.TWELVE_MONTHS: 12}
_BUCKETS = (
    (HOUR, Interval.FIVE_MINUTES),
    (8 * HOUR, Interval.HALF_HOUR),
    (DAY, Interval.HOUR),
    (7 * DAY, Interval.HALF_DAY),
    (92 * DAY, Interval.DAY),
)
"""The longest windows (ms) that are cut into buckets of a width; longer ones into months."""


def _months_before(instant: int, months: int) -> int:
    """The same day of the month and time so many months earlier; the last day of that month where
    it has no such day."""
    moment = datetime.fromtimestamp(instant / 1_000, UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return millis(moment.replace(year=year, month=month + 1, day=day))


def bucket_of(window: Window) -> Interval:
    """The width of the buckets that a window is cut into."""
    for longest, interval in _BUCKETS:
        if window.end - window.start <= longest:
            return interval
    return Interval.MONTH


class PeriodQuery(Wire):
    """A window, by a word or by both of its ends, which go before the word."""

    period: Period = Period.TWELVE_MONTHS
    startDate: Instant | None = None
    endDate: Instant | None = None

    @property
    def ends(self) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
        """Both ends of the window (UTC epoch ms), by the parameters that tell them."""
        return ("startDate", self.startDate), ("endDate", self.endDate)

    def window(self, now: int) -> Window:
        """The window that is asked for, at `now` (UTC epoch ms). Raises Invalid for one end without
        the other, and for a range that makes no sense."""
        (first, start), (last, end) = self.ends
        if start is None and end is None:
            return self.period.window(now)
        if start is None or end is None:
            lone = last if start is None else first
            message = f"{first} and {last} count together: name both, or neither"
            raise Invalid(message, faults=[Fault(lone, message, "DATE_RANGE")])
        return window_of(start, end, now, (first, last))
