"""The weekly run, and the commands."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from chalicelib.kit.clock import DAY, HOUR, MINUTE
from chalicelib.notices.records import DELIVERY
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.recommendations.records import RUN
from chalicelib.recommendations.scheduling import advise_due
from functions.schedules import insights
from infra.cli.main import main
from infra.installation import installation
from infra.local.world import build
from tests.functions.test_functions import SCHEDULED, Context
from tests.lake.samples import NOON
from tests.recommendations.life import END, START, Life
from tests.support.client import Client
from tests.support.clock import Clock

ROOT = "/api/v2/insights"
HOOKS = "/profitstream/v2/api/configurations/webhooks"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def client(local_world: World, clock: Clock) -> Client:
    client = Client(replace(local_world, now=clock))
    spend(client.world, client.installed.team)
    return client


def spend(world: World, team: str) -> None:
    life = Life(world, team)
    for number in range(40):
        at = START + number % 28 * DAY
        life.call("support", at, stop_reason="ERROR", input_tokens=100_000)
    life.write()


def runs_of(world: World, team: str) -> Iterator[tuple[str, str]]:
    for record in walk(world.documents, Scope(team), RUN):
        yield record.doc["triggeredBy"], record.doc["status"]


def test_each_team_has_a_run_a_week(client: Client, clock: Clock) -> None:
    spend(client.world, "other")
    assert advise_due(client.world) == {"runs": 2, "failed": 0}
    assert advise_due(client.world) == {"runs": 0, "failed": 0}
    assert list(runs_of(client.world, "other")) == [("schedule", "completed")]
    clock.move(7 * DAY - 2 * HOUR)
    assert advise_due(client.world)["runs"] == 0
    clock.move(HOUR)
    assert advise_due(client.world)["runs"] == 2
    (listed, *_) = client.get(f"{ROOT}/runs", {"triggered_by": "schedule"}).json["data"]
    assert (listed["periodEnd"], listed["recommendationsCount"]) == ("2026-03-17T00:00:00.000Z", 1)


def test_a_week_is_heard_of_by_the_webhooks_of_the_tenant(client: Client) -> None:
    made = client.post(HOOKS, {"url": "https://hooks.example.com/", "events": ["insight_run"]})
    assert made.status in (200, 201)
    assert client.post(f"{ROOT}/runs", {"periodStart": "2026-03-01", "periodEnd": "2026-03-02"})
    advise_due(client.world)
    records = walk(client.world.documents, Scope(client.installed.team), DELIVERY)
    assert [record.doc["event"] for record in records] == ["insight_run.completed"] * 2


def test_nothing_begins_that_may_not_end(client: Client, clock: Clock) -> None:
    assert advise_due(client.world, until=clock.now) == {"runs": 0, "failed": 0}
    settings = client.world.settings.model_copy(update={"insights_enabled": False})
    assert advise_due(replace(client.world, settings=settings)) == {"runs": 0, "failed": 0}


def test_a_run_that_is_under_way_does_not_stop_the_others(client: Client) -> None:
    spend(client.world, "busy")
    documents, busy = client.world.documents, Scope("busy")
    advise_due(client.world)
    (record,) = walk(documents, busy, RUN)
    doc = {**record.doc, "status": "running"}
    running = replace(record, doc=doc, unique={"active": "run"}, reference="another")
    documents.update(busy, replace(running, created_at=NOON + 7 * DAY))
    later = replace(client.world, now=lambda: NOON + 7 * DAY + MINUTE)
    assert advise_due(later) == {"runs": 1, "failed": 1}


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    world = build(data)
    spend(world, installation(world).team)
    world = replace(world, now=lambda: END)
    monkeypatch.setattr("infra.cli.advise.open_world", lambda *_: world)
    told = CliRunner().invoke(main, ["advise", "--data", str(data)], catch_exceptions=False)
    lines = told.output.splitlines()
    assert lines[0].endswith("1 advice"), told.output
    assert lines[2] == "1. support: failed calls of gpt-4.1 are paid for"
    assert "a month, critical" in lines[3]
    assert any(line.startswith("     - ") for line in lines)
    told = CliRunner().invoke(main, ["forecast", "--data", str(data)], catch_exceptions=False)
    assert told.output.startswith("2026-03: "), told.output
    assert "expected by its end" in told.output
    assert "no band" not in told.output
    world = replace(world, now=lambda: END - 22 * DAY)
    told = CliRunner().invoke(main, ["forecast", "--data", str(data)], catch_exceptions=False)
    assert "full days of a known cost, and it takes 7)" in told.output
    bad = CliRunner().invoke(main, ["advise", "--data", str(data), "--days", "91"])
    assert bad.exit_code == 2


def test_the_scheduled_function_makes_them(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insights, "world", lambda: client.world)
    assert insights.advise(SCHEDULED, Context()) == {"runs": 1, "failed": 0}
