"""Reports while the lake moves: whatever changes under a question, its answer is that of one
moment."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import announce_swap, lease_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.engine import EngineBusy, Result, Statement
from chalicelib.ports.world import World
from chalicelib.reports.declarations import Report
from chalicelib.reports.parameters import query_of
from chalicelib.reports.service import answer
from tests.lake.samples import DAY, batch, event
from tests.support.reports import BY_SLUG

AGENT_COST, COST_BY_AGENT = BY_SLUG["cost-by-agent-aggregated"], BY_SLUG["cost-by-agent"]
QUERY = query_of(AGENT_COST).model_validate(
    {"startDate": "2026-03-01T00:00:00Z", "endDate": "2026-03-31T23:59:59.999Z"}
)


class Meddling:
    """An engine during whose first questions something happens to the lake."""

    def __init__(self, world: World, meddle: Callable[[], object], times: int = 1) -> None:
        self._engine, self._meddle, self._left = world.engine, meddle, times
        self.asked: list[Statement] = []

    def run(self, team: str, statement: Statement) -> Result:
        self.asked.append(statement)
        result = self._engine.run(team, statement)
        if self._left:
            self._left -= 1
            self._meddle()
        return result


def cost(world: World, team: str, report: Report = AGENT_COST) -> Decimal:
    items = answer(world, team, report, QUERY).body["_embedded"]["items"]
    found = [
        group["metrics"][0]["metricResult"]
        for item in items
        for group in item.get("groups", [item])
    ]
    return sum(found, Decimal(0)) * 10**9


@pytest.fixture
def settled(world: World, team: str) -> World:
    write(world, batch(event(team, "a", agent="x", cost_nano=5)))
    compact_day(world, team, "ai_events", DAY)
    roll_day(world, team, DAY)
    return world


def correct(world: World, team: str) -> None:
    write(world, batch(event(team, "a", 2, agent="y", cost_nano=7), first="0002"))


def test_a_correction_that_arrives_meanwhile_makes_it_ask_again(settled: World, team: str) -> None:
    engine = Meddling(settled, lambda: correct(settled, team))
    assert cost(replace(settled, engine=engine), team) == 7
    assert len(engine.asked) == 2


def test_a_compaction_that_passes_meanwhile_makes_it_ask_again_and_not_for_a_kept_result(
    settled: World, team: str
) -> None:
    correct(settled, team)
    engine = Meddling(settled, lambda: compact_day(settled, team, "ai_events", DAY))
    assert cost(replace(settled, engine=engine), team) == 7
    assert len({statement.sql for statement in engine.asked}) == 2


def test_new_files_in_a_day_that_is_dirty_anyway_do_not(settled: World, team: str) -> None:
    correct(settled, team)
    late = batch(event(team, "b", cost_nano=1), first="0003")
    engine = Meddling(settled, lambda: write(settled, late))
    assert cost(replace(settled, engine=engine), team) == 7
    assert len(engine.asked) == 1


def test_a_lake_that_never_holds_still_is_busy(
    settled: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    monkeypatch.setattr("chalicelib.reports.asking.time.sleep", paused.append)
    job = lease_day(settled, team, "ai_events", DAY, "restless")
    assert job is not None
    engine = Meddling(settled, lambda: announce_swap(settled, job), times=99)
    with pytest.raises(EngineBusy):
        cost(replace(settled, engine=engine), team)
    assert 5 < sum(paused) < 8


def test_a_lake_that_comes_to_rest_is_waited_for(
    settled: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.reports.asking.time.sleep", lambda _: None)
    job = lease_day(settled, team, "ai_events", DAY, "busy for a while")
    assert job is not None
    engine = Meddling(settled, lambda: announce_swap(settled, job), times=9)
    assert cost(replace(settled, engine=engine), team) == 5


def test_the_same_question_has_the_same_text_as_long_as_nothing_was_written(
    settled: World, team: str
) -> None:
    engine = Meddling(settled, lambda: None)
    world = replace(settled, engine=engine)
    first, second = cost(world, team), cost(world, team)
    assert first == second
    assert engine.asked[0] == engine.asked[1]


def test_an_empty_lake_is_not_asked(world: World, team: str) -> None:
    engine = Meddling(world, lambda: None)
    assert cost(replace(world, engine=engine), team, COST_BY_AGENT) == 0
    assert engine.asked == []


def test_a_rollup_that_was_replaced_is_read_anew(settled: World, team: str) -> None:
    assert cost(settled, team) == 5
    for number in range(2, 5):
        write(
            settled, batch(event(team, "a", number, agent="x", cost_nano=number), first=f"{number}")
        )
        compact_day(settled, team, "ai_events", DAY)
        roll_day(settled, team, DAY)
        engine = Meddling(settled, lambda: None)
        assert cost(replace(settled, engine=engine), team) == number
        assert "rollup_daily" in engine.asked[0].sql
        assert "ai_events" not in engine.asked[0].sql


def test_a_day_of_events_alone_that_turns_dirty_while_it_is_read_is_not_believed(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a", agent="x", cost_nano=5)))
    compact_day(world, team, "ai_events", DAY)
    engine = Meddling(world, lambda: correct(world, team))
    assert cost(replace(world, engine=engine), team) == 7
    assert ["place = 1" in statement.sql for statement in engine.asked] == [False, True]
