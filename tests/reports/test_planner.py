"""The planner: which files answer which part of a window."""

from chalicelib.kit.clock import parse_instant
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.days import ROLLUP_FORMAT, DayState
from chalicelib.lake.dimensions import AGENT, MODEL, TEAM, Dimension
from chalicelib.reports.facts import CALLS, CHARGES
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import cost
from chalicelib.reports.planner import Question, RowSource, plan

DIRTY, CLEAN, EMPTY = DayState(2, 1), DayState(2, 2), DayState()
ROLLED = DayState(2, 2, 2, rollups=ROLLUP_FORMAT)


def segments(
    start: str,
    end: str,
    *days: DayState,
    dimension: Dimension = AGENT,
    measure: Measure = Measure.SUM,
    interval: Interval | None = Interval.DAY,
) -> list[tuple[str, str, str]]:
    window = Window(parse_instant(start), parse_instant(end))
    states = dict(zip(window.days(), days, strict=True))
    found = plan(window, Question((dimension,), cost().terms(measure), interval), CALLS, states)
    return [(part.source.value, _hour(part.start), _hour(part.end + 1)) for part in found]


def _hour(instant: int) -> str:
    return f"{instant // 86_400_000 - 20_000}d{instant // 60_000 % 1_440 / 60:g}h"


DAY_1, DAY_4 = "2024-10-05T00:00:00Z", "2024-10-08T23:59:59.999Z"


def test_each_day_is_read_the_cheapest_way_and_neighbours_are_joined() -> None:
    assert segments(DAY_1, DAY_4, ROLLED, ROLLED, CLEAN, DIRTY) == [
        (RowSource.DAILY, "1d0h", "3d0h"),
        (RowSource.CLEAN, "3d0h", "4d0h"),
        (RowSource.DIRTY, "4d0h", "5d0h"),
    ]


def test_days_without_events_are_not_read() -> None:
    assert segments(DAY_1, DAY_4, EMPTY, DIRTY, EMPTY, EMPTY) == [(RowSource.DIRTY, "2d0h", "3d0h")]


def test_the_ends_of_a_window_are_read_by_hours_and_what_is_left_from_events() -> None:
    assert segments("2024-10-05T21:30:00Z", "2024-10-06T02:29:59.999Z", ROLLED, ROLLED) == [
        (RowSource.CLEAN, "1d21.5h", "1d22h"),
        (RowSource.HOURLY, "1d22h", "2d2h"),
        (RowSource.CLEAN, "2d2h", "2d2.5h"),
    ]


def test_the_last_millisecond_of_a_window_that_ends_at_a_full_hour_is_not_forgotten() -> None:
    found = segments("2024-10-05T21:00:00Z", "2024-10-05T23:00:00Z", ROLLED)
    assert [source for source, _, _ in found] == [RowSource.HOURLY, RowSource.CLEAN]
    assert found[1][1] == "1d23h"


def test_a_window_within_one_hour_needs_the_events() -> None:
    assert (
        segments("2024-10-05T21:10:00Z", "2024-10-05T21:49:59.999Z", ROLLED)[0][0]
        == RowSource.CLEAN
    )


def test_dimensions_of_many_values_have_no_hours() -> None:
    for interval in (Interval.HOUR, Interval.DAY):
        found = segments(
            "2024-10-05T21:00:00Z",
            "2024-10-06T23:59:59.999Z",
            ROLLED,
            ROLLED,
            dimension=TEAM,
            interval=interval,
        )
        assert found[0] == (
            RowSource.CLEAN,
            "1d21h",
            "2d0h" if interval is Interval.DAY else "3d0h",
        )


def test_buckets_of_an_hour_are_read_from_hours() -> None:
    assert (
        segments(DAY_1, "2024-10-05T23:59:59.999Z", ROLLED, interval=Interval.HOUR)[0][0]
        == RowSource.HOURLY
    )


def test_a_total_takes_whole_days() -> None:
    assert segments(DAY_1, DAY_4, ROLLED, ROLLED, ROLLED, ROLLED, interval=None) == [
        (RowSource.DAILY, "1d0h", "5d0h")
    ]


def test_percentiles_need_the_events() -> None:
    assert segments(DAY_1, DAY_4, ROLLED, ROLLED, CLEAN, DIRTY, measure=Measure.P95) == [
        (RowSource.CLEAN, "1d0h", "4d0h"),
        (RowSource.DIRTY, "4d0h", "5d0h"),
    ]


def test_what_stands_once_has_no_states_and_is_read_as_it_is() -> None:
    window = Window(parse_instant(DAY_1), parse_instant(DAY_4))
    (only,) = plan(window, Question((AGENT,), cost().terms(Measure.SUM)), CHARGES, {})
    assert (only.source, only.start, only.end) == (RowSource.CLEAN, window.start, window.end)


def test_filters_that_no_rollup_knows_together_with_the_dimension_need_the_events() -> None:
    states = {"2024-10-05": ROLLED}
    window = Window(parse_instant(DAY_1), parse_instant("2024-10-05T23:59:59.999Z"))
    for dimension, column, source in (
        (AGENT, "model", RowSource.CLEAN),
        (MODEL, "provider", RowSource.DAILY),
    ):
        question = Question((dimension,), cost().terms(Measure.SUM), None, {column: ["x"]})
        assert [part.source for part in plan(window, question, CALLS, states)] == [source]
