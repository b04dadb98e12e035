"""Days: which days of a team's lake are clean, so that reports know where they must look for
duplicates.

A day is *clean* when its files hold every event exactly once, in its newest version, and *rolled*
when its rollups were made from just these files. All of it is counted in generations, in one small
document per team, table and month:

    writer                      compaction                          reader
    open: written 4 → 5
                                begin: takes generation 5
    put feed-….parquet          writes clean files
    close                       sees that a writer was open
                                swap, deletes what it has read      sees swaps change: asks again
                                finish: leaves the day dirty

A writer marks the day before its file exists and stays listed until it does, so that no compaction
that may have missed the file can call the day clean.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from chalicelib.kit.clock import MINUTE
from chalicelib.lake.limits import first_day
from chalicelib.lake.tables import ROLLED_UP
from chalicelib.ports.documents import Documents, walk
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

KIND = "LAKE_MONTH"
LEASE_MS = 20 * MINUTE
"""After this time a writer or a job that has not reported back is taken for dead; no Lambda lives
longer than 15."""
ROLLUP_FORMAT = 4
"""Counts up when rollups change: days that were rolled up before are read from their events until
they are again."""
_WORK, _DONE = "work", f"rolled-{ROLLUP_FORMAT}"
_DONE_BEFORE = ("done", *(f"rolled-{number}" for number in range(1, ROLLUP_FORMAT)))


@dataclass(frozen=True, slots=True)
class DayState:
    """`written`, `compacted` and `rolled` are generations; a day that nothing was written to is
    clean and rolled. `merged` is the generation whose files compaction has last drawn together,
    whether that made the day clean or not; `rollups` is the value of ROLLUP_FORMAT when the day was
    rolled up.

    `swaps` grows before compaction deletes files: whoever read the same number before and after
    listing a day has seen all of its rows. `writers` maps open writers to the time they began,
    `job` is the compaction or rollup that works on the day. Times are epoch ms.
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

    @property
    def is_clean(self) -> bool:
        """Every event stands in the files once."""
        return self.written == self.compacted

    @property
    def is_rolled(self) -> bool:
        """The rollups hold just what the files hold."""
        return (
            self.is_clean
            and self.rolled == self.compacted
            and (self.rollups == ROLLUP_FORMAT or not self.written)
        )


@dataclass(frozen=True, slots=True)
class Job:
    """The right to rewrite a day. At its begin, `settled`: no writer was at work; `clean`: the day
    was."""

    team: str
    table: str
    day: str
    name: str
    generation: int
    settled: bool
    clean: bool


Change = Callable[[DayState], DayState]


def _record_id(table: str, month: str) -> str:
    return f"{table}.{month}"


def _read(doc: Doc, table: str) -> dict[str, DayState]:
    fixed = {} if table in ROLLED_UP else {"rollups": ROLLUP_FORMAT}
    return {day: DayState(**state | fixed) for day, state in doc.get("days", {}).items()}


def _change(
    documents: Documents, team: str, table: str, days: Sequence[str], change: Change
) -> None:
    """Change several days, one write a month."""
    for month in sorted({day[:7] for day in days}):
        chosen = [day for day in days if day.startswith(month)]
        _change_month(documents, team, table, _record_id(table, month), chosen, change)


def _change_month(
    documents: Documents, team: str, table: str, record_id: str, days: Sequence[str], change: Change
) -> None:
    def changed(doc: Doc) -> Doc:
        states = _read(doc, table)
        states |= {day: change(states.get(day, DayState())) for day in days}
        work = any(not state.is_rolled for state in states.values())
        told = {day: asdict(state) for day, state in sorted(states.items())}
        return {"reference": _WORK if work else _DONE, "days": told}

    amend(documents, team, KIND, record_id, changed)


def open_days(world: World, team: str, table: str, days: Sequence[str], writer: str) -> None:
    """Make days dirty, before a writer puts its files."""
    now = world.now()

    def begun(state: DayState) -> DayState:
        return replace(
            state, written=state.written + 1, touched_at=now, writers={**state.writers, writer: now}
        )

    _change(world.documents, team, table, days, begun)


def close_days(world: World, team: str, table: str, days: Sequence[str], writer: str) -> None:
    """The writer's files stand. One that was taken for dead meanwhile makes its days dirty once
    more."""
    now = world.now()

    def ended(state: DayState) -> DayState:
        writers = {name: since for name, since in state.writers.items() if name != writer}
        late = writer not in state.writers
        return replace(state, written=state.written + late, touched_at=now, writers=writers)

    _change(world.documents, team, table, days, ended)


def begin(world: World, team: str, table: str, day: str, name: str) -> Job | None:
    """Take a day for compaction or rollup; None while another job has it. `name` must never have
    been used before."""
    now, taken = world.now(), list[Job]()

    def take(state: DayState) -> DayState:
        taken.clear()
        if state.job and state.job_since > now - LEASE_MS:
            return state
        alive = {writer: since for writer, since in state.writers.items() if since > now - LEASE_MS}
        taken.append(
            Job(team, table, day, name, state.written, settled=not alive, clean=state.is_clean)
        )
        return replace(state, writers=alive, job=name, job_since=now)

    _change(world.documents, team, table, [day], take)
    return taken[0] if taken else None


def swap(world: World, job: Job) -> None:
    """Tell readers that the files are about to vanish which the job has merged."""

    def swapped(state: DayState) -> DayState:
        return replace(state, swaps=state.swaps + 1, merged=job.generation)

    _change(world.documents, job.team, job.table, [job.day], swapped)


def finish(world: World, job: Job, *, compacted: bool = False, rolled: bool = False) -> None:
    """Give the day back. It is clean when it was `compacted` and no writer came in between, rolled
    when it was `rolled` and is still clean at the generation that was read."""

    def finished(state: DayState) -> DayState:
        if (
            state.job != job.name
        ):  # taken for dead: what we put since may stand beside or over what the next job wrote
            return replace(state, written=state.written + 1)
        clean = compacted and job.settled and state.written == job.generation
        sums = (rolled and state.compacted == job.generation) or (
            clean and job.table not in ROLLED_UP
        )
        return replace(
            state,
            job="",
            compacted=job.generation if clean else state.compacted,
            rolled=job.generation if sums else state.rolled,
            rollups=ROLLUP_FORMAT if sums else state.rollups,
        )

    _change(world.documents, job.team, job.table, [job.day], finished)


def read_states(world: World, team: str, table: str, days: Sequence[str]) -> dict[str, DayState]:
    """The state of each day, in one round trip for up to 100 months."""
    ids = sorted({_record_id(table, day[:7]) for day in days})
    found: dict[str, DayState] = {}
    for start in range(0, len(ids), 100):
        for record in world.documents.get_many(team, KIND, ids[start : start + 100]).values():
            found |= _read(record.doc, table)
    return {day: found.get(day, DayState()) for day in days}


def read_believed_states(
    world: World, team: str, table: str, days: Sequence[str]
) -> dict[str, DayState]:
    """The state of each day for who reads it: rollups of an older version are believed where
    retention has taken the events, because they are all that is left. Who writes must not: as long
    as there are events, he makes them anew."""
    known = read_states(world, team, table, days)
    if not any(_is_older(state) for state in known.values()):
        return known
    first = first_day(world.documents, team)
    return {
        day: replace(state, rollups=ROLLUP_FORMAT) if day < first and _is_older(state) else state
        for day, state in known.items()
    }


def _is_older(state: DayState) -> bool:
    return state.rollups != ROLLUP_FORMAT and state.is_clean and state.rolled == state.compacted > 0


def unfinished(documents: Documents, team: str) -> Iterator[tuple[str, str, DayState]]:
    """(table, day, state) of every day that is not rolled, in order; those of months that an older
    version finished come last."""
    for reference in (_WORK, *_DONE_BEFORE):
        for record in walk(documents, team, KIND, by="reference", prefix=reference):
            if record.doc["reference"] != reference:
                continue  # one that only begins like it
            table = record.id.rpartition(".")[0]
            waiting = [
                (table, day, state)
                for day, state in _read(record.doc, table).items()
                if not state.is_rolled
            ]
            yield from waiting
            if not waiting:  # left by an older version, and nothing is left to do
                _change_month(documents, team, table, record.id, [], lambda state: state)
