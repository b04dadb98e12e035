"""Pace and forecast of budgets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.alerts.pace import Span, compare_pace, forecast
from chalicelib.alerts.progress_schemas import PaceStatus
from chalicelib.kit.clock import DAY, HOUR, day_start, parse_instant

START = parse_instant("2026-11-01T00:00:00Z")
END = parse_instant("2026-12-01T00:00:00Z")
MONEY = st.decimals("0.01", 10**6, places=2)


def at(day: int, since: int = START) -> Span:
    return Span(START, END, since, START + day * DAY)


@pytest.mark.parametrize(
    ("value", "status", "delta"),
    [
        (50, PaceStatus.ON_TRACK, 0),
        (55, PaceStatus.ON_TRACK, 5),
        (56, PaceStatus.AHEAD, 6),
        (45, PaceStatus.ON_TRACK, -5),
        (44, PaceStatus.BEHIND, -6),
    ],
)
def test_the_pace_in_the_middle_of_a_month(value: int, status: PaceStatus, delta: int) -> None:
    pace = compare_pace(Decimal(value), Decimal(100), at(15))
    assert (pace.expected, pace.delta, pace.status) == (50, delta, status)


@pytest.mark.parametrize(("day", "expected"), [(-1, 0), (0, 0), (30, 300), (31, 300)])
def test_what_is_expected_lies_between_nothing_and_all(day: int, expected: int) -> None:
    assert compare_pace(Decimal(0), Decimal(300), at(day)).expected == expected


def test_a_forecast() -> None:
    found = forecast(Decimal(100), Decimal(150), at(10))
    assert found
    assert (found.per_day, found.end_value, found.is_exhausted) == (10, 300, False)
    assert found.exhausted_on == "2026-11-16"


def test_a_budget_that_lasts_has_no_last_day() -> None:
    found = forecast(Decimal(100), Decimal(300), at(10))
    assert found
    assert (found.end_value, found.exhausted_on) == (300, None)


def test_a_budget_that_is_gone() -> None:
    found = forecast(Decimal(150), Decimal(150), at(10))
    assert found
    assert (found.is_exhausted, found.exhausted_on) == (True, None)


def test_it_is_too_early_for_a_forecast() -> None:
    assert forecast(Decimal(5), Decimal(10), Span(START, END, START, START + 7 * HOUR)) is None
    assert forecast(Decimal(5), Decimal(10), Span(START, END, START, START + 8 * HOUR))
    assert forecast(Decimal(5), Decimal(10), at(-1)) is None


def test_a_reset_budget_is_forecast_from_its_reset() -> None:
    found = forecast(Decimal(50), Decimal(1000), at(15, since=START + 10 * DAY))
    assert found
    assert (found.per_day, found.end_value) == (10, 200)


@given(MONEY, MONEY, st.integers((END - START) // 100 + 1, END - START))
def test_the_forecast_is_a_straight_line(value: Decimal, limit: Decimal, passed: int) -> None:
    span = Span(START, END, START, START + passed)
    found = forecast(value, limit, span)
    assert found
    exact = value * (END - START) / passed
    assert abs(found.end_value - exact) <= Decimal("1e-9")
    if found.exhausted_on:
        day = day_start(found.exhausted_on)
        assert value < limit
        assert value * (day + DAY - START) / passed >= limit
        assert value * (day - 1 - START) / passed < limit
    elif not found.is_exhausted:
        assert value * (END - 1 - START) / passed < limit or value == limit


@given(MONEY, MONEY, st.integers(0, END - START))
def test_a_pace_is_what_is_ahead_of_the_line(value: Decimal, limit: Decimal, passed: int) -> None:
    pace = compare_pace(value, limit, Span(START, END, START, START + passed))
    assert 0 <= pace.expected <= limit
    assert pace.expected + pace.delta == value
    if pace.status is PaceStatus.AHEAD:
        assert pace.delta > limit / 20
    elif pace.status is PaceStatus.BEHIND:
        assert pace.delta < -limit / 20
