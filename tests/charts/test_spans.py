"""Windows, grains and buckets of charts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.charts.spans import bucket_of, buckets_of, grain_of, window_of
from chalicelib.charts.vocabulary import ChartDateRange, ChartTimeGrain
from chalicelib.kit.clock import DAY, HOUR, millis, parse_instant
from chalicelib.kit.errors import Invalid
from chalicelib.kit.windows import Window

NOW = parse_instant("2026-11-27T02:27:08.343Z")
MOMENTS = st.datetimes(datetime(1970, 1, 5), datetime(2099, 12, 31))  # noqa: DTZ001 - of UTC
GRAINS = st.sampled_from([each for each in ChartTimeGrain if each is not ChartTimeGrain.AUTO])


def begin_of(moment: datetime, grain: ChartTimeGrain) -> datetime:
    """By the calendar of the standard library."""
    if grain is ChartTimeGrain.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if grain is ChartTimeGrain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is ChartTimeGrain.MONTH else day


@given(MOMENTS, GRAINS)
def test_a_bucket_begins_as_the_calendar_says(moment: datetime, grain: ChartTimeGrain) -> None:
    assert bucket_of(millis(moment), grain) == millis(begin_of(moment, grain))


@given(MOMENTS, st.integers(0, 400 * DAY - 1), st.floats(0, 1), GRAINS)
def test_every_instant_of_a_window_has_its_bucket(
    start: datetime, length: int, part: float, grain: ChartTimeGrain
) -> None:
    first = millis(start)
    window = Window(first, first + length)
    buckets = buckets_of(window, grain)
    assert list(buckets) == sorted(set(buckets))
    assert buckets[0] <= first
    assert buckets[-1] <= window.end
    assert bucket_of(first + int(length * part), grain) in buckets
    assert bucket_of(window.end, grain) == buckets[-1]


@pytest.mark.parametrize(
    ("length", "grain"),
    [
        (2 * DAY, ChartTimeGrain.HOUR),
        (2 * DAY + 1, ChartTimeGrain.DAY),
        (60 * DAY, ChartTimeGrain.DAY),
        (60 * DAY + 1, ChartTimeGrain.WEEK),
        (180 * DAY, ChartTimeGrain.WEEK),
        (180 * DAY + 1, ChartTimeGrain.MONTH),
    ],
)
def test_a_grain_that_nobody_names(length: int, grain: ChartTimeGrain) -> None:
    window = Window(NOW - length + 1, NOW)
    assert grain_of(None, window) is grain
    assert grain_of(ChartTimeGrain.AUTO, window) is grain


def test_hours_are_for_a_week() -> None:
    assert grain_of(ChartTimeGrain.HOUR, Window(NOW - 7 * DAY, NOW)) is ChartTimeGrain.HOUR
    with pytest.raises(Invalid, match="timeGrain"):
        grain_of(ChartTimeGrain.HOUR, Window(NOW - 7 * DAY - 1, NOW))


def test_a_range_ends_now() -> None:
    assert window_of(ChartDateRange.HOUR, None, None, NOW) == Window(NOW - HOUR + 1, NOW)


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "fields"),
    [
        ("1969-12-31", "2100-01-01", ["startDate", "endDate"]),
        ("0001-01-01", "0001-01-02", ["startDate", "endDate"]),
        ("2099-12-01", "9999-12-31", ["endDate"]),
        (None, "9999-12-31", ["startDate", "endDate"]),
        ("2026-11-02", "2026-11-01", ["endDate"]),
        ("2025-01-01", "2026-11-01", ["startDate"]),
    ],
)
def test_bounds_that_no_chart_has(start: str | None, end: str, fields: list[str]) -> None:
    began = moment_of(start) if start else None
    with pytest.raises(Invalid) as caught:
        window_of(ChartDateRange.CUSTOM, began, moment_of(end), NOW)
    assert [each.field for each in caught.value.faults] == fields
