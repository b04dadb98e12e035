"""The laptop's engine: what DuckDB must not do, and what happens when files move under a
statement."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.settings import Settings
from chalicelib.lake.writer import write
from chalicelib.ports.engine import EngineBusy, EngineRefused, Result, Scan, Statement
from chalicelib.ports.world import World
from infra.local import engine as engines
from infra.local.engine import LocalEngine
from tests.lake.samples import NOON, batch, event

pytestmark = pytest.mark.any_sql
"""The engine itself is under test."""

DAY_MS = 86_400_000
COUNT = "select count(*) as n from ai_events"


@pytest.fixture
def team(local_world: World) -> str:
    days = [event("T1", f"t{number}", at=NOON + number * DAY_MS) for number in range(3)]
    write(local_world, batch(*days, event("T2", "other")))
    return "T1"


def test_a_statement_sees_its_own_team_whatever_it_says(local_world: World, team: str) -> None:
    assert local_world.engine.run(team, Statement(COUNT)).rows == [(3,)]
    assert local_world.engine.run(team, Statement(f"{COUNT} where team = ?", ["T2"])).rows == [(0,)]


def test_only_the_scanned_days_are_read(local_world: World, team: str) -> None:
    everything = local_world.engine.run(team, Statement(COUNT))
    one = local_world.engine.run(
        team, Statement(COUNT, scan=[Scan("ai_events", "2026-03-11", "2026-03-11")])
    )
    assert one.rows == [(1,)]
    assert 0 < one.bytes_scanned < everything.bytes_scanned


def test_no_files_answer_typed_and_empty(local_world: World) -> None:
    sql = (
        "select cost_nano, model, requested_at, day from ai_events where cost_nano / 7 > ? "
        "and model like ?"
    )
    result = local_world.engine.run("nobody", Statement(sql, [1, "x"]))
    assert (list(result.columns), result.rows, result.bytes_scanned) == (
        ["cost_nano", "model", "requested_at", "day"], [], 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "copy (select 1) to '/tmp/out.csv'",
        "select nothing from ai_events",
        "not sql at all (",
    ],
)
def test_what_is_no_statement_of_ours_is_refused(local_world: World, team: str, sql: str) -> None:
    with pytest.raises(EngineRefused):
        local_world.engine.run(team, Statement(sql))


def test_a_statement_that_takes_too_long_is_stopped(
    local_world: World, team: str, tmp_path: Path
) -> None:
    engine = LocalEngine(tmp_path / "data" / "lake", Settings(query_timeout_s=0.05))
    with pytest.raises(EngineBusy):
        engine.run(
            team, Statement("select count(*) from range(100000) a, range(100000) b, range(1000) c")
        )
    assert engine.run(team, Statement(COUNT)).rows == [(3,)]
    patient = LocalEngine(tmp_path / "data" / "lake", Settings())
    with pytest.raises(EngineBusy):
        patient.run(
            team,
            Statement(
                "select count(*) from range(100000) a, range(100000) b, range(1000) c", time_s=0.05
            ),
        )


def test_files_that_were_replaced_meanwhile_are_looked_for_again(
    local_world: World, team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compaction removes a file after it was listed and before it is opened."""
    engine = LocalEngine(tmp_path / "data" / "lake", Settings())
    execute = engine._execute
    moved = []

    def meddle(*asked: Any) -> object:
        if not moved:
            moved.extend(
                sorted((tmp_path / "data" / "lake" / "ai_events" / "team=T1").glob("*/*.parquet"))[
                    :1
                ]
            )
            moved[0].rename(moved[0].with_name("clean.parquet"))
        return execute(*asked)

    monkeypatch.setattr(engine, "_execute", meddle)
    assert engine.run(team, Statement(COUNT)).rows == [(3,)]


def test_the_mark_of_the_lakes_state_is_no_part_of_the_question(
    local_world: World, team: str
) -> None:
    marked = replace(Statement(COUNT), sql=f"{COUNT} /* lake 0123456789abcdef */")
    assert local_world.engine.run(team, marked).rows == [(3,)]


def test_few_long_statements_run_at_once(
    local_world: World, team: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a bulk load: all at once would run out of time. Short ones pass by, and who has waited
    until the deadline is told without having cost anything."""
    monkeypatch.setattr(engines, "_LONG_BYTES", 1)
    engine = LocalEngine(tmp_path / "data" / "lake", Settings(query_timeout_s=20))
    running, most, lock, go = [0], [0], threading.Lock(), threading.Event()
    real = engine._execute

    def execute(*asked: Any) -> Result:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        go.wait(10)
        with lock:
            running[0] -= 1
        return real(*asked)

    monkeypatch.setattr(engine, "_execute", execute)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(engine.run, team, Statement(COUNT)) for _ in range(6)]
        while running[0] < engines._LONG_AT_ONCE:
            time.sleep(0.01)
        with pytest.raises(EngineBusy, match="many long reports"):
            engine.run(team, Statement(COUNT, time_s=0.05))
        go.set()
        assert [answer.result().rows for answer in answers] == [[(3,)]] * 6
    assert most[0] == engines._LONG_AT_ONCE


def test_short_statements_do_not_wait_for_long_ones(
    local_world: World, team: str, tmp_path: Path
) -> None:
    engine = LocalEngine(tmp_path / "data" / "lake", Settings(query_timeout_s=20))
    for _ in range(engines._LONG_AT_ONCE):
        engine._long.acquire()
    assert engine.run(team, Statement(COUNT)).rows == [(3,)]
