"""The demo's calls go through the front door, for several teams, and loading them again adds
nothing."""

from dataclasses import replace

import pytest

from chalicelib.directory.registry import JOB
from chalicelib.identity.records import TEAM
from chalicelib.kit.clock import iso, parse_instant
from chalicelib.ports.world import World
from infra.demo import load
from infra.installation import installation
from infra.local.feeder import drain


def test_several_teams_and_twice_is_once(
    local_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_DAYS", 1)
    monkeypatch.setattr(load, "_OTHER_TEAMS", {"Research": 1, "Field trials": 1})
    world = replace(local_world, now=lambda: parse_instant("2026-11-22T12:00:00Z"))
    first = installation(world)
    others = load.load_demo(world, first.tenant, first.team, quiet=True)
    loaded = drain(world)
    assert loaded > 300
    assert load.load_demo(world, first.tenant, first.team, quiet=True) == others
    assert drain(world) == 0
    assert len(world.documents.page(first.tenant, TEAM).records) == 3
    begins = []
    for job in world.documents.page(first.team, JOB).records:
        assert job.created_at <= world.now()
        begins.append(iso(job.created_at)[:10])
    assert begins.count("2026-11-21") > 3 < begins.count("2026-11-22")
    for team in (first.team, *others.values()):
        assert world.lake.days(team, "ai_events") == ["2026-11-21", "2026-11-22"]
