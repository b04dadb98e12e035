"""Rebuilding: a day of the lake written anew from the ledger, for when files of it are damaged or
gone. Batch functions only: needs pyarrow.

The day is made dirty, then the versions that the ledger holds are put beside what stands there,
then the old files go; compaction and rollup follow. What the ledger does not remember any more is
kept from the old files. Wherever that is broken off, the day reads right, and can be rebuilt again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from secrets import token_hex

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.kit.errors import Invalid
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.damage import note_vanished_files
from chalicelib.lake.days import (
    UNCOUNTED,
    DayLease,
    announce_swap,
    close_days,
    forget_losses,
    lease_day,
    open_days,
    read_states,
    release_day,
)
from chalicelib.lake.limits import first_day
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import read_file, read_undamaged
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.rows import sift_rows
from chalicelib.lake.tables import EVENT_TABLES, ROLLED_UP
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakeObject, LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.roster import LAKE

_AT_ONCE = 50_000
"""Versions of events that make a file until compaction."""
Watch = Callable[[Iterable[EventRecord]], Iterable[EventRecord]]
"""Lets somebody watch the versions of the ledger go by."""


@dataclass(slots=True)
class RebuiltTable:
    """What became of a table's day. `versions` are those that the ledger held, `kept` the rows of
    events that it does not remember any more. `busy`: somebody else has the day; nothing was done.
    `lost`: files whose rows the ledger does not hold, or not all of them."""

    versions: int = 0
    kept: int = 0
    busy: bool = False
    lost: int = 0


def rebuild_day(
    world: World,
    team: Scope,
    day: str,
    tables: Sequence[str] = tuple(EVENT_TABLES),
    *,
    watch: Watch = lambda events: events,
) -> Mapping[str, RebuiltTable]:
    """Write a day (YYYY-MM-DD) of some tables of events anew; what became of each.

    Raises Invalid for a day that retention has emptied, and what the ports raise: run it again
    then.
    """
    if day < first_day(world.documents, team):
        raise Invalid(f"retention has emptied {day}: it is not brought back", field="day")
    LAKE.enrol(world.documents, team)
    runs: list[_Run] = []
    results: dict[str, RebuiltTable] = {}
    for table in tables:
        note_vanished_files(world, team, table, day)
        lease = lease_day(world, team, table, day, f"rebuild-{token_hex(8)}")
        if lease is None:
            results[table] = RebuiltTable(busy=True)
        else:
            runs.append(_Run(world, lease))
    _rebuild(world, team, day, runs, watch)
    for run in runs:
        results[run.lease.table] = run.result
        # A day on which nothing ever happened needs neither.
        if read_states(world, team, run.lease.table, [day])[day].written:
            compact_day(world, team, run.lease.table, day)
            if run.lease.table in ROLLED_UP:
                roll_day(world, team, day, run.lease.table)
    return results


def _rebuild(world: World, team: Scope, day: str, runs: Sequence["_Run"], watch: Watch) -> None:
    by_table = {run.lease.table: run for run in runs}
    try:
        # The ledger is read under the lease: an erasure that runs meanwhile finds the day taken,
        # and looks at it again.
        for event in watch(world.events.every(team)):
            if event.day == day and event.table in by_table:
                by_table[event.table].take(event)
        for run in runs:
            run.finish()
    finally:
        for run in runs:
            release_day(world, run.lease)


@dataclass(slots=True)
class _Run:
    """The rebuilding of one table's day."""

    world: World
    lease: DayLease
    result: RebuiltTable = field(default_factory=RebuiltTable)
    _old: Sequence[LakeObject] = ()
    _waiting: list[EventRecord] = field(default_factory=list)
    _ids: list[pa.Array] = field(default_factory=list)
    _added: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What the feed puts from now on is newer than what the ledger is about to tell, and stays.
        self._old = list(self._list())

    def take(self, event: EventRecord) -> None:
        """Write a version, together with others."""
        self._waiting.append(event)
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def finish(self) -> None:
        """Put what waits, keep what the ledger has forgotten, and remove the old files."""
        self._flush()
        read_undamaged(self.world, self.lease.team, self._keep_forgotten)
        if self._added:
            names = [file.path.name for file in self._old]
            announce_swap(self.world, self.lease, gone=names, added=self._added)
            self.world.lake.delete(self.lease.team, [file.path for file in self._old])
        self._settle_losses()

    def _flush(self) -> None:
        if not self._waiting:
            return
        # What cannot be a row was quarantined when it came.
        tables, _ = sift_rows(self.lease.table, self.lease.day, self._waiting)
        self._waiting = []
        if tables:
            rows = pa.concat_tables(tables)
            self.result.versions += rows.num_rows
            self._ids.append(rows["event_id"].combine_chunks())
            self._put(rows)

    def _put(self, rows: pa.Table) -> None:
        """Put a file. The day is made dirty before: what stands in it may stand there twice from
        now on."""
        lease = self.lease
        if not self._added:
            open_days(self.world, lease.team, lease.table, [lease.day], lease.name)
            close_days(self.world, lease.team, lease.table, {lease.day: {}}, lease.name)
        name = f"{lease.name}-{len(self._added):04d}.parquet"
        self.world.lake.put(lease.team, LakePath(lease.table, lease.day, name), encode(rows))
        self._added[name] = rows.num_rows

    def _list(self) -> Iterator[LakeObject]:
        return self.world.lake.list(self.lease.team, self.lease.table, self.lease.day)

    def _keep_forgotten(self) -> None:
        """Put the rows of events that stand in the old files alone."""
        schema = schema_of(EVENT_TABLES[self.lease.table])
        known = pa.chunked_array(self._ids, pa.string())
        there = {file.path for file in self._list()}
        for file in self._old:
            if file.path not in there:
                continue  # it was set aside
            rows = read_file(self.world, self.lease.team, file.path, schema)
            rows = rows.filter(pc.invert(pc.is_in(rows["event_id"], value_set=known)))
            if rows.num_rows:
                self.result.kept += rows.num_rows
                self._put(rows)

    def _settle_losses(self) -> None:
        """What was lost stands there again, unless the ledger has forgotten a part of it."""
        lease = self.lease
        state = read_states(self.world, lease.team, lease.table, [lease.day])[lease.day]
        if not state.lost:
            return
        counted = sum(rows for rows in state.lost.values() if rows != UNCOUNTED)
        if self.result.versions >= max(counted, 1):
            forget_losses(self.world, lease.team, lease.table, lease.day, state.lost)
        else:
            self.result.lost = len(state.lost)
