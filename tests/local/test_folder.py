"""What a data folder keeps to itself, and what a crash may leave in it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.ports.lake import LakePath
from chalicelib.ports.replays import Replay
from infra.local.drafts import draft_beside, sweep
from infra.local.world import build

PLACE = LakePath("ai_events", "2026-11-24", "a.parquet")


def dead_process() -> int:
    """The id of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    world = build(folder)
    world.lake.put("team", PLACE, b"x")
    world.vault.put("team", "prompts/a", b"x")
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [folder, *folder.rglob("*")]}
    assert modes == {0}


@pytest.mark.parametrize("ending", [".writing", ".draft"])
def test_drafts_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path, ending: str) -> None:
    dead, living = tmp_path / f".{dead_process()}-a{ending}", tmp_path / f".{os.getpid()}-b{ending}"
    nameless = tmp_path / f".0123abcd{ending}"
    for path in (dead, living, nameless, tmp_path / "a.parquet"):
        path.write_bytes(b"a person")
    assert sweep(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([living.name, "a.parquet"])


def test_a_draft_that_is_older_than_any_write_goes_whoever_is_alive(tmp_path: Path) -> None:
    old = tmp_path / f".{os.getpid()}-b.writing"
    old.write_bytes(b"a person")
    os.utime(old, (0, 0))
    assert sweep(tmp_path) == 1


def test_a_draft_that_is_not_moved_is_gone(tmp_path: Path) -> None:
    with draft_beside(tmp_path / "a", b"x") as draft:
        assert draft.read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_of_a_team_is_swept_from_lake_and_vault(tmp_path: Path) -> None:
    world = build(tmp_path / "data")
    world.lake.put("team", PLACE, b"x")
    world.vault.put("team", "prompts/a", b"x")
    left = [
        tmp_path / f"data/lake/ai_events/team=team/day=2026-11-24/.{dead_process()}-a.writing",
        tmp_path / f"data/vault/team/prompts/.{dead_process()}-a.writing",
    ]
    for path in left:
        path.write_bytes(b"a person")
    world.lake.sweep("team")
    world.vault.sweep("team")
    assert [path for path in left if path.exists()] == []
    assert world.lake.get("team", PLACE) == b"x"
    assert world.vault.get("team", "prompts/a") == b"x"


def test_locks_of_requests_that_died_are_free_for_the_process_that_serves(tmp_path: Path) -> None:
    before = build(tmp_path / "data")
    lock = {"now": 1_000, "lock_until": 31_000}
    assert before.replays.begin("tenant", "running", "h", **lock) is None
    before.replays.begin("tenant", "answered", "h", **lock)
    before.replays.finish("tenant", "answered", Replay("h", 201, "{}"), expires=99_000)
    command = build(tmp_path / "data")
    assert command.replays.begin("tenant", "running", "h", **lock) == Replay("h")
    served = build(tmp_path / "data", serving=True)
    assert served.replays.begin("tenant", "running", "h", **lock) is None
    assert served.replays.begin("tenant", "answered", "h", **lock) == Replay("h", 201, "{}")


def test_vitals_tell_room_lag_and_failures(tmp_path: Path) -> None:
    world = build(tmp_path / "data")
    reading = world.vitals.read()
    assert (reading.feed_lag, reading.failures) == (0, {})
    assert reading.free_bytes
    assert reading.free_bytes > 0
    world.vitals.note("upkeep", "OSError: no")
    assert build(tmp_path / "data").vitals.read().failures == {"upkeep": "OSError: no"}
    world.vitals.note("upkeep", "")
    assert world.vitals.read().failures == {}
