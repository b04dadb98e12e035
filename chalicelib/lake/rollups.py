"""Rollups: sums by dimension of clean days, so that a report over months reads kilobytes."""

from collections.abc import Sequence
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.lake.days import Job, begin, finish, unfinished
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.tables import AI_EVENTS, ROLLUP_DAILY, ROLLUP_HOURLY, Table
from chalicelib.lake.teams import teams
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World
from chalicelib.reports.dimensions import DIMENSIONS, MODEL, Dimension

FILE = "rollup.parquet"
"""One a day and grain; a later rollup replaces it."""
_SUMS = (
    "calls", "priced", "cost_nano", "unpriced", "duration_ms",
    "input_tokens", "output_tokens", "total_tokens", "cache_read_tokens", "cache_creation_tokens",
)  # fmt: skip
_AGGREGATES = [*((name, "sum") for name in _SUMS), ("min_cost_nano", "min"), ("max_cost_nano", "max")]
_KEYS = ("dimension", "value", "provider", "cost_source", "assistant")
_READ = pa.schema(
    [
        schema_of(AI_EVENTS).field(name)
        for name in dict.fromkeys(
            (
                *("deleted", "requested_at", "cost_source", "assistant"),
                *(dimension.column for dimension in DIMENSIONS),
                *(name for name in _SUMS if name in AI_EVENTS.columns),
            )
        )
    ]
)


def roll_due(world: World, *, until: int | None = None) -> int:
    """Roll up every clean day whose rollup is old; how many. Begins no day after the instant `until` (ms)."""
    done = 0
    for team in teams(world.documents):
        for table, day, state in unfinished(world.documents, team):
            if until is not None and world.now() >= until:
                return done
            if table == AI_EVENTS.name and state.is_clean:
                done += roll_day(world, team, day)
    return done


def roll_day(world: World, team: str, day: str) -> bool:
    """Write both rollups of a clean day; False when it is not clean, or another job has it."""
    job = begin(world, team, AI_EVENTS.name, day, f"rollup-{token_hex(8)}")
    if job is None:
        return False
    rolled = False
    try:
        rolled = job.clean and _write(world, job)
    except NotInLake:
        return False  # another job, for which we were taken for dead, has rewritten the day
    finally:
        finish(world, job, rolled=rolled)
    return rolled


def _write(world: World, job: Job) -> bool:
    hours: list[pa.Table] = []
    days: list[pa.Table] = []
    for item in world.lake.list(job.team, job.table, job.day):
        calls = _calls(decode(world.lake.get(job.team, item.path), _READ))
        hours += [_sums_of(calls, dimension, ROLLUP_HOURLY) for dimension in DIMENSIONS if dimension.hourly]
        days += [_sums_of(calls, dimension, ROLLUP_DAILY) for dimension in DIMENSIONS]
    for table, pieces in ((ROLLUP_HOURLY, hours), (ROLLUP_DAILY, days)):
        rows = _merged(pieces, table)
        world.lake.put(job.team, LakePath(table.name, job.day, FILE), encode(rows))
    return True


def _calls(rows: pa.Table) -> pa.Table:
    """Calls that were not deleted, each with its contribution to every sum."""
    rows = rows.filter(pc.invert(rows["deleted"]))
    cost = rows["cost_nano"]
    added = {
        "hour": pc.floor_temporal(rows["requested_at"], unit="hour"),
        "calls": pa.repeat(1, rows.num_rows),
        "priced": pc.is_valid(cost).cast(pa.int64()),
        "unpriced": pc.is_null(cost).cast(pa.int64()),
        "min_cost_nano": cost,
        "max_cost_nano": cost,
        "nowhere": pa.nulls(rows.num_rows, pa.string()),
    }
    for name, column in added.items():
        rows = rows.append_column(name, column)
    return rows


def _sums_of(calls: pa.Table, dimension: Dimension, table: Table) -> pa.Table:
    """The sums of one dimension, with the columns of a rollup."""
    sources = {
        "hour": "hour",
        "value": dimension.column,
        "provider": "provider" if dimension is MODEL else "nowhere",
        "cost_source": "cost_source",
        "assistant": "assistant",
    }
    keys = {name: source for name, source in sources.items() if name in table.columns}
    chosen = pa.table(
        {name: calls[source] for name, source in keys.items()} | {name: calls[name] for name, _ in _AGGREGATES}
    )
    sums = _grouped(chosen, list(keys))
    return sums.append_column("dimension", pa.repeat(dimension.name, sums.num_rows)).select(list(table.columns))


def _merged(pieces: Sequence[pa.Table], table: Table) -> pa.Table:
    """The sums of several files as one, in the order that reports read them."""
    if not pieces:
        return schema_of(table).empty_table()
    keys = [name for name in (*_KEYS, "hour") if name in table.columns]
    sums = _grouped(pa.concat_tables(pieces), keys).select(list(table.columns)).cast(schema_of(table))
    return sums.sort_by([(name, "ascending") for name in keys])


def _grouped(rows: pa.Table, keys: list[str]) -> pa.Table:
    sums = rows.group_by(keys, use_threads=False).aggregate(_AGGREGATES)
    names = {f"{name}_{function}": name for name, function in _AGGREGATES}
    return sums.rename_columns([names.get(name, name) for name in sums.schema.names])
