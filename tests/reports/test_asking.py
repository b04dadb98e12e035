"""Asking: what is just being asked is not asked again, and nobody waits longer than his caller
does."""

import threading
from dataclasses import replace

import pytest

from chalicelib.lake.days import DayState
from chalicelib.ports.engine import EngineBusy, EngineRefused, Result, Statement
from chalicelib.ports.world import World
from chalicelib.reports import asking
from chalicelib.reports.asking import ask
from tests.lake.samples import NOON
from tests.support.clock import Clock

QUESTION = Statement("select 1 as x from ai_events where team = ? and day = ?", ("t", "2026-01-01"))
LATER = NOON + 10_000


class Slow:
    """An engine that answers when it is let."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.begun, self.go, self._failure = threading.Event(), threading.Event(), failure
        self.asked: list[tuple[str, Statement]] = []

    def run(self, team: str, statement: Statement) -> Result:
        self.asked.append((team, statement))
        self.begun.set()
        assert self.go.wait(10)
        if self._failure:
            raise self._failure
        return Result(["x"], [(len(self.asked),)], 0)


def together(world: World, engine: Slow, *questions: tuple[str, Statement]) -> list[object]:
    """What each of them is told; the first is being answered when the others come."""
    world, told = replace(world, engine=engine), list[object]()

    def one(team: str, statement: Statement) -> None:
        try:
            told.append(list(ask(world, team, statement, LATER).rows))
        except (EngineBusy, EngineRefused, KeyError) as failure:
            told.append(failure)

    threads = [threading.Thread(target=one, args=question) for question in questions]
    threads[0].start()
    assert engine.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    for thread in threads[1:]:
        thread.join(0.05)
    engine.go.set()
    for thread in threads:
        thread.join(10)
    assert not asking._running
    return told


def test_the_same_question_runs_once_for_all_who_ask_meanwhile(world: World) -> None:
    engine = Slow()
    assert together(world, engine, *[("t", QUESTION)] * 5) == [[(1,)]] * 5
    assert len(engine.asked) == 1


def test_another_team_or_parameter_is_another_question(world: World) -> None:
    engine = Slow()
    other = replace(QUESTION, params=("t", "2026-01-02"))
    together(world, engine, ("t", QUESTION), ("u", QUESTION), ("t", other))
    assert len(engine.asked) == 3


def test_a_failure_is_told_to_all_and_not_remembered(world: World) -> None:
    engine = Slow(EngineBusy("busy"))
    told = together(world, engine, *[("t", QUESTION)] * 3)
    assert [type(each) for each in told] == [EngineBusy] * 3
    with pytest.raises(EngineBusy):
        ask(replace(world, engine=engine), "t", QUESTION, LATER)
    assert len(engine.asked) == 2


def test_nobody_waits_for_a_question_that_broke_off(world: World) -> None:
    engine = Slow(KeyError("a fault of ours"))
    told = together(world, engine, *[("t", QUESTION)] * 3)
    assert sorted(type(each).__name__ for each in told) == ["EngineBusy", "EngineBusy", "KeyError"]


def test_the_engine_is_told_how_long_the_caller_still_waits(world: World, clock: Clock) -> None:
    engine = Slow()
    engine.go.set()
    clock.move(7_000)
    ask(replace(world, engine=engine), "t", QUESTION, LATER)
    assert engine.asked[0][1].time_s == 3
    clock.move(3_000)
    with pytest.raises(EngineBusy):
        ask(replace(world, engine=engine), "t", QUESTION, LATER)
    assert len(engine.asked) == 1


CLEAN = DayState(written=3, compacted=3)


@pytest.mark.parametrize(
    ("before", "after", "steady"),
    [
        (CLEAN, CLEAN, True),
        (CLEAN, replace(CLEAN, written=4), False),
        (CLEAN, replace(CLEAN, written=4, compacted=4), False),
        (CLEAN, replace(CLEAN, swaps=1), False),
        (replace(CLEAN, written=4), replace(CLEAN, written=5), True),
        (replace(CLEAN, written=4), replace(CLEAN, written=4, swaps=1), False),
        (replace(CLEAN, written=4), replace(CLEAN, written=4, compacted=4), True),
        (CLEAN, replace(CLEAN, rolled=3, rollups=9), True),
        (DayState(), replace(DayState(), written=1), False),
    ],
)
def test_a_day_that_was_read_as_clean_must_have_stayed_so(
    before: DayState, after: DayState, steady: bool
) -> None:
    days = {"2026-03-10": before, "2026-03-11": CLEAN}
    seen = {"2026-03-10": after, "2026-03-11": CLEAN}
    assert asking.are_steady(days, seen) is steady
