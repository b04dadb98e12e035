"""Leases: one at a time reads a connection's bill, and notes how that went.

Whoever dies leaves a lease that runs out, or that the next start of a laptop's one process frees.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from secrets import token_hex

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.days import day_ranges, list_days
from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.days import Written
from chalicelib.providers.records import BILL_SYNC, BILLS, Connection, Progress
from chalicelib.providers.vocabulary import ConnectionStatus, SyncStatus
from chalicelib.resources.amend import Doc, amend

_LEASE_MS = 20 * MINUTE
"""No Lambda lives longer than 15 minutes."""


class Busy(MeterlakeError):
    """The bill is being read at this moment (409)."""

    status, code = 409, "SYNC_RUNNING"


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What reading a bill did; `days` (YYYY-MM-DD) are those that were read and replaced."""

    status: SyncStatus
    error: str = ""
    written: Written = field(default_factory=Written)
    days: Sequence[str] = ()
    token: ConnectionStatus | None = None
    """What is known of the token now, if anything."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A run: what came of it, the days that it was to read, and how many somebody asked for."""

    result: SyncResult
    wanted: Sequence[str]
    asked: int


@dataclass(slots=True)
class Lease:
    """The right to read a bill, by a name that is good once; `before` is how reading it stood."""

    name: str
    before: Progress = field(default_factory=Progress)


def take_lease(world: World, connection: Connection) -> Lease:
    """The right to read a bill. Raises Busy while another has it."""
    now, lease = world.now(), Lease(token_hex(8))

    def take(doc: Doc) -> Doc:
        progress = Progress.of(doc)
        lease.before = progress
        if progress.lease_until > now:
            raise Busy(f"the bill of {connection.name} is being read", field="id")
        fresh = replace(
            progress,
            lease=lease.name,
            lease_until=now + _LEASE_MS,
            started_at=now,
            status=SyncStatus.RUNNING,
        )
        return asdict(fresh)

    amend(world.documents, connection.team, BILL_SYNC, connection.id, take)
    return lease


def undo(world: World, connection: Connection, lease: Lease) -> None:
    """Give a lease back as though nobody had taken it: nothing was asked, and nothing is known that
    was not before."""

    def note(doc: Doc) -> Doc | None:
        progress, before = Progress.of(doc), lease.before
        if progress.lease != lease.name:
            return None
        former = replace(
            progress, lease="", lease_until=0, status=before.status, started_at=before.started_at
        )
        return asdict(former)

    amend(world.documents, connection.team, BILL_SYNC, connection.id, note)


def give_back(world: World, connection: Connection, lease: Lease, reading: Reading) -> None:
    """Note how a run went. One that was taken for dead notes nothing: whoever reads now will."""
    now, result = world.now(), reading.result
    whole = len(result.days) == len(reading.wanted)
    is_full = whole and reading.asked >= world.settings.bill_window_days

    def note(doc: Doc) -> Doc | None:
        progress = Progress.of(doc)
        if progress.lease != lease.name:
            return None
        is_met = progress.wanted_days <= reading.asked
        fresh = replace(
            progress,
            lease="",
            lease_until=0,
            status=result.status,
            error=result.error,
            finished_at=now,
            succeeded_at=now if result.days else progress.succeeded_at,
            full_at=now if is_full else progress.full_at,
            wanted_days=0 if is_met else progress.wanted_days,
            lines=result.written.lines,
            token=result.token or progress.token,
            ranges=_add_days(progress, result.days),
        )
        return asdict(fresh)

    amend(world.documents, connection.team, BILL_SYNC, connection.id, note)


def _add_days(progress: Progress, days: Sequence[str]) -> list[list[str]]:
    known = set(days)
    for first, last in progress.ranges:
        known.update(list_days(first, last))
    return [list(each) for each in day_ranges(sorted(known))]


def free_syncs(world: World) -> int:
    """Take all who were reading bills for dead, because whoever asks knows that nobody else is at
    work; how many there were."""
    freed = 0

    def free(doc: Doc) -> Doc | None:
        progress = Progress.of(doc)
        return asdict(replace(progress, lease="", lease_until=0)) if progress.lease else None

    for member in BILLS.members(world.documents):
        team = Scope(member.id)
        for record in walk(world.documents, team, BILL_SYNC):
            if free(record.doc):
                amend(world.documents, team, BILL_SYNC, record.id, free)
                freed += 1
    return freed
