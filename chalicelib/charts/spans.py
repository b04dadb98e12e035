"""Spans: the time that a chart shows, and the buckets that it is cut into."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.charts.vocabulary import ChartDateRange, ChartTimeGrain
from chalicelib.kit.clock import DAY, HOUR, day_start, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.windows import Interval, Window, floor

_LENGTHS = {
    ChartDateRange.HOUR: HOUR,
    ChartDateRange.EIGHT_HOURS: 8 * HOUR,
    ChartDateRange.DAY: DAY,
    ChartDateRange.WEEK: 7 * DAY,
    ChartDateRange.MONTH: 30 * DAY,
    ChartDateRange.QUARTER: 90 * DAY,
    ChartDateRange.HALF_YEAR: 180 * DAY,
    ChartDateRange.YEAR: 365 * DAY,
}
_LONGEST = 400 * DAY
_FIRST, _LAST = day_start("1970-01-01"), day_start("2100-01-01")
_AUTO = (
    (2 * DAY, ChartTimeGrain.HOUR),
    (60 * DAY, ChartTimeGrain.DAY),
    (180 * DAY, ChartTimeGrain.WEEK),
)
_MOST_OF_HOURS = 7 * DAY  # a chart of thousands of points shows nothing
_INTERVALS = {
    ChartTimeGrain.HOUR: Interval.HOUR,
    ChartTimeGrain.DAY: Interval.DAY,
    ChartTimeGrain.WEEK: Interval.DAY,
    ChartTimeGrain.MONTH: Interval.MONTH,
}
_MONDAY = 4 * DAY
"""1970 began on a Thursday, so that the first Monday was four days later."""


def window_of(
    span: ChartDateRange, start: datetime | None, end: datetime | None, now: int
) -> Window:
    """The window of a range that ends at `now` (UTC epoch ms), or of its own bounds. Raises
    Invalid."""
    if span is not ChartDateRange.CUSTOM:
        return Window(now - _LENGTHS[span] + 1, now)
    faults = [*_find_faults("startDate", start), *_find_faults("endDate", end)]
    if faults or start is None or end is None:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    window = Window(millis(start), millis(end))
    if window.end < window.start:
        raise Invalid("endDate: before startDate", field="endDate")
    if window.end - window.start > _LONGEST:
        raise Invalid(
            f"startDate: at most {_LONGEST // DAY} days before endDate", field="startDate"
        )
    return window


def _find_faults(name: str, told: datetime | None) -> Iterator[Fault]:
    if told is None:
        yield Fault(name, "a custom range needs it", "MISSING")
    elif not _FIRST <= millis(told) < _LAST:
        yield Fault(name, "not between the years 1970 and 2099")


def grain_of(grain: ChartTimeGrain | None, window: Window) -> ChartTimeGrain:
    """The grain that a window is shown in. Raises Invalid for one that is too fine."""
    length = window.end - window.start + 1
    is_long = window.end - window.start > _MOST_OF_HOURS  # from an hour to the same one is allowed
    if grain not in (None, ChartTimeGrain.AUTO):
        if grain is ChartTimeGrain.HOUR and is_long:
            raise Invalid("timeGrain: hours are for 7 days at most", field="timeGrain")
        return grain
    for most, found in _AUTO:
        if length <= most:
            return found
    return ChartTimeGrain.MONTH


def interval_of(grain: ChartTimeGrain) -> Interval:
    """The buckets in which the lake is asked: weeks are put together of days."""
    return _INTERVALS[grain]


def bucket_of(instant: int, grain: ChartTimeGrain) -> int:
    """The start of the bucket that holds an instant (UTC epoch ms)."""
    if grain is ChartTimeGrain.WEEK:
        return instant - (instant - _MONDAY) % (7 * DAY)
    return floor(instant, _INTERVALS[grain])


def buckets_of(window: Window, grain: ChartTimeGrain) -> Sequence[int]:
    """The starts of all buckets of a window, the first one first."""
    starts = [bucket_of(each.start, grain) for each in window.buckets(_INTERVALS[grain])]
    return list(dict.fromkeys(starts))
