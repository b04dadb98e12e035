"""Time windows: a range of instants cut into aligned UTC buckets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of, millis

DayRange = tuple[str, str]
"""First and last UTC day, YYYY-MM-DD, both inclusive."""


class Interval(StrEnum):
    """Width of a bucket; those that no engine has a name for are parts of one that it has."""

    FIVE_MINUTES = "five minutes"
    HALF_HOUR = "half an hour"
    HOUR = "hour"
    HALF_DAY = "half a day"
    DAY = "day"
    MONTH = "month"

    @property
    def whole(self) -> "Interval":
        """The bucket that engines have a name for (date_trunc in Athena and DuckDB), of which this
        one is a part."""
        if self in (Interval.FIVE_MINUTES, Interval.HALF_HOUR):
            return Interval.HOUR
        return Interval.DAY if self is Interval.HALF_DAY else self

    @property
    def minutes(self) -> int | None:
        """How many minutes it is wide; None for months, which are not all alike."""
        return _MINUTES.get(self)


_MINUTES = {
    Interval.FIVE_MINUTES: 5,
    Interval.HALF_HOUR: 30,
    Interval.HOUR: 60,
    Interval.HALF_DAY: 720,
    Interval.DAY: 1_440,
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """First and last millisecond of a bucket, both inclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends inclusive, UTC epoch milliseconds."""

    start: int
    end: int

    def interval(self, hourly_hours: int, daily_days: int) -> Interval:
        """Hours up to `hourly_hours` of span, days up to `daily_days`, months beyond."""
        span = self.end - self.start
        if span <= hourly_hours * HOUR:
            return Interval.HOUR
        return Interval.DAY if span <= daily_days * DAY else Interval.MONTH

    def buckets(self, interval: Interval) -> Iterator[Bucket]:
        """Every bucket from the one that holds `start` to the one that holds `end`, oldest
        first."""
        start = floor(self.start, interval)
        while start <= self.end:
            following = _next(start, interval)
            yield Bucket(start, following - 1)
            start = following

    def days(self) -> list[str]:
        """The UTC days it touches, YYYY-MM-DD, oldest first."""
        return [
            day_of(start) for start in range(floor(self.start, Interval.DAY), self.end + 1, DAY)
        ]


def floor(instant: int, interval: Interval) -> int:
    """The first millisecond of the bucket that holds an instant."""
    if interval.minutes:
        return instant - instant % (interval.minutes * MINUTE)
    moment = datetime.fromtimestamp(instant // 1_000, UTC)
    return millis(datetime(moment.year, moment.month, 1, tzinfo=UTC))


def _next(start: int, interval: Interval) -> int:
    if interval.minutes:
        return start + interval.minutes * MINUTE
    moment = datetime.fromtimestamp(start // 1_000, UTC)
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return millis(datetime(year, month + 1, 1, tzinfo=UTC))


def whole_days_of(spans: Iterable[tuple[int, int]]) -> list[Window]:
    """The days that some spans of time (UTC epoch ms) touch, oldest first, neighbours as one."""
    days: set[int] = set()
    for start, end in spans:
        days.update(range(start // DAY, end // DAY + 1))
    windows: list[Window] = []
    for day in sorted(days):
        start = day * DAY
        if windows and windows[-1].end + 1 == start:
            windows[-1] = Window(windows[-1].start, start + DAY - 1)
        else:
            windows.append(Window(start, start + DAY - 1))
    return windows
