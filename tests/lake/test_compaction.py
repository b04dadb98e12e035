"""Compaction: one row an event, nothing lost at any step, no event risen from the dead."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.lake import compaction
from chalicelib.lake.compaction import compact_day, compact_due, keep_newest
from chalicelib.lake.days import open_days, read_states
from chalicelib.lake.writer import write
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from tests.lake.samples import DAY, NOON, batch, event
from tests.lake.test_writer import rows
from tests.support.clock import Clock


def versions(world: World, team: str) -> list[tuple[str, int, bool]]:
    return [(row["transaction_id"], row["version"], row["deleted"]) for row in rows(world, team)]


def names(world: World, team: str) -> list[str]:
    return [item.path.name for item in world.lake.list(team, "ai_events", DAY)]


def clean(world: World, team: str) -> bool:
    return read_states(world, team, "ai_events", [DAY])[DAY].is_clean


def test_the_newest_version_of_each_event_stays_in_order_of_time(world: World, team: str) -> None:
    write(
        world, batch(event(team, "b", at=NOON + 2), event(team, "a"), event(team, "c", at=NOON + 1))
    )
    write(world, batch(event(team, "b", 2, at=NOON + 2), event(team, "a"), first="0002"))
    assert compact_day(world, team, "ai_events", DAY)
    assert versions(world, team) == [("a", 1, False), ("c", 1, False), ("b", 2, False)]
    assert clean(world, team)
    assert len(names(world, team)) == 1


def test_a_deleted_event_is_not_brought_back_by_an_older_version_that_comes_late(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a"), event(team, "a", 2, deleted=True)))
    compact_day(world, team, "ai_events", DAY)
    write(world, batch(event(team, "a"), first="0002"))
    compact_day(world, team, "ai_events", DAY)
    assert versions(world, team) == [("a", 2, True)]


def test_only_quiet_days_are_due_or_days_in_which_files_pile_up(
    world: World, team: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(world, batch(event(team, "a")))
    compact_due(world)
    assert not clean(world, team)
    monkeypatch.setattr(compaction, "MANY_FILES", 1)
    compact_due(world)
    assert clean(world, team)
    monkeypatch.undo()
    write(world, batch(event(team, "b"), first="0002"))
    clock.now += compaction.QUIET_MS
    compact_due(world, until=clock.now)
    assert not clean(world, team)
    compact_due(world)
    assert clean(world, team)


def test_a_day_that_is_never_quiet_is_merged_once_in_so_many_batches(
    world: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MANY_FILES", 3)
    open_days(world, team, "ai_events", [DAY], "busy")
    for number in range(2):
        write(world, batch(event(team, f"t{number}"), first=f"{number}"))
    compact_due(world)
    assert not clean(world, team)
    assert len(names(world, team)) == 1
    write(world, batch(event(team, "late"), first="9"))
    compact_due(world)
    assert len(names(world, team)) == 2, "one more batch is no reason to rewrite the day"


@pytest.mark.parametrize("slice_rows", [3, 7, 1_000])
@pytest.mark.parametrize("kept", [0, 2**30])
def test_a_day_that_does_not_fit_into_memory_is_done_in_slices(
    world: World, team: str, slice_rows: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SLICE_ROWS", slice_rows)
    monkeypatch.setattr(compaction, "KEPT_BYTES", kept)
    for number in range(3):
        events = [event(team, f"t{index}", number + 1) for index in range(number, 20)]
        write(world, batch(*events, first=f"{number}"))
    assert compact_day(world, team, "ai_events", DAY)
    expected = {(f"t{index}", min(index, 2) + 1, False) for index in range(20)}
    assert sorted(versions(world, team)) == sorted(expected)


class _Crash(Exception):
    pass


class _Failing:
    """A lake that fails at the n-th change."""

    def __init__(self, world: World, allowed: int) -> None:
        self._lake, self._left = world.lake, allowed
        self.get, self.list = world.lake.get, world.lake.list

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Crash

    def put(self, team: str, path: LakePath, data: bytes) -> None:
        self._count()
        self._lake.put(team, path, data)

    def delete(self, team: str, paths: Sequence[LakePath]) -> None:
        for path in paths:
            self._count()
            self._lake.delete(team, [path])


@pytest.mark.parametrize("allowed", range(8))
def test_a_crash_at_any_step_loses_nothing_and_leaves_the_day_dirty(
    world: World, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name of a team decides how its events fall into slices, and so how many steps there are.
    team = f"crash-{allowed}"
    monkeypatch.setattr(compaction, "SLICE_ROWS", 4)
    for number in range(4):
        write(
            world,
            batch(*(event(team, f"t{number}{index}") for index in range(4)), first=f"{number}"),
        )
    everything = {(f"t{number}{index}", 1, False) for number in range(4) for index in range(4)}
    with pytest.raises(_Crash):
        compact_day(replace(world, lake=_Failing(world, allowed)), team, "ai_events", DAY)
    assert set(versions(world, team)) == everything
    assert not clean(world, team)
    assert compact_day(world, team, "ai_events", DAY)
    assert sorted(versions(world, team)) == sorted(everything)
    assert clean(world, team)


class _Intruding:
    """A lake into which a file is put while compaction lists it for the last time."""

    def __init__(self, world: World, intrude: Any) -> None:
        self._intrude = intrude
        self.get, self.put, self.list, self._lake = (
            world.lake.get,
            world.lake.put,
            world.lake.list,
            world.lake,
        )

    def delete(self, team: str, paths: Sequence[LakePath]) -> None:
        self._lake.delete(team, paths)
        self._intrude()


def test_a_batch_that_is_written_meanwhile_is_not_lost_and_the_day_stays_dirty(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a")))
    meddled = replace(
        world, lake=_Intruding(world, lambda: write(world, batch(event(team, "b"), first="0002")))
    )
    assert not compact_day(meddled, team, "ai_events", DAY)
    assert {name for name, _, _ in versions(world, team)} == {"a", "b"}
    assert not clean(world, team)


def test_a_writer_that_has_not_put_its_file_yet_keeps_the_day_dirty(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a")))
    open_days(world, team, "ai_events", [DAY], "slow")
    assert not compact_day(world, team, "ai_events", DAY)
    assert not clean(world, team)


class _Vanishing:
    """A lake whose files another job removes after they were listed to be merged: the first
    listing is compared with the manifest."""

    def __init__(self, world: World) -> None:
        self.put, self.delete, self.get = world.lake.put, world.lake.delete, world.lake.get
        self._lake = world.lake
        self._listings = 0

    def list(self, team: str, table: str, day: str) -> Any:
        found = list(self._lake.list(team, table, day))
        self._listings += 1
        if self._listings > 1:
            self._lake.delete(team, [item.path for item in found])
        return found


def test_a_job_whose_files_vanish_gives_the_day_back(world: World, team: str) -> None:
    write(world, batch(event(team, "a")))
    assert not compact_day(replace(world, lake=_Vanishing(world)), team, "ai_events", DAY)
    assert not clean(world, team)
    assert read_states(world, team, "ai_events", [DAY])[DAY].job == ""


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 5), st.integers(0, 9)), min_size=1)
)
def test_newest_is_what_a_dictionary_says(found: list[tuple[str, int, int]]) -> None:
    columns = {"event_id": [each[0] for each in found], "version": [each[1] for each in found]}
    instants = pa.array([each[2] for each in found], pa.timestamp("ms"))
    result = keep_newest(pa.table(columns | {"requested_at": instants})).to_pylist()
    expected: dict[str, int] = {}
    for name, version, _ in found:
        expected[name] = max(version, expected.get(name, 0))
    assert {row["event_id"]: row["version"] for row in result} == expected
    assert len(result) == len(expected)
    assert [row["requested_at"] for row in result] == sorted(row["requested_at"] for row in result)
