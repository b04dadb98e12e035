"""A year of a lake as upkeep leaves it: ten million calls in clean, compacted days with their
rollups, four teams.

Rows are drawn from a pool of generated calls, a stretch of it a day, with instants and ids of their
own: what makes a file large and a question slow is as various as in life, and a year is made in
minutes. Made once, kept beside it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.lake.days import close_days, lease_day, open_days, release_day
from chalicelib.lake.parquet import encode, rows_of, schema_of
from chalicelib.lake.rolling import roll_due
from chalicelib.lake.tables import AI_EVENTS, CHARGES, EVENT_TABLES, TOOL_EVENTS, Table
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.resources.roster import LAKE
from infra.demo.cast import AGENTS, CUSTOMERS
from infra.installation import installation
from infra.local.lake import LocalLake
from infra.local.world import build
from tests.bench.generate import stored_events

FOLDER = Path(__file__).with_name(".data") / "year"
DAYS, LAST = 360, day_start("2026-11-22")
CALLS, OTHERS = 7_000_000, {"other1": 1_000_000, "other2": 1_000_000, "other3": 1_000_000}
"""Calls of the team that is asked, and of those beside it. Every tenth call has one of a tool
beside it."""
_POOL, _TOOLS = 120_000, 40
_READY = "ready.json"
_CLEAN = "clean-0000000001-bench-0000.parquet"
Numbers = np.random.Generator


@dataclass(frozen=True, slots=True)
class Year:
    """The data folder, the team that is asked, and its key."""

    folder: Path
    team: str
    key: str


def year(folder: Path = FOLDER) -> Year:
    """The year, made when it is not there."""
    ready = folder / _READY
    if not ready.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        world = build(folder)
        made = installation(world)
        teams = {made.team: CALLS, **OTHERS}
        days = [(folder, teams, LAST - number * DAY) for number in range(DAYS)]
        with Pool(2) as processes:
            processes.map(_day, days, chunksize=DAYS // 2)
        for team in teams:
            settle(world, team, [day_of(day) for *_, day in reversed(days)])
        ready.write_text(json.dumps({"team": made.team, "key": made.write_key}), encoding="utf-8")
    told = json.loads(ready.read_text(encoding="utf-8"))
    roll_due(build(folder))
    return Year(folder, told["team"], told["key"])


def settle(world: World, team: str, days: Sequence[str]) -> None:
    """Call days clean whose files were put as compaction writes them."""
    LAKE.enrol(world.documents, team)
    for table in (AI_EVENTS.name, TOOL_EVENTS.name):
        open_days(world, team, table, days, "bench")
        close_days(world, team, table, {day: {} for day in days}, "bench")
        for day in days:
            job = lease_day(world, team, table, day, f"bench-{day}")
            assert job is not None
            release_day(world, job, compacted=True)


def _day(what: tuple[Path, dict[str, int], int]) -> None:
    folder, teams, day = what
    lake = LocalLake(folder / "lake")
    for number, (team, calls) in enumerate(teams.items()):
        put_day(lake, team, day, calls // DAYS, seed=day // DAY * len(teams) + number)


def put_day(lake: LocalLake, team: str, day: int, calls: int, seed: int = 7) -> None:
    """The calls, tool calls and charges of a team's day, as compaction leaves them."""
    numbers = np.random.default_rng(seed)
    rows = _calls(day, calls, numbers)
    tools = _tool_calls(rows, calls // 10, numbers)
    for table, made in ((AI_EVENTS, rows), (TOOL_EVENTS, tools), (CHARGES, _charges(day))):
        name = _CLEAN if table.name in EVENT_TABLES else "charges.parquet"
        lake.put(team, LakePath(table.name, day_of(day), name), encode(made))


_pools: list[pa.Table] = []


def _pool() -> pa.Table:
    """Made once a process."""
    if not _pools:
        events = list(stored_events("bench", _POOL, day=LAST))
        _pools.append(rows_of(AI_EVENTS, day_of(LAST), events).combine_chunks())
    return _pools[0]


def _calls(day: int, count: int, numbers: Numbers) -> pa.Table:
    pool = _pool()
    rows = pool.take((numbers.integers(_POOL) + np.arange(count)) % _POOL).combine_chunks()
    at = np.sort((numbers.beta(2.2, 2.2, count) * (DAY - 1)).astype(np.int64)) + day
    shift = pa.array(at - rows["requested_at"].cast(pa.int64()).to_numpy())
    parents = pa.array(numbers.random(count) < 0.15)
    made: dict[str, Any] = {
        "event_id": _hex(count, numbers),
        "transaction_id": _chat(count, numbers),
        "trace_id": _renamed(rows["trace_id"], numbers),
        "parent_transaction_id": pc.if_else(
            parents, _chat(count, numbers), pa.scalar(None, pa.string())
        ),
    }
    for field in rows.schema:
        if pa.types.is_timestamp(field.type):
            made[field.name] = pc.add(rows[field.name].cast(pa.int64()), shift).cast(field.type)
    return _table(AI_EVENTS, {name: rows[name] for name in rows.schema.names} | made, count)


def _tool_calls(calls: pa.Table, count: int, numbers: Numbers) -> pa.Table:
    """Calls of tools beside every tenth call or so, in its trace and for its owners."""
    beside = calls.take(np.sort(numbers.choice(calls.num_rows, count, replace=False)))
    tool = numbers.zipf(1.4, count) % _TOOLS
    kinds = [("MCP", "search-co"), ("API", "maps-co"), (None, None)]
    cost = pa.array(numbers.integers(10**5, 10**8, count), mask=numbers.random(count) < 0.2)
    made: dict[str, Any] = {
        name: beside[name] for name in TOOL_EVENTS.columns.keys() & AI_EVENTS.columns.keys()
    }
    made |= {
        "event_id": _hex(count, numbers),
        "transaction_id": _chat(count, numbers),
        "tool_id": pa.array([f"tool-{each:02d}" for each in tool]),
        "tool": pa.array([f"Tool {each}" for each in tool]),
        "tool_type": pa.array([kinds[each % 3][0] for each in tool], pa.string()),
        "tool_provider": pa.array([kinds[each % 3][1] for each in tool], pa.string()),
        "operation": pa.repeat("call", count),
        "duration_ms": pa.array(numbers.lognormal(6, 0.8, count).astype(np.int64)),
        "is_success": pa.array(numbers.random(count) < 0.97),
        "cost_nano": cost,
        "stated_cost_nano": cost,
        "extras": pa.repeat(None, count).cast(pa.string()),
    }
    return _table(TOOL_EVENTS, made, count)


def _charges(day: int) -> pa.Table:
    rng = Random(day)
    rows = [
        {
            "charge_id": f"{customer.name}/{agent.product}/{day}",
            "earned_at": day,
            "type": "USAGE",
            "currency": "USD",
            "amount_nano": amount,
            "usd_nano": amount,
            "product": agent.product,
            "organization": customer.name,
        }
        for customer in CUSTOMERS
        for agent in AGENTS
        for amount in [rng.randrange(10**9, 10**11)]
    ]
    return pa.Table.from_pylist(rows, schema_of(CHARGES))


def _table(table: Table, columns: dict[str, Any], count: int) -> pa.Table:
    schema = schema_of(table)
    return pa.table(
        [columns.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema
    )


def _hex(count: int, numbers: Numbers) -> pa.Array:
    """Random texts of 32 hexadecimal digits."""
    offsets = pa.py_buffer(np.arange(count + 1, dtype=np.int32) * 32)
    return pa.StringArray.from_buffers(
        count, offsets, pa.py_buffer(numbers.bytes(count * 16).hex().encode())
    )


def _chat(count: int, numbers: Numbers) -> pa.Array:
    return pc.binary_join_element_wise("chatcmpl-", _hex(count, numbers), "")


def _renamed(column: pa.ChunkedArray, numbers: Numbers) -> pa.Array:
    """The same texts where they were the same, but others."""
    coded = column.combine_chunks().dictionary_encode()
    return _hex(len(coded.dictionary), numbers).take(coded.indices)


def raw_files(folder: Path, team: str, table: Table, first: str, last: str) -> Iterator[Path]:
    """The files of a team's table from one day to another."""
    for path in sorted((folder / "lake" / table.name / f"team={team}").glob("day=*/*.parquet")):
        if first <= path.parent.name.removeprefix("day=") <= last:
            yield path
