"""Compaction: rewrites a dirty day so that every event stands in it once, in its newest version.

Deleted events stay as rows that say so: were they dropped, a late copy of an older version would
bring them back.

At every step a crash leaves a day that reads right, because readers remove duplicates from a dirty
day themselves: new files are put beside the old ones, then the old ones go, then the day is called
clean. New names are never reused, so a file that is read cannot be the one that is written.
"""

from collections.abc import Callable, Iterator, Sequence
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.turns import in_turn
from chalicelib.lake.damage import note_vanished_files
from chalicelib.lake.days import (
    DayLease,
    DayState,
    announce_swap,
    lease_day,
    release_day,
    walk_unfinished_days,
)
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import count_file_rows, decode_file, read_undamaged
from chalicelib.lake.tables import EVENT_TABLES, Table
from chalicelib.ports.lake import LakeObject, LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import lake_teams

Change = Callable[[pa.Table], pa.Table]
"""From the rows of a day to those that shall stand there: the same events, in the same order."""
CLEAN_PREFIX = "clean-"
QUIET_MS = 2 * MINUTE
"""A day is left alone until nothing was written to it for this long ..."""
MANY_FILES = 200
"""... or until this many batches have piled up, so that a day that is never quiet does not drown in
small files."""
SLICE_ROWS = 500_000
"""Rows that are held in memory at once, 1 GB of them, and about as many as one file gets."""
KEPT_BYTES = 128 * 1024 * 1024
"""A day whose files are smaller is fetched once, a larger one anew for each slice."""


def compact_due(world: World, *, quiet_ms: int = QUIET_MS, until: int | None = None) -> int:
    """Compact every day that is due, and answer how many became clean. Begins no day after the
    instant `until` (UTC epoch ms; None: no end)."""
    done = 0
    for team in in_turn(lake_teams(world.documents), world.now()):
        for table, day, state in walk_unfinished_days(world.documents, team):
            if until is not None and world.now() >= until:
                return done
            if _is_due(state, world.now(), quiet_ms):
                done += compact_day(world, team, table, day)
    return done


def _is_due(state: DayState, now: int, quiet_ms: int) -> bool:
    piled_up = state.written - state.merged >= MANY_FILES
    return not state.is_clean and (piled_up or state.touched_at <= now - quiet_ms)


def compact_day(
    world: World, team: Scope, table: str, day: str, change: Change | None = None
) -> bool:
    """Rewrite a day, its rows as `change` makes them, and answer whether it is clean now. False
    also when another job has it."""
    lease = lease_day(world, team, table, day, f"compaction-{token_hex(8)}")
    if lease is None:
        return False
    whole = False
    try:
        whole = read_undamaged(world, team, lambda: _rewrite(world, lease, change))
    except NotInLake:
        # Another job, for which we were taken for dead, has removed what we were reading: it has
        # done our work.
        return False
    finally:
        release_day(world, lease, compacted=whole)
    return whole and lease.quiet


def _rewrite(world: World, lease: DayLease, change: Change | None) -> bool:
    """Put the clean files and remove what they were made from. Answers whether nothing else stands
    in the day."""
    table = EVENT_TABLES[lease.table]
    note_vanished_files(world, lease.team, lease.table, lease.day)
    old = list(world.lake.list(lease.team, lease.table, lease.day))
    new: dict[str, int] = {}
    for rows in slices(world, lease.team, table, old):
        name = f"{CLEAN_PREFIX}{lease.generation:010d}-{lease.name}-{len(new):04d}.parquet"
        path = LakePath(lease.table, lease.day, name)
        world.lake.put(lease.team, path, encode(change(rows) if change else rows))
        new[name] = rows.num_rows
    announce_swap(world, lease, gone=[file.path.name for file in old], added=new)
    world.lake.delete(lease.team, [file.path for file in old if file.path.name not in new])
    left = {file.path.name for file in world.lake.list(lease.team, lease.table, lease.day)}
    return left == new.keys()


def slices(
    world: World, team: Scope, table: Table, files: Sequence[LakeObject]
) -> Iterator[pa.Table]:
    """The newest versions of all events, in parts by event id that fit into memory. Raises
    NotInLake, DamagedFile."""

    kept: dict[LakePath, bytes] = {}
    if sum(file.size for file in files) <= KEPT_BYTES:
        kept = {file.path: world.lake.get(team, file.path) for file in files}

    def fetch(file: LakeObject) -> bytes:
        data = kept.get(file.path)
        return world.lake.get(team, file.path) if data is None else data

    rows_in_all = sum(count_file_rows(file.path, fetch(file)) for file in files)
    parts = -(-rows_in_all // SLICE_ROWS)
    schema = schema_of(table)
    for part in range(parts):
        pieces = [
            _slice(decode_file(file.path, fetch(file), schema), part, parts) for file in files
        ]
        rows = keep_newest(pa.concat_tables(pieces))
        if rows.num_rows:
            yield rows


def _slice(rows: pa.Table, part: int, parts: int) -> pa.Table:
    """The rows whose event id falls into a part. Event ids are hashes in hex, so their first digits
    spread evenly."""
    if parts == 1:
        return rows
    low = f"{part * 0x10000 // parts:04x}"
    high = f"{(part + 1) * 0x10000 // parts:04x}"
    inside = pc.greater_equal(rows["event_id"], low)
    if part + 1 < parts:
        inside = pc.and_(inside, pc.less(rows["event_id"], high))
    return rows.filter(inside)


def keep_newest(rows: pa.Table) -> pa.Table:
    """The newest version of each event, ordered by instant of request: neighbours in time compress
    best."""
    order = pc.sort_indices(
        rows.select(["event_id", "version"]),
        sort_keys=[("event_id", "ascending"), ("version", "descending")],
    )
    ids = rows["event_id"].combine_chunks().take(order)
    if len(ids) > 1:
        first = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        order = pa.concat_arrays([order.slice(0, 1), order.slice(1).filter(first)])
    by_time = pc.sort_indices(rows["requested_at"].combine_chunks().take(order))
    chosen = order.take(by_time)
    # Column by column: a whole copy of the table at once would double the memory that a slice
    # needs.
    return pa.table({name: rows[name].combine_chunks().take(chosen) for name in rows.schema.names})
