"""Rollups: sums by dimension of clean days, so that a report over months reads kilobytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.lake.call_sums import NONE, CallSums, name_sums
from chalicelib.lake.days import DayLease, lease_day, release_day, walk_unfinished_days
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import read_file, read_undamaged
from chalicelib.lake.rollups import MINUTES, ROLLUP_FILE, ROLLUPS, Rollup, rollup_for
from chalicelib.lake.sums import DoesNotFit, group_rows
from chalicelib.lake.tables import AI_EVENTS, EVENT_TABLES, ROLLED_UP, ROLLUP_DAILY, Table, Type
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import lake_teams

FILE = ROLLUP_FILE
"""One a day and table; a later rollup replaces it."""
_LEVEL = 15
"""Of zstd: rollups are small, written once and read often; at the level of events they are a sixth
larger."""
_KINDS = {"min_": "min", "max_": "max"}
"""How a sum is drawn together, by the beginning of its name; all others are added up."""

_KEYS, _SUMS = ("kind", "assistant"), ("calls", "priced", "cost_nano")


@dataclass(frozen=True, slots=True)
class _Derivation:
    """How an event adds to a sum that is no column of its own: from which columns, and what
    `derive` makes of rows."""

    columns: tuple[str, ...]
    derive: Callable[[pa.Table], pa.ChunkedArray]


def _one_if(column: str, test: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> _Derivation:
    return _Derivation((column,), lambda rows: test(rows[column]).cast(pa.int64()))


def _copy(column: str) -> _Derivation:
    return _Derivation((column,), lambda rows: rows[column])


def _end(rows: pa.Table) -> pa.ChunkedArray:
    return pc.coalesce(rows["responded_at"], rows["requested_at"])


def _unpriced_tokens(rows: pa.Table) -> pa.ChunkedArray:
    return pc.if_else(
        pc.is_null(rows["cost_nano"]), rows["total_tokens"], pa.scalar(None, pa.int64())
    )


def _failed(rows: pa.Table) -> pa.ChunkedArray:
    says_so = pc.or_(pc.is_valid(rows["error_reason"]), pc.is_valid(rows["error_code"]))
    stopped = pc.equal(rows["stop_reason"], "ERROR").fill_null(False)
    return pc.or_(says_so, stopped).cast(pa.int64())


_DERIVED: Mapping[str, _Derivation] = {
    "calls": _Derivation((), lambda rows: pa.repeat(1, rows.num_rows)),
    "priced": _one_if("cost_nano", pc.is_valid),
    "unpriced": _one_if("cost_nano", pc.is_null),
    "unpriced_tokens": _Derivation(("cost_nano", "total_tokens"), _unpriced_tokens),
    "errors": _Derivation(("error_reason", "error_code", "stop_reason"), _failed),
    "timed": _one_if("duration_ms", pc.is_valid),
    "successes": _one_if("is_success", lambda flags: flags.fill_null(False)),
    "min_cost_nano": _copy("cost_nano"),
    "max_cost_nano": _copy("cost_nano"),
    "min_duration_ms": _copy("duration_ms"),
    "max_duration_ms": _copy("duration_ms"),
    "min_requested_at": _copy("requested_at"),
    "max_requested_at": _copy("requested_at"),
    "max_ended_at": _Derivation(("responded_at", "requested_at"), _end),
}


def roll_due(world: World, *, until: int | None = None) -> int:
    """Roll up every clean day whose rollup is old, and answer how many. Begins no day after the
    instant `until` (UTC epoch ms; None: no end)."""
    done = 0
    for team in in_turn(lake_teams(world.documents), world.now()):
        for table, day, state in walk_unfinished_days(world.documents, team):
            if until is not None and world.now() >= until:
                return done
            if table in ROLLED_UP and state.is_clean:
                done += roll_day(world, team, day, table)
    return done


def roll_day(world: World, team: Scope, day: str, table: str = AI_EVENTS.name) -> bool:
    """Write the rollups of a clean day of events; False when it is not clean, when another job has
    it, and when a sum does not fit: then its events are read, as before."""
    lease = lease_day(world, team, table, day, f"rollup-{token_hex(8)}")
    if lease is None:
        return False
    rolled, sums = False, None
    try:
        if lease.clean:
            sums = read_undamaged(world, team, lambda: _write(world, lease))
            rolled = True
    except NotInLake:
        return False  # another job, for which we were taken for dead, has rewritten the day
    except DoesNotFit as error:
        logger().error(
            "a day cannot be rolled up", extra={"team": team, "day": day, "reason": str(error)}
        )
        return False
    finally:
        release_day(world, lease, rolled=rolled, sums=sums)
    return rolled


def _write(world: World, lease: DayLease) -> dict[str, CallSums] | None:
    """Write the rollups of a day; the sums of its calls, None where these are not known."""
    files = list(world.lake.list(lease.team, lease.table, lease.day))
    if not files:
        return None  # retention has emptied the day: the sums are all that is left of it
    events = EVENT_TABLES[lease.table]
    rollups = [rollup for rollup in ROLLUPS if rollup.events is events]
    wanted = _columns_read(events, rollups)
    parts: dict[Rollup, list[pa.Table]] = {rollup: [] for rollup in rollups}
    for item in files:
        rows = _contributions(read_file(world, lease.team, item.path, wanted), rollups)
        for rollup in rollups:
            parts[rollup].append(_finest(rows, rollup))
    made: dict[str, list[pa.Table]] = {}
    tables: dict[str, Table] = {}
    for rollup in rollups:
        for table, sums in _sums_of(parts[rollup], rollup):
            tables[table.name] = table
            made.setdefault(table.name, []).append(sums)
    for name, pieces in made.items():
        sums = _sort(pa.concat_tables(pieces), tables[name])
        world.lake.put(lease.team, LakePath(name, lease.day, FILE), encode(sums, level=_LEVEL))
    by_kind = rollup_for(events, _KEYS, _SUMS)
    return _add_up_calls(parts[by_kind]) if by_kind else None


def _add_up_calls(parts: Sequence[pa.Table]) -> dict[str, CallSums]:
    sums: dict[str, CallSums] = {}
    for part in parts:
        for row in part.select([*_KEYS, *_SUMS]).to_pylist():
            name = name_sums(*(row[key] for key in _KEYS))
            sums[name] = sums.get(name, NONE) + CallSums(*(row[each] or 0 for each in _SUMS))
    return sums


def _columns_read(events: Table, rollups: Sequence[Rollup]) -> pa.Schema:
    names = {"deleted", "requested_at"}
    for rollup in rollups:
        names.update(rollup.keys, rollup.texts)
        for name in rollup.sums:
            names.update(_DERIVED[name].columns if name in _DERIVED else (name,))
    return pa.schema([field for field in schema_of(events) if field.name in names])


def _contributions(rows: pa.Table, rollups: Iterable[Rollup]) -> pa.Table:
    """Events that were not deleted, each with what it adds to every sum."""
    rows = rows.filter(pc.invert(rows["deleted"]))
    for unit in ("hour", "minute"):
        rows = rows.append_column(unit, pc.floor_temporal(rows["requested_at"], unit=unit))
    wanted: dict[str, None] = {}
    for rollup in rollups:
        wanted.update(dict.fromkeys(rollup.sums))
    for name in wanted:
        if name in _DERIVED:
            rows = rows.append_column(name, _DERIVED[name].derive(rows))
    return rows


def _finest(rows: pa.Table, rollup: Rollup) -> pa.Table:
    """The sums of a file, by the shortest time that the rollup needs to know."""
    keys = list(rollup.keys.values())
    if rollup.hourly:
        keys.append("hour")
    if rollup.minutes:
        keys.append("minute")
    names = [*keys, *rollup.sums]
    sources = rollup.sources
    table = pa.table({name: rows[sources.get(name, name)] for name in names})
    if rollup.only:
        table = table.filter(pc.is_valid(table[rollup.keys[rollup.only]]))
    return _group(table, keys, rollup.sums)


def _sums_of(parts: Sequence[pa.Table], rollup: Rollup) -> Iterator[tuple[Table, pa.Table]]:
    """The sums of all files, with the columns of its tables; those by day are made from those by
    hour."""
    keys, names = list(rollup.keys.values()), rollup.sums
    sums = pa.concat_tables(parts)
    if rollup.minutes:
        sums = _group(sums, [*keys, "hour", "minute"], names)
        sums = sums.append_column(MINUTES, pa.repeat(1, sums.num_rows))
        names = [*names, MINUTES]
    if rollup.hourly:
        sums = _group(sums, [*keys, "hour"], names)
        yield rollup.hourly, _shape(sums, rollup, rollup.hourly)
    yield rollup.daily, _shape(_group(sums, keys, names), rollup, rollup.daily)


def _shape(sums: pa.Table, rollup: Rollup, table: Table) -> pa.Table:
    """Sums with all columns of the table; those that this rollup has not are null."""
    given = {name: sums[name] for name in sums.schema.names}
    given["dimension"] = pa.repeat(rollup.dimension, sums.num_rows)
    schema = schema_of(table)
    columns = []
    for field in schema:
        column = given.get(field.name, pa.nulls(sums.num_rows, field.type))
        columns.append(column.cast(field.type))
    return pa.table(columns, schema=schema)


def _sort(sums: pa.Table, table: Table) -> pa.Table:
    """Sums in the order that reports read them: by all texts first, then by the hour."""
    keys = [name for name, kind in table.columns.items() if kind is not Type.INTEGER]
    keys.sort(key=lambda name: name == "hour")
    return sums.sort_by([(name, "ascending") for name in keys])


def sum_again(rows: pa.Table) -> pa.Table:
    """Rows of the rollup by day some of whose keys have changed, one a key again."""
    keys = [name for name, kind in ROLLUP_DAILY.columns.items() if kind is Type.TEXT]
    sums = _group(rows, keys, [name for name in ROLLUP_DAILY.columns if name not in keys])
    return sums.select(rows.schema.names)


def _group(rows: pa.Table, keys: list[str], names: Sequence[str]) -> pa.Table:
    """Rows drawn together by keys, the named columns as their names say: of texts the last in
    order."""
    kinds: dict[str, str] = {}
    for name in names:
        is_text = pa.types.is_string(rows[name].type)
        kinds[name] = "max" if is_text else _KINDS.get(name[:4], "sum")
    return group_rows(rows, keys, kinds)
