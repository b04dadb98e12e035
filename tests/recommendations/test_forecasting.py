"""Forecasts, back-tested on made-up years against naive ones, and the answer that tells them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import sin
from random import Random
from statistics import fmean

import pytest

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.ports.world import World
from chalicelib.recommendations.forecasting import find_week, forecast
from chalicelib.recommendations.outlooks import forecast_month
from tests.lake.samples import NOON
from tests.recommendations.life import Life

_WEEK = (1.2, 1.25, 1.2, 1.15, 1.1, 0.5, 0.6)
_LENGTHS = (5, 10, 15, 20, 25)


def grow(day: int) -> float:
    return 100 + day / 2


def wave(day: int) -> float:
    return 100 + 20 * sin(day / 40)


def stand(_: int) -> float:
    return 100


def make_year(level: Callable[[int], float], seed: int) -> list[float]:
    rng = Random(seed)
    return [level(day) * _WEEK[day % 7] * rng.lognormvariate(0, 0.08) for day in range(365)]


def last_day(known: Sequence[float], count: int) -> float:
    return known[-1] * count


def last_week(known: Sequence[float], count: int) -> float:
    return fmean(known[-7:]) * count


def month_so_far(known: Sequence[float], count: int) -> float:
    return fmean(known[-28:]) * count


@pytest.mark.parametrize("naive", [last_day, last_week, month_so_far])
@pytest.mark.parametrize("level", [grow, wave, stand])
def test_the_forecast_is_nearer_than_a_naive_one(
    level: Callable[[int], float], naive: Callable[[Sequence[float], int], float]
) -> None:
    ours: list[float] = []
    theirs: list[float] = []
    for seed in range(4):
        year = make_year(level, seed)
        for end in range(60, 330, 9):
            known = year[end - 56 : end]
            for count in _LENGTHS:
                actual = sum(year[end : end + count])
                ours.append(abs(sum(forecast(known, count).days) - actual) / actual)
                theirs.append(abs(naive(known, count) - actual) / actual)
    assert fmean(ours) < fmean(theirs)
    assert fmean(ours) < 0.06


@pytest.mark.parametrize("level", [grow, wave, stand])
def test_the_band_holds_what_it_says(level: Callable[[int], float]) -> None:
    within: list[bool] = []
    for seed in range(4):
        year = make_year(level, seed)
        for end in range(60, 330, 9):
            outlook = forecast(year[end - 56 : end], 15)
            actual = sum(year[end : end + 15])
            assert outlook.width is not None
            within.append(abs(sum(outlook.days) - actual) <= outlook.width)
    assert 0.85 <= fmean(within) <= 1.0


def test_the_week_is_found() -> None:
    factors = find_week([100 * _WEEK[day % 7] for day in range(56)])
    assert all(abs(found - told) < 0.01 for found, told in zip(factors, _WEEK, strict=True))


def test_a_trend_goes_on_and_a_fall_ends_at_nothing() -> None:
    rising = forecast([float(day) for day in range(56)], 10)
    assert rising.days[-1] > rising.days[0] > 50
    falling = forecast([max(0.0, 100 - 2.0 * day) for day in range(56)], 30)
    assert min(falling.days) == 0


def test_of_few_days_the_mean_goes_on() -> None:
    short = forecast([1.0, 3.0], 2)
    assert (short.days, short.method) == ([2.0, 2.0], "mean")
    assert forecast([], 3).days == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("days", range(9))
def test_of_less_than_a_week_there_is_no_band(days: int) -> None:
    width = forecast([1.0 + day % 2 for day in range(days)], 2).width
    assert (width is None) == (days < 7)
    assert width is None or width > 0


def test_the_month_of_a_team(world: World, team: str) -> None:
    life = Life(world, team)
    for day in range(60):
        life.call(at=NOON - DAY * (60 - day), cost_nano=10**9)
    life.call(at=NOON - HOUR, cost_nano=3 * 10**8)
    life.call(at=NOON - HOUR, model="nobody-knows")
    life.tool("support", 0)
    life.tools[-1] |= {"requested_at": NOON - HOUR, "cost_nano": None}
    life.write()
    told = forecast_month(world, life.team)
    assert (told["month"], told["method"]) == ("2026-03", "damped-holt")
    before = int(day_of(NOON)[8:]) - 1
    assert told["spentUsd"] == before + Decimal("0.3")  # a dollar a day, and today
    assert told["forecastUsd"] == 31
    assert told["lowUsd"] <= 31 <= told["highUsd"]
    assert told["unpricedCalls"] == 2  # the tool's among them
    assert len(told["days"]) == 31
    today = told["days"][before]
    assert (today["date"], today["actualUsd"], today["forecastUsd"]) == (
        day_of(NOON), Decimal("0.3"), 1,
    )  # fmt: skip
    assert told["days"][before - 1]["forecastUsd"] is None
    assert told["days"][before + 1]["actualUsd"] is None


def test_the_month_of_nobody(world: World, team: str) -> None:
    told = forecast_month(world, Life(world, team).team)
    assert (told["spentUsd"], told["forecastUsd"], told["method"]) == (0, 0, "mean")
    assert (told["lowUsd"], told["knownDays"]) == (None, 0)


def test_the_month_after_one_day_has_no_band(world: World, team: str) -> None:
    life = Life(world, team)
    life.call(at=NOON - DAY, cost_nano=5 * 10**9)
    life.write()
    told = forecast_month(world, life.team)
    assert told["forecastUsd"] > told["spentUsd"] == 5
    assert (told["lowUsd"], told["highUsd"], told["confidence"]) == (None, None, None)
    assert told["knownDays"] == 1


def test_the_month_of_a_first_day_is_not_foretold(world: World, team: str) -> None:
    life = Life(world, team)
    life.call(at=NOON - HOUR, cost_nano=10**9)
    life.write()
    told = forecast_month(world, life.team)
    assert (told["spentUsd"], told["forecastUsd"], told["knownDays"]) == (1, None, 0)


def test_the_month_of_calls_without_a_price_is_unknown(world: World, team: str) -> None:
    life = Life(world, team)
    for day in range(20):
        life.call(at=NOON - DAY * day - HOUR, model="nobody-knows")
    life.write()
    told = forecast_month(world, life.team)
    assert (told["spentUsd"], told["forecastUsd"], told["lowUsd"]) == (None, None, None)
    assert told["unpricedCalls"] == 20
    assert {day["actualUsd"] for day in told["days"] if day["date"] == day_of(NOON)} == {None}
    assert {day["forecastUsd"] for day in told["days"]} == {None}
