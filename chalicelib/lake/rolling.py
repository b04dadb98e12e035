"""Rollups: sums by dimension of clean days, so that a report over months reads kilobytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from secrets import token_hex
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.telemetry import logger
from chalicelib.kit.turns import in_turn
from chalicelib.lake.days import Job, begin, finish, unfinished
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.rollups import MINUTES, ROLLUPS, Rollup
from chalicelib.lake.sums import DoesNotFit, grouped
from chalicelib.lake.tables import AI_EVENTS, EVENT_TABLES, ROLLED_UP, ROLLUP_DAILY, Table, Type
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World
from chalicelib.resources.roster import lake_teams

FILE = "rollup.parquet"
"""One a day and table; a later rollup replaces it."""
_LEVEL = 15
"""Of zstd: rollups are small, written once and read often; at the level of events they are a sixth
larger."""
_KINDS = {"min_": "min", "max_": "max"}
"""How a sum is drawn together, by the beginning of its name; all others are added up."""


class _Derived(NamedTuple):
    """What an event adds to a sum that is no column of its own: the columns it is made from, and
    how."""

    columns: tuple[str, ...]
    made: Callable[[pa.Table], pa.ChunkedArray]


def _one_if(column: str, test: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> _Derived:
    return _Derived((column,), lambda rows: test(rows[column]).cast(pa.int64()))


def _unpriced_tokens(rows: pa.Table) -> pa.ChunkedArray:
    return pc.if_else(
        pc.is_null(rows["cost_nano"]), rows["total_tokens"], pa.scalar(None, pa.int64())
    )


_DERIVED: Mapping[str, _Derived] = {
    "calls": _Derived((), lambda rows: pa.repeat(1, rows.num_rows)),
    "priced": _one_if("cost_nano", pc.is_valid),
    "unpriced": _one_if("cost_nano", pc.is_null),
    "unpriced_tokens": _Derived(("cost_nano", "total_tokens"), _unpriced_tokens),
    "timed": _one_if("duration_ms", pc.is_valid),
    "successes": _one_if("is_success", lambda flags: flags.fill_null(False)),
    "min_cost_nano": _Derived(("cost_nano",), lambda rows: rows["cost_nano"]),
    "max_cost_nano": _Derived(("cost_nano",), lambda rows: rows["cost_nano"]),
    "min_duration_ms": _Derived(("duration_ms",), lambda rows: rows["duration_ms"]),
    "max_duration_ms": _Derived(("duration_ms",), lambda rows: rows["duration_ms"]),
    "min_requested_at": _Derived(("requested_at",), lambda rows: rows["requested_at"]),
    "max_ended_at": _Derived(
        ("responded_at", "requested_at"),
        lambda rows: pc.coalesce(rows["responded_at"], rows["requested_at"]),
    ),
}


def roll_due(world: World, *, until: int | None = None) -> int:
    """Roll up every clean day whose rollup is old; how many. Begins no day after the instant
    `until` (ms)."""
    done = 0
    for team in in_turn(lake_teams(world.documents), world.now()):
        for table, day, state in unfinished(world.documents, team):
            if until is not None and world.now() >= until:
                return done
            if table in ROLLED_UP and state.is_clean:
                done += roll_day(world, team, day, table)
    return done


def roll_day(world: World, team: str, day: str, table: str = AI_EVENTS.name) -> bool:
    """Write the rollups of a clean day of events; False when it is not clean, when another job has
    it, and when a sum does not fit: then its events are read, as before."""
    job = begin(world, team, table, day, f"rollup-{token_hex(8)}")
    if job is None:
        return False
    rolled = False
    try:
        rolled = job.clean and _write(world, job)
    except NotInLake:
        return False  # another job, for which we were taken for dead, has rewritten the day
    except DoesNotFit as error:
        logger().error(
            "a day cannot be rolled up", extra={"team": team, "day": day, "reason": str(error)}
        )
        return False
    finally:
        finish(world, job, rolled=rolled)
    return rolled


def _write(world: World, job: Job) -> bool:
    events = EVENT_TABLES[job.table]
    rollups = [rollup for rollup in ROLLUPS if rollup.events is events]
    tables = {table.name: table for each in rollups for table in (each.hourly, each.daily) if table}
    pieces: dict[Rollup, list[pa.Table]] = {rollup: [] for rollup in rollups}
    wanted = _columns_read(events, rollups)
    files = list(world.lake.list(job.team, job.table, job.day))
    if not files:
        return True  # retention has emptied the day: the sums are all that is left of it
    for item in files:
        rows = _contributions(decode(world.lake.get(job.team, item.path), wanted), rollups)
        for rollup, parts in pieces.items():
            parts.append(_finest(rows, rollup))
    made: dict[str, list[pa.Table]] = {name: [] for name in tables}
    for rollup, parts in pieces.items():
        for table, sums in _sums_of(parts, rollup):
            made[table.name].append(sums)
    for name, table in tables.items():
        sums = _ordered(pa.concat_tables(made[name]), table)
        world.lake.put(job.team, LakePath(name, job.day, FILE), encode(sums, level=_LEVEL))
    return True


def _sums(rollup: Rollup) -> list[str]:
    """Its columns that are drawn together; the others are keys. Minutes are counted when all of
    them are known."""
    columns = rollup.daily.columns.items()
    sums = [
        name for name, kind in columns if kind in (Type.INTEGER, Type.INSTANT) and name != MINUTES
    ]
    return [*sums, *rollup.texts.values()]


def _columns_read(events: Table, rollups: Sequence[Rollup]) -> pa.Schema:
    names = {
        "deleted",
        "requested_at",
        *(source for each in rollups for source in (*each.keys, *each.texts)),
    }
    for name in (name for each in rollups for name in _sums(each)):
        names.update(_DERIVED[name].columns if name in _DERIVED else (name,))
    return pa.schema([field for field in schema_of(events) if field.name in names])


def _contributions(rows: pa.Table, rollups: Iterable[Rollup]) -> pa.Table:
    """Events that were not deleted, each with what it adds to every sum."""
    rows = rows.filter(pc.invert(rows["deleted"]))
    for unit in ("hour", "minute"):
        rows = rows.append_column(unit, pc.floor_temporal(rows["requested_at"], unit=unit))
    for name in {name: None for rollup in rollups for name in _sums(rollup) if name in _DERIVED}:
        rows = rows.append_column(name, _DERIVED[name].made(rows))
    return rows


def _finest(rows: pa.Table, rollup: Rollup) -> pa.Table:
    """The sums of a file, by the shortest time that the rollup needs to know."""
    times = [name for name, known in (("hour", rollup.hourly), ("minute", rollup.minutes)) if known]
    sources = {target: source for source, target in (*rollup.keys.items(), *rollup.texts.items())}
    names = [*rollup.keys.values(), *times, *_sums(rollup)]
    table = pa.table({name: rows[sources.get(name, name)] for name in names})
    if rollup.only:
        table = table.filter(pc.is_valid(table[rollup.keys[rollup.only]]))
    return _grouped(table, [*rollup.keys.values(), *times], _sums(rollup))


def _sums_of(parts: Sequence[pa.Table], rollup: Rollup) -> Iterator[tuple[Table, pa.Table]]:
    """The sums of all files, with the columns of its tables; those by day are made from those by
    hour."""
    keys, names = list(rollup.keys.values()), _sums(rollup)
    sums = pa.concat_tables(parts)
    if rollup.minutes:
        sums = _grouped(sums, [*keys, "hour", "minute"], names)
        sums = sums.append_column(MINUTES, pa.repeat(1, sums.num_rows))
        names = [*names, MINUTES]
    if rollup.hourly:
        sums = _grouped(sums, [*keys, "hour"], names)
        yield rollup.hourly, _shaped(sums, rollup, rollup.hourly)
    yield rollup.daily, _shaped(_grouped(sums, keys, names), rollup, rollup.daily)


def _shaped(sums: pa.Table, rollup: Rollup, table: Table) -> pa.Table:
    """With all columns of the table; those that this rollup has not are null."""
    given = {name: sums[name] for name in sums.schema.names} | {
        "dimension": pa.repeat(rollup.dimension, sums.num_rows)
    }
    schema = schema_of(table)
    columns = [
        given.get(field.name, pa.nulls(sums.num_rows, field.type)).cast(field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _ordered(sums: pa.Table, table: Table) -> pa.Table:
    """In the order that reports read them."""
    keys = [name for name, kind in table.columns.items() if kind is not Type.INTEGER]
    return sums.sort_by(
        [(name, "ascending") for name in sorted(keys, key=lambda name: name == "hour")]
    )


def redrawn(rows: pa.Table) -> pa.Table:
    """Rows of the rollup by day some of whose keys have changed, one a key again."""
    keys = [name for name, kind in ROLLUP_DAILY.columns.items() if kind is Type.TEXT]
    sums = _grouped(rows, keys, [name for name in ROLLUP_DAILY.columns if name not in keys])
    return sums.select(rows.schema.names)


def _grouped(rows: pa.Table, keys: list[str], names: Sequence[str]) -> pa.Table:
    """By keys, the named columns drawn together: of texts the last in order."""
    kinds = {
        name: "max" if pa.types.is_string(rows[name].type) else _KINDS.get(name[:4], "sum")
        for name in names
    }
    return grouped(rows, keys, kinds)
