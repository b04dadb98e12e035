"""Rollups: the sums of clean days, and only of those."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.clock import millis
from chalicelib.lake.compaction import compact_day, compact_due
from chalicelib.lake.days import lease_day, read_states
from chalicelib.lake.parquet import decode, schema_of
from chalicelib.lake.rolling import FILE, roll_day, roll_due
from chalicelib.lake.tables import (
    ROLLUP_DAILY,
    ROLLUP_HOURLY,
    SQUAD_DAILY,
    TOOL_ROLLUP_DAILY,
    TOOL_ROLLUP_HOURLY,
    TOOL_TRACE_DAILY,
    TRACE_DAILY,
    Table,
)
from chalicelib.lake.writer import write
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World
from tests.lake.samples import DAY, NOON, batch, event
from tests.support.clock import Clock

HOUR = 3_600_000


def rollup(
    world: World, team: str, table: Table = ROLLUP_DAILY, **where: Any
) -> list[dict[str, Any]]:
    rows = decode(
        world.lake.get(team, LakePath(table.name, DAY, FILE)), schema_of(table)
    ).to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in where.items())]


def rolled(world: World, team: str) -> bool:
    return read_states(world, team, "ai_events", [DAY])[DAY].is_rolled


def settle(world: World, team: str) -> None:
    assert compact_day(world, team, "ai_events", DAY)
    assert roll_day(world, team, DAY)


def test_sums_of_a_dimension(world: World, team: str) -> None:
    usage = {"model": "m", "provider": "p", "duration_ms": 5, "input_tokens": 3}
    events = [
        event(team, f"t{number}", cost_nano=cost, **usage)
        for number, cost in enumerate([7, 2, None])
    ]
    write(world, batch(*events, event(team, "gone", deleted=True, cost_nano=99, **usage)))
    settle(world, team)
    (row,) = rollup(world, team, dimension="model")
    assert {name: row[name] for name in ("value", "provider", "calls", "priced", "unpriced")} == {
        "value": "m",
        "provider": "p",
        "calls": 3,
        "priced": 2,
        "unpriced": 1,
    }
    assert (row["cost_nano"], row["min_cost_nano"], row["max_cost_nano"]) == (9, 2, 7)
    assert (row["duration_ms"], row["input_tokens"], row["output_tokens"]) == (15, 9, None)


def test_a_model_is_split_by_provider_other_dimensions_are_not(world: World, team: str) -> None:
    write(
        world,
        batch(*(event(team, name, model="m", provider=name, agent="a") for name in ("p", "q"))),
    )
    settle(world, team)
    assert [row["provider"] for row in rollup(world, team, dimension="model")] == ["p", "q"]
    assert [(row["provider"], row["calls"]) for row in rollup(world, team, dimension="agent")] == [
        (None, 2)
    ]


def test_hours_are_kept_for_dimensions_of_few_values(world: World, team: str) -> None:
    write(
        world,
        batch(
            *(event(team, f"{hour}", at=NOON + hour * HOUR + 1, agent="a") for hour in (0, 2, 2, 5))
        ),
    )
    settle(world, team)
    rows = rollup(world, team, ROLLUP_HOURLY, dimension="agent")
    assert [(row["hour"].hour, row["calls"]) for row in rows] == [(12, 1), (14, 1), (17, 1)]
    assert rollup(world, team, ROLLUP_HOURLY, dimension="user") == []
    assert len(rollup(world, team, dimension="user")) == 1


def test_tools_are_summed_by_tool_and_agent(world: World, team: str) -> None:
    usage = {
        "tool_id": "search",
        "tool_type": "MCP",
        "agent": "a",
        "duration_ms": 5,
        "is_success": True,
    }
    calls = [usage | {"cost_nano": 7}, usage | {"is_success": False}, usage | {"agent": "b"}]
    events = [event(team, f"t{number}", **call) for number, call in enumerate(calls)]
    write(world, batch(*(replace(each, table="tool_events") for each in events)))
    assert compact_day(world, team, "tool_events", DAY)
    assert not read_states(world, team, "tool_events", [DAY])[DAY].is_rolled
    assert roll_due(world) >= 1
    for table in (TOOL_ROLLUP_DAILY, TOOL_ROLLUP_HOURLY):
        (row,) = rollup(world, team, table, agent="a")
        names = ("tool_id", "tool_type", "tool_provider", "calls", "priced", "cost_nano")
        assert {name: row[name] for name in names} == {
            "tool_id": "search",
            "tool_type": "MCP",
            "tool_provider": None,
            "calls": 2,
            "priced": 1,
            "cost_nano": 7,
        }
        assert (row["successes"], row["timed"], row["duration_ms"]) == (1, 2, 10)
        assert [row["calls"] for row in rollup(world, team, table, agent="b")] == [1]


def test_a_user_is_kept_by_address_and_subscriber(world: World, team: str) -> None:
    users = [("a@b.c", "Ann"), ("a@b.c", "Ann"), ("a@b.c", "Other"), (None, "Ann"), (None, None)]
    events = [
        event(team, f"t{number}", subscriber_email=email, subscriber=name)
        for number, (email, name) in enumerate(users)
    ]
    write(world, batch(*events))
    settle(world, team)
    found = {
        (row["value"], row["value_id"]): row["calls"]
        for row in rollup(world, team, dimension="user")
    }
    assert found == {("a@b.c", "Ann"): 2, ("a@b.c", "Other"): 1, (None, "Ann"): 1, (None, None): 1}


def test_traces_are_summed_without_what_has_none(world: World, team: str) -> None:
    calls = [
        {
            "trace_id": "x",
            "agent": "a",
            "cost_nano": 7,
            "total_tokens": 2,
            "responded_at": NOON + 9,
        },
        {"trace_id": "x", "agent": "b", "total_tokens": 3},
        {"trace_id": "y", "assistant": "claude-code"},
        {"agent": "c", "cost_nano": 5},
    ]
    events = [
        event(team, f"t{number}", at=NOON + number, **call) for number, call in enumerate(calls)
    ]
    tools = [
        {"trace_id": "x", "tool_id": "t", "cost_nano": 1},
        {"trace_id": "x", "tool_id": "u"},
        {"tool_id": "t"},
    ]
    beside = [
        event(team, f"u{number}", at=NOON + number, **call) for number, call in enumerate(tools)
    ]
    write(world, batch(*events, *(replace(each, table="tool_events") for each in beside)))
    settle(world, team)
    x, y = sorted(rollup(world, team, TRACE_DAILY), key=lambda row: str(row["trace_id"]))
    assert (x["trace_id"], x["agent"], x["calls"], x["priced"], x["cost_nano"]) == (
        "x",
        "b",
        2,
        1,
        7,
    )
    assert (x["total_tokens"], x["unpriced_tokens"]) == (5, 3)
    assert (millis(x["min_requested_at"]), millis(x["max_ended_at"])) == (NOON, NOON + 9)
    assert (y["trace_id"], y["assistant"], y["calls"], y["cost_nano"]) == (
        "y",
        "claude-code",
        1,
        None,
    )
    assert compact_day(world, team, "tool_events", DAY)
    assert roll_day(world, team, DAY, "tool_events")
    rows = rollup(world, team, TOOL_TRACE_DAILY)
    assert [(row["trace_id"], row["tool_id"], row["cost_nano"]) for row in rows] == [
        ("x", "t", 1),
        ("x", "u", None),
    ]


def test_a_trace_tells_its_type_and_what_failed(world: World, team: str) -> None:
    calls = [
        {"trace_type": "chat", "trace_name": "hello", "input_tokens": 2, "output_tokens": 1},
        {"error_reason": "overloaded"},
        {"error_code": 529, "input_tokens": 3},
        {"stop_reason": "ERROR"},
        {"stop_reason": "END"},
    ]
    made = [event(team, f"t{n}", trace_id="x", **call) for n, call in enumerate(calls)]
    write(world, batch(*made))
    settle(world, team)
    (row,) = rollup(world, team, TRACE_DAILY)
    assert (row["trace_type"], row["trace_name"]) == ("chat", "hello")
    assert (row["calls"], row["errors"]) == (5, 3)
    assert (row["input_tokens"], row["output_tokens"]) == (5, 1)
    (by_type, without) = rollup(world, team, dimension="trace-type")
    assert (by_type["value"], by_type["calls"], without["value"]) == ("chat", 1, None)


CREW = {"squad_id": "s", "squad_name": "Night shift", "trace_id": "x", "agent": "a"}


def test_a_squad_is_summed_by_execution_name_trace_and_agent(world: World, team: str) -> None:
    calls = [
        CREW,
        {**CREW, "cost_nano": 4, "error_code": 500, "requested_at": NOON + 5},
        {**CREW, "squad_name": "Day shift"},
        {"squad_id": "s", "trace_id": "y", "agent": "b", "responded_at": NOON + 9},
        {"trace_id": "z"},
    ]
    write(world, batch(*(event(team, f"t{n}", **call) for n, call in enumerate(calls))))
    settle(world, team)
    other, first, second = rollup(world, team, SQUAD_DAILY)
    assert (other["squad_name"], other["calls"]) == ("Day shift", 1)
    assert (first["trace_id"], first["agent"], first["squad_name"]) == ("x", "a", "Night shift")
    assert millis(first["max_requested_at"]) == NOON + 5
    sums = [first[name] for name in ("calls", "errors", "priced", "cost_nano")]
    assert sums == [2, 1, 1, 4]
    assert (second["trace_id"], second["calls"], second["cost_nano"]) == ("y", 1, None)
    assert millis(second["max_ended_at"]) == NOON + 9


def test_kinds_of_calls_are_kept_apart_in_every_dimension(world: World, team: str) -> None:
    kinds = ("COMPLETION", "IMAGE", "IMAGE")
    made = [event(team, f"t{n}", kind=kind, agent="a") for n, kind in enumerate(kinds)]
    write(world, batch(*made))
    settle(world, team)
    for dimension in ("agent", "provider", "user"):
        rows = rollup(world, team, dimension=dimension)
        told = {row["kind"]: row["calls"] for row in rows}
        assert told == {"COMPLETION": 1, "IMAGE": 2}, dimension


def test_a_minute_counts_once_whatever_file_and_group_its_calls_are_in(
    world: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [0, 1, 59_999, 60_000, HOUR, HOUR + 30_000]
    events = [
        event(
            team,
            f"t{number}",
            at=NOON + late,
            provider="p",
            assistant="a" if number % 2 else None,
            input_tokens=1,
        )
        for number, late in enumerate(at)
    ]
    monkeypatch.setattr("chalicelib.lake.compaction.SLICE_ROWS", 1)
    write(
        world, batch(*events, event(team, "gone", at=NOON + 2 * HOUR, provider="p", deleted=True))
    )
    settle(world, team)
    assert len(list(world.lake.list(team, "ai_events", DAY))) > 1
    (row,) = rollup(world, team, dimension="throughput")
    assert (row["value"], row["minutes"], row["calls"], row["input_tokens"]) == ("p", 3, 6, 6)
    hours = rollup(world, team, ROLLUP_HOURLY, dimension="throughput")
    assert [(row["hour"].hour, row["minutes"]) for row in hours] == [(12, 2), (13, 1)]
    assert {row["minutes"] for row in rollup(world, team, dimension="provider")} == {None}


def test_values_keep_their_ids_and_durations_their_ends(world: World, team: str) -> None:
    owner = {
        "organization": "o",
        "organization_id": "o1",
        "product": "p",
        "product_id": "p1",
        "credential": "c",
    }
    events = [
        event(team, f"t{number}", duration_ms=ms, **owner) for number, ms in enumerate([7, 2, None])
    ]
    write(world, batch(*events))
    settle(world, team)
    ids = {"organization": "o1", "product": "p1", "api-key": None, "model": None}
    for dimension, known in ids.items():
        (row,) = rollup(world, team, dimension=dimension)
        assert (row["value_id"], row["min_duration_ms"], row["max_duration_ms"], row["timed"]) == (
            known,
            2,
            7,
            2,
        )


def test_a_dirty_day_is_not_rolled_up(world: World, team: str) -> None:
    write(world, batch(event(team, "a")))
    assert not roll_day(world, team, DAY)
    with pytest.raises(NotInLake):
        rollup(world, team)
    assert compact_day(world, team, "ai_events", DAY), (
        "the refused rollup must have given the day back"
    )


def test_a_day_that_another_job_has_is_left_alone(world: World, team: str) -> None:
    write(world, batch(event(team, "a")))
    compact_day(world, team, "ai_events", DAY)
    lease_day(world, team, "ai_events", DAY, "other")
    assert not roll_day(world, team, DAY)
    assert not rolled(world, team)


def test_a_new_rollup_replaces_the_old_one(world: World, team: str) -> None:
    for number in (1, 2):
        write(world, batch(event(team, f"t{number}", agent="a"), first=f"{number}"))
        settle(world, team)
        assert [row["calls"] for row in rollup(world, team, dimension="agent")] == [number]


def test_a_day_whose_only_event_was_deleted_has_an_empty_rollup(world: World, team: str) -> None:
    write(world, batch(event(team, "a", deleted=True)))
    settle(world, team)
    assert rollup(world, team) == []
    assert rolled(world, team)


class _Vanishing:
    """A lake whose files are gone when they are read."""

    def __init__(self, world: World) -> None:
        self.list, self.put = world.lake.list, world.lake.put

    def get(self, team: str, path: LakePath) -> bytes:
        raise NotInLake(path.key(team))


def test_files_that_vanish_leave_the_day_unrolled_and_free(world: World, team: str) -> None:
    write(world, batch(event(team, "a")))
    compact_day(world, team, "ai_events", DAY)
    assert not roll_day(replace(world, lake=_Vanishing(world)), team, DAY)
    assert not rolled(world, team)
    assert roll_day(world, team, DAY)


def test_upkeep_of_all_teams_stops_at_its_time(world: World, team: str, clock: Clock) -> None:
    write(world, batch(event(team, "a"), event(team, "b", at=NOON - 30 * HOUR)))
    clock.move(HOUR)
    compact_due(world)
    roll_due(world, until=clock.now)
    assert not rolled(world, team)
    assert roll_due(world) >= 2
    assert rolled(world, team)
    assert roll_due(world) == 0
