"""Days: which days of a team's lake are clean, so that reports know where they must look for
duplicates.

A day is *clean* when its files hold every event exactly once, in its newest version, and *rolled*
when its rollups were made from just these files. All of it is counted in generations, in one small
document per team, table and month:

    writer                      compaction                          reader
    open: written 4 → 5
                                lease: takes generation 5
    put feed-….parquet          writes clean files
    close                       sees that a writer was open
                                swap, deletes what it has read      sees swaps change: asks again
                                release: leaves the day dirty

A writer marks the day before its file exists and stays listed until it does, so that no compaction
that may have missed the file can call the day clean.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial

from chalicelib.kit.clock import MINUTE
from chalicelib.lake.limits import first_day
from chalicelib.lake.tables import ROLLED_UP
from chalicelib.ports.documents import Documents, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.listing import read_many

KIND = "LAKE_MONTH"
LEASE_MS = 20 * MINUTE
"""After this time a silent writer or job is taken for dead; no Lambda lives longer than 15."""
ROLLUP_FORMAT = 6
"""Counts up when rollups change: days that were rolled up before are read from their events until
they are again."""
_WORK, _DONE = "work", f"rolled-{ROLLUP_FORMAT}"
_FORMER = "costs"  # what an older version kept in place of `sums`
_DONE_BEFORE = ("done", *(f"rolled-{number}" for number in range(1, ROLLUP_FORMAT)))


@dataclass(frozen=True, slots=True)
class DayState:
    """What is known of a day. `written`, `compacted` and `rolled` are generations; a day that
    nothing was written to is clean and rolled. `merged` is the generation whose files compaction
    has last drawn together, whether that made the day clean or not; `rollups` is the value of
    ROLLUP_FORMAT when the day was rolled up.

    `swaps` grows before compaction deletes files: whoever read the same number before and after
    listing a day has seen all of its rows. `writers` maps open writers to the time they began,
    `job` is the compaction or rollup that works on the day. Times are UTC epoch ms.

    `sums` tells of a day of AI calls that is rolled what `lake.call_sums` reads; None: only its
    rollups know.

    `files` is the manifest: by the fingerprint of a file's name how many rows it was written with.
    Files that an older version has written are not in it. `lost` says what reports miss: by the
    name of a file that was set aside, or the fingerprint of one that has vanished, its rows (-1
    where nobody has counted them).
    """

    written: int = 0
    compacted: int = 0
    rolled: int = 0
    merged: int = 0
    swaps: int = 0
    touched_at: int = 0
    rollups: int = 0
    job: str = ""
    job_since: int = 0
    writers: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, Sequence[int]] | None = None

    @property
    def is_clean(self) -> bool:
        """Whether every event stands in the files once."""
        return self.written == self.compacted

    @property
    def is_rolled(self) -> bool:
        """Whether the rollups hold just what the files hold."""
        has_sums = self.is_clean and self.rolled == self.compacted
        return has_sums and (self.rollups == ROLLUP_FORMAT or not self.written)


@dataclass(frozen=True, slots=True)
class DayLease:
    """The right to rewrite a day, of which one is out at a time. `name` is that of the job which
    holds it, `generation` is the day's when it was taken. By then, `quiet`: no writer was at work;
    `clean`: the day was."""

    team: Scope
    table: str
    day: str
    name: str
    generation: int
    quiet: bool
    clean: bool


Change = Callable[[DayState, str], DayState]
"""From the state of a day, and the day, to its next state."""
RowsByFile = Mapping[str, int]
"""How many rows files have, by their names."""
UNCOUNTED = -1
"""The rows of a lost file of which no manifest speaks."""


@lru_cache(50_000)
def fingerprint(name: str) -> str:
    """What stands for the name of a file in a manifest: names of streams are long, and a month has
    to fit into one document."""
    return hashlib.blake2b(name.encode(), digest_size=5).hexdigest()


def _manifest(rows: RowsByFile) -> dict[str, int]:
    return {fingerprint(name): number for name, number in rows.items()}


def _without(entries: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    gone = set(names)
    return {name: rows for name, rows in entries.items() if name not in gone}


def _record_id(table: str, month: str) -> str:
    return f"{table}.{month}"


def _read(doc: Doc, table: str) -> dict[str, DayState]:
    """The states of a month's days, by day."""
    fixed = {} if table in ROLLED_UP else {"rollups": ROLLUP_FORMAT}
    states: dict[str, DayState] = {}
    for day, told in doc.get("days", {}).items():
        known = told | fixed
        known.pop(_FORMER, None)
        states[day] = DayState(**known)
    return states


def _change(
    documents: Documents, team: Scope, table: str, days: Sequence[str], change: Change
) -> None:
    """Change several days, one write a month."""
    by_month: dict[str, list[str]] = {}
    for day in days:
        by_month.setdefault(day[:7], []).append(day)
    for month, chosen in sorted(by_month.items()):
        _change_month(documents, team, _record_id(table, month), chosen, change)


def _change_month(
    documents: Documents, team: Scope, record_id: str, days: Sequence[str], change: Change
) -> None:
    table = _table_of(record_id)

    def change_all(doc: Doc) -> Doc:
        states = _read(doc, table)
        for day in days:
            states[day] = change(states.get(day, DayState()), day)
        has_work = any(not state.is_rolled or state.job for state in states.values())
        told = {day: asdict(state) for day, state in sorted(states.items())}
        return {"reference": _WORK if has_work else _DONE, "days": told}

    amend(documents, team, KIND, record_id, change_all)


def _table_of(record_id: str) -> str:
    return record_id.rpartition(".")[0]


def open_days(world: World, team: Scope, table: str, days: Sequence[str], writer: str) -> None:
    """Make days dirty, before a writer puts its files."""
    now = world.now()

    def note_writer(state: DayState, _day: str) -> DayState:
        writers = {**state.writers, writer: now}
        return replace(state, written=state.written + 1, touched_at=now, writers=writers)

    _change(world.documents, team, table, days, note_writer)


def close_days(
    world: World, team: Scope, table: str, added: Mapping[str, RowsByFile], writer: str
) -> None:
    """Note that the writer's files stand, which were `added` to its days. One that was taken for
    dead meanwhile makes its days dirty once more."""
    now = world.now()

    def forget_writer(state: DayState, day: str) -> DayState:
        rows = added[day]
        return replace(
            state,
            written=state.written + (writer not in state.writers),
            touched_at=now,
            writers=_without(state.writers, [writer]),
            files={**state.files, **_manifest(rows)},
            lost=_without(state.lost, [*rows, *map(fingerprint, rows)]),
        )

    _change(world.documents, team, table, list(added), forget_writer)


def lease_day(world: World, team: Scope, table: str, day: str, name: str) -> DayLease | None:
    """Take a day for compaction or rollup; None while another job has it. `name` must never have
    been used before."""
    now = world.now()
    lease: DayLease | None = None

    def take(state: DayState, _day: str) -> DayState:
        nonlocal lease
        lease = None
        if state.job and state.job_since > now - LEASE_MS:
            return state
        alive = {writer: since for writer, since in state.writers.items() if since > now - LEASE_MS}
        lease = DayLease(
            team=team,
            table=table,
            day=day,
            name=name,
            generation=state.written,
            quiet=not alive,
            clean=state.is_clean,
        )
        return replace(state, writers=alive, job=name, job_since=now)

    _change(world.documents, team, table, [day], take)
    return lease


def free_leases(world: World, team: Scope) -> int:
    """Take all writers and jobs of a team's days for dead, because whoever asks knows that nobody
    else is at work; how many months had any. One that lives after all sees that it lost its day."""
    freed = 0

    def free(doc: Doc, table: str) -> Doc:
        told = {}
        for day, state in _read(doc, table).items():
            told[day] = asdict(replace(state, job="", writers={}))
        return {**doc, "days": told}

    for record in walk(world.documents, team, KIND, by="reference", prefix=_WORK):
        table = _table_of(record.id)
        if any(state.job or state.writers for state in _read(record.doc, table).values()):
            amend(world.documents, team, KIND, record.id, partial(free, table=table))
            freed += 1
    return freed


def announce_swap(
    world: World, lease: DayLease, *, gone: Iterable[str] = (), added: RowsByFile | None = None
) -> None:
    """Tell readers that the files are about to vanish which the job has merged: the manifest has
    those that were `added` in place of those that will be `gone`."""
    vanishing = {fingerprint(name) for name in gone}
    rows = _manifest(added or {})

    def count_swap(state: DayState, _day: str) -> DayState:
        files = {**_without(state.files, vanishing), **rows}
        return replace(state, swaps=state.swaps + 1, merged=lease.generation, files=files)

    _change(world.documents, lease.team, lease.table, [lease.day], count_swap)


def release_day(
    world: World,
    lease: DayLease,
    *,
    compacted: bool = False,
    rolled: bool = False,
    sums: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Give the day back. It is clean when it was `compacted` and no writer came in between, rolled
    when it was `rolled` and is still clean at the generation that was read; then its `sums` are
    kept."""

    def release(state: DayState, _day: str) -> DayState:
        if state.job != lease.name:
            # Taken for dead: what we put since may stand beside or over what the next job wrote.
            return replace(state, written=state.written + 1)
        state = replace(state, job="")
        clean = compacted and lease.quiet and state.written == lease.generation
        if clean:
            state = replace(state, compacted=lease.generation)
        if lease.table in ROLLED_UP:
            has_sums = rolled and state.compacted == lease.generation
        else:
            has_sums = clean
        if has_sums:
            state = replace(state, rolled=lease.generation, rollups=ROLLUP_FORMAT, sums=sums)
        return state

    _change(world.documents, lease.team, lease.table, [lease.day], release)


def note_loss(world: World, team: Scope, table: str, day: str, name: str) -> None:
    """Note that reports miss a file from now on: one that is about to be set aside, by its name, or
    one that has vanished, by its fingerprint."""

    def change(state: DayState, _day: str) -> DayState:
        mark = fingerprint(name)
        rows = state.files.get(mark, state.files.get(name, UNCOUNTED))
        lost = {**state.lost, name: rows}
        files = _without(state.files, [mark, name])
        return replace(state, swaps=state.swaps + 1, lost=lost, files=files)

    _change(world.documents, team, table, [day], change)


def find_incomplete_days(
    world: World, team: Scope, tables: Iterable[str], days: Sequence[str]
) -> list[str]:
    """The days of which reports miss something of some tables, oldest first."""
    incomplete: set[str] = set()
    for table in tables:
        for day, state in read_states(world, team, table, days).items():
            if state.lost:
                incomplete.add(day)
    return sorted(incomplete)


def forget_losses(world: World, team: Scope, table: str, day: str, names: Iterable[str]) -> None:
    """Note that what was lost with these files stands in the day again, or is given up."""
    found = list(names)

    def change(state: DayState, _day: str) -> DayState:
        return replace(state, lost=_without(state.lost, found))

    _change(world.documents, team, table, [day], change)


def forget_rollup(world: World, team: Scope, table: str, day: str) -> None:
    """Have the rollups of a day of events made anew; until then its events are read."""

    def change(state: DayState, _day: str) -> DayState:
        return replace(state, rolled=0, swaps=state.swaps + 1)

    _change(world.documents, team, table, [day], change)


def walk_states(documents: Documents, team: Scope) -> Iterator[tuple[str, str, DayState]]:
    """(table, day, state) of every day that anything is known of, in order."""
    for record in walk(documents, team, KIND):
        table = _table_of(record.id)
        for day, state in _read(record.doc, table).items():
            yield table, day, state


def read_states(world: World, team: Scope, table: str, days: Sequence[str]) -> dict[str, DayState]:
    """The state of each day, in one round trip for up to 100 months."""
    ids = {_record_id(table, day[:7]) for day in days}
    states: dict[str, DayState] = {}
    for record in read_many(world, team, KIND, ids).values():
        told = record.doc["days"]
        wanted = {day: told[day] for day in days if day in told}  # a month's are costly to read
        states |= _read({"days": wanted}, table)
    return {day: states.get(day, DayState()) for day in days}


def read_believed_states(
    world: World, team: Scope, table: str, days: Sequence[str]
) -> dict[str, DayState]:
    """The state of each day for somebody who only reads: rollups of an older version are believed
    where retention has taken the events, because they are all that is left. Whoever writes must not
    believe them: as long as there are events, the rollups are made anew."""
    states = read_states(world, team, table, days)
    older = [day for day, state in states.items() if _is_older(state)]
    if not older:
        return states
    first = first_day(world.documents, team)
    for day in older:
        if day < first:
            states[day] = replace(states[day], rollups=ROLLUP_FORMAT)
    return states


def _is_older(state: DayState) -> bool:
    """Whether an older version has rolled the day up, and nothing was written since."""
    return state.rollups != ROLLUP_FORMAT and state.is_clean and state.rolled == state.compacted > 0


def walk_unfinished_days(documents: Documents, team: Scope) -> Iterator[tuple[str, str, DayState]]:
    """(table, day, state) of every day that is not rolled, in order; those of months that an older
    version finished come last."""
    for reference in (_WORK, *_DONE_BEFORE):
        for record in walk(documents, team, KIND, by="reference", prefix=reference):
            if record.doc["reference"] != reference:
                continue  # one that only begins like it
            table = _table_of(record.id)
            states = _read(record.doc, table)
            waiting = [day for day, state in states.items() if not state.is_rolled]
            for day in waiting:
                yield table, day, states[day]
            if not waiting:  # left by an older version, and nothing is left to do
                _change_month(documents, team, record.id, [], lambda state, _: state)
