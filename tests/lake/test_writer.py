"""The writer: rows as they were stored, files that repeat themselves, bad records set aside."""

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chalicelib.kit.clock import day_of
from chalicelib.lake import writer
from chalicelib.lake.days import open_days, read_states
from chalicelib.lake.limits import set_limit
from chalicelib.lake.parquet import decode, schema_of
from chalicelib.lake.tables import AI_EVENTS, QUARANTINE
from chalicelib.lake.teams import last_completion
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.resources.roster import lake_teams
from tests.lake.samples import DAY, NOON, batch, event
from tests.support.clock import Clock

DAY_MS = 86_400_000
BEFORE = day_of(NOON - DAY_MS)


def rows(world: World, team: str, day: str = DAY) -> list[dict[str, Any]]:
    files = [world.lake.get(team, item.path) for item in world.lake.list(team, "ai_events", day)]
    return [row for data in files for row in decode(data, schema_of(AI_EVENTS)).to_pylist()]


def quarantined(world: World, team: str) -> list[dict[str, Any]]:
    files = [world.lake.get(team, item.path) for item in world.lake.list(team, QUARANTINE)]
    return [json.loads(line) for data in files for line in data.splitlines()]


def test_a_row_has_every_column_with_its_value_and_type(world: World, team: str) -> None:
    columns = {
        "model": "gpt-é'%\n",
        "cost_nano": 2**53 + 1,
        "is_streamed": True,
        "error_code": 429,
    }
    write(world, batch(event(team, "a", **columns)))
    (row,) = rows(world, team)
    assert {name: row[name] for name in columns} == columns
    assert list(row) == list(AI_EVENTS.columns)
    assert row["requested_at"].isoformat() == "2026-03-10T12:00:00"
    assert row["provider"] is None


def test_files_are_zstd_with_millisecond_instants(world: World, team: str) -> None:
    write(world, batch(event(team, "a")))
    (item,) = world.lake.list(team, "ai_events")
    file = pq.ParquetFile(pa.BufferReader(world.lake.get(team, item.path)))
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("requested_at").type == pa.timestamp("ms")
    assert file.metadata.row_group(0).column(0).statistics.has_min_max


def test_unknown_members_are_ignored_and_an_absent_deleted_is_false(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a", surprise={"deep": [1, 2]}, deleted=None)))
    (row,) = rows(world, team)
    assert row["deleted"] is False


def test_teams_and_days_get_files_of_their_own(world: World, team: str) -> None:
    other = f"{team}x"
    write(
        world,
        batch(
            event(team, "a"),
            event(other, "a"),
            event(team, "b", at=NOON + DAY_MS),
            event(team, "c"),
        ),
    )
    assert [row["transaction_id"] for row in rows(world, team)] == ["a", "c"]
    assert [row["transaction_id"] for row in rows(world, team, "2026-03-11")] == ["b"]
    assert [row["transaction_id"] for row in rows(world, other)] == ["a"]
    assert {team, other} <= set(lake_teams(world.documents))


def test_a_repeated_batch_replaces_its_own_files(world: World, team: str) -> None:
    for _ in range(2):
        write(world, batch(event(team, "a"), replace(event(team, "b"), body="{")))
    assert len(rows(world, team)) == 1
    assert len(quarantined(world, team)) == 1


def test_batches_with_other_bounds_stand_beside_each_other_whatever_their_names(
    world: World, team: str
) -> None:
    write(world, batch(event(team, "a"), shard="shardId-0/../..", first="1"))
    write(world, batch(event(team, "b"), shard="shardId-0/../..", first="2"))
    assert {row["transaction_id"] for row in rows(world, team)} == {"a", "b"}


def _bad(team: str) -> list[tuple[EventRecord, str]]:
    good = event(team, "bad")
    return [
        (replace(good, body="{not json"), ""),
        (replace(good, body=""), ""),
        (replace(good, body="[1]"), ""),
        (replace(good, body=good.body + "\n" + good.body), "event_id"),
        (event(team, "bad", cost_nano="12"), "cost_nano"),
        (event(team, "bad", cost_nano=1.5), "1.5"),
        (event(team, "bad", model=7), "model"),
        (replace(good, event_id="0" * 32), "event_id"),
        (replace(good, version=2), "version"),
        (replace(good, table="ledger"), "unknown table"),
        (replace(good, day="2026-13-01"), "no day"),
        (replace(good, day="../../x"), "no day"),
        (replace(good, day="2026-03-11"), "requested_at"),
        (event(team, "bad", requested_at=None), "requested_at"),
    ]


@pytest.mark.parametrize("case", range(14))
def test_a_bad_record_is_set_aside_with_its_reason_and_the_others_are_written(
    world: World, team: str, case: int
) -> None:
    bad, reason = _bad(team)[case]
    good = [event(team, f"good{number}") for number in range(5)]
    write(world, batch(*good[:3], bad, *good[3:]))
    assert [row["transaction_id"] for row in rows(world, team)] == [
        f"good{number}" for number in range(5)
    ]
    (record,) = quarantined(world, team)
    assert reason in record["reason"]
    assert (record["body"], record["eventId"], record["version"]) == (
        bad.body,
        bad.event_id,
        bad.version,
    )


def test_an_empty_body_and_a_doubled_one_do_not_make_up_for_each_other(
    world: World, team: str
) -> None:
    first, second = event(team, "a"), event(team, "b")
    write(
        world, batch(replace(first, body=first.body + "\n" + first.body), replace(second, body=""))
    )
    assert rows(world, team) == []
    assert len(quarantined(world, team)) == 2


class _Full:
    """A lake without room."""

    def __init__(self, world: World) -> None:
        self._lake = world.lake

    def put(self, team: str, path: LakePath, data: bytes) -> None:
        raise OSError("no space left")


def test_a_failing_lake_is_raised_and_leaves_the_day_dirty(world: World, team: str) -> None:
    broken = replace(world, lake=_Full(world))
    with pytest.raises(OSError, match="no space"):
        write(broken, batch(event(team, "a")))
    assert not read_states(world, team, "ai_events", [DAY])[DAY].is_clean


def test_the_newest_receipt_is_remembered_and_never_goes_back(
    world: World, team: str, clock: Clock
) -> None:
    assert last_completion(world, team) is None
    write(world, batch(event(team, "a", at=NOON), event(team, "b", at=NOON - 7_000)))
    write(world, batch(event(team, "c", at=NOON - 60_000), first="2"))
    write(world, batch(event(team, "image", at=NOON + 9_000, kind="image"), first="3"))
    assert last_completion(world, team) == NOON + 500
    clock.now = NOON + 31 * DAY_MS
    assert last_completion(world, team) is None


def test_a_limit_that_is_set_while_days_are_opened_is_heeded(
    world: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retention empties no day that is open; of a day that it emptied just before, nothing may be
    put."""

    def open_late(*of: Any) -> None:
        set_limit(world.documents, team, DAY)
        open_days(*of)

    monkeypatch.setattr(writer, "open_days", open_late)
    write(world, batch(event(team, "a", at=NOON - DAY_MS), event(team, "b")))
    assert [row["transaction_id"] for row in rows(world, team)] == ["b"]
    assert world.lake.days(team, "ai_events") == [DAY]
    states = read_states(world, team, "ai_events", [BEFORE, DAY])
    assert [state.writers for state in states.values()] == [{}, {}]


@pytest.mark.parametrize("day", [DAY, BEFORE])
def test_what_is_before_the_limit_is_neither_written_nor_quarantined(
    world: World, team: str, day: str
) -> None:
    set_limit(world.documents, team, day)
    bad = replace(event(team, "c", at=NOON - DAY_MS), body="no JSON")
    write(world, batch(event(team, "a", at=NOON - DAY_MS), event(team, "b"), bad))
    kept = day == BEFORE
    assert (rows(world, team, BEFORE) != []) is kept
    assert (quarantined(world, team) != []) is kept
    assert len(rows(world, team)) == 1
