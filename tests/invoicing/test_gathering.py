"""Counted days: what was counted of a day for a closed window is counted of it ever after."""

from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.invoicing.accounts import BillingWindow, Part
from chalicelib.invoicing.days import CountedDay, Recipe, read_day, store_day
from chalicelib.invoicing.gathering import CountedDays, RatedWindow, days_between
from chalicelib.invoicing.service import _find_changed
from chalicelib.invoicing.tariffs import NO_PLAN
from chalicelib.kit.clock import HOUR, day_start
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from tests.lake.samples import DAY, batch, event

TEAM = "team"
START = day_start(DAY)
KM, MILES = Recipe(names={"km": "e1"}), Recipe(names={"miles": "e2"})


def days_of_a_run(world: World, recipe: Recipe, cut: int) -> CountedDays:
    """The days of a run that rates one window, which begins at `cut`."""
    book: Any = SimpleNamespace(world=world, team=TEAM, recipe=recipe)
    end = START + 2 * 24 * HOUR
    window = BillingWindow(cut, end, cut, end, [Part("p", cut, end)])
    account: Any = None
    return CountedDays(book, [RatedWindow(account, window, [NO_PLAN])], [])


def test_a_day_goes_on_being_cut_and_counted_as_it_was(local_world: World) -> None:
    write(local_world, batch(event(TEAM, "a")))
    first = days_of_a_run(local_world, KM, START + HOUR).day(DAY)
    assert first is not None
    assert (first.recipe.names, list(first.cuts)) == ({"km": "e1"}, [START + HOUR])
    store_day(local_world, TEAM, first)

    again = days_of_a_run(local_world, KM, START + HOUR)
    assert again.day(DAY) == first
    assert again.counted == {}, "nothing was counted anew"

    second = days_of_a_run(local_world, MILES, START + 2 * HOUR).day(DAY)
    assert second is not None
    assert second.recipe.names == {"km": "e1", "miles": "e2"}
    assert list(second.cuts) == [START + HOUR, START + 2 * HOUR]


def test_a_day_is_stored_as_it_was_counted(local_world: World) -> None:
    write(local_world, batch(event(TEAM, "a"), event(TEAM, "b", at=START)))
    counted = days_of_a_run(local_world, KM, START + HOUR).day(DAY)
    assert counted is not None
    store_day(local_world, TEAM, counted)
    assert read_day(local_world, TEAM, DAY) == counted
    assert sorted(since for _, since in counted.usage) == [0, START + HOUR]


@pytest.mark.parametrize(
    ("billed", "now", "changed"), [(3, 3, False), (3, 4, True), (-1, -1, True), (-1, 3, True)]
)
def test_a_day_that_a_writer_was_at_work_on_is_looked_at_again(
    billed: int, now: int, changed: bool
) -> None:
    days: Any = SimpleNamespace(generation=lambda _: now)
    assert _find_changed({DAY: billed}, days) == ([DAY] if changed else [])


def test_an_empty_day_has_not_changed(local_world: World) -> None:
    assert days_of_a_run(local_world, KM, START).day("2026-01-01") is None


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [(0, 0, 1), (0, 1, 1), (0, 24 * HOUR, 1), (0, 24 * HOUR + 1, 2), (HOUR, 25 * HOUR, 2)],
)
def test_the_end_of_a_time_is_not_in_its_days(start: int, end: int, days: int) -> None:
    assert len(days_between(START + start, START + end)) == days


def test_a_day_counted_by_more_than_is_asked_answers() -> None:
    day = CountedDay(DAY, 3, KM | MILES, [1, 2], {})
    assert day.answers(3, KM, [2])
    assert not day.answers(4, KM, [2])
    assert not day.answers(3, KM, [3])
    assert not CountedDay(DAY, -1, KM, [], {}).answers(-1, KM, [])
