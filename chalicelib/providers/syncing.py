"""Syncing: what providers billed is read into the lake, again and again, because they revise it.

The running days are read every hour, a longer window once a night, and as many days as somebody
asks for at once. One at a time reads a connection, by a lease that runs out should its holder die.
What has been read stands whatever happens afterwards: a provider that is down, a token that was
revoked or half a page leave yesterday's truth and say why. Batch functions only: needs pyarrow.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.directory.central_bank import read_rates_due
from chalicelib.directory.exchange import rates_of
from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of, day_start
from chalicelib.kit.days import list_days
from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World
from chalicelib.providers.days import Written, write_days
from chalicelib.providers.failures import AnswerUnreadable, CredentialRefused, ProviderFailed
from chalicelib.providers.leases import (
    Busy,
    Reading,
    SyncResult,
    give_back,
    take_lease,
    undo,
)
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.lookup import connections_of, progress_of
from chalicelib.providers.readers import READERS
from chalicelib.providers.readers.reader import Reader, Span
from chalicelib.providers.records import BILLS, CONNECTION, Connection, Progress
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import ConnectionStatus, SyncStatus
from chalicelib.providers.workspaces import note_workspaces

_LONGEST_MS = 10 * MINUTE
"""A reading asks nothing any more after this time: other bills wait behind it."""
_SHAPELESS = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
"""What reading a list raises where a text was promised, or a date of the year 10^6. Nothing is
written meanwhile, and what the network raises is told apart before."""
_CHUNK_DAYS = 7
"""Days that are held in memory at once."""
MOST_DAYS = 90


def sync_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Read all bills that are due; how many, and how many of those failed. Begins none after the
    instant `until` (UTC epoch ms; None: no end)."""
    done = {"synced": 0, "failed": 0}
    for member in in_turn(BILLS.members(world.documents), world.now()):
        tenant, team = Scope(member.doc["tenant"]), Scope(member.id)
        read_rates_due(world, tenant)
        for connection in connections_of(world, tenant, team):
            if until is not None and world.now() >= until:
                return done
            days = days_due(progress_of(world, team, connection.id), world)
            if not days:
                continue
            try:
                result = sync(world, connection, days)
            except Busy:
                continue
            done["failed" if result.status is SyncStatus.FAILED else "synced"] += 1
    return done


def days_due(progress: Progress, world: World) -> int:
    """How many days back, today among them, have to be read now; 0 for none. What failed is tried
    again after the same time as what succeeded."""
    settings, now = world.settings, world.now()
    if progress.wanted_days:
        return progress.wanted_days
    last = max(progress.finished_at, progress.started_at)
    if now - last < settings.bill_sync_minutes * MINUTE:
        return 0
    if now - progress.full_at >= DAY - HOUR:
        return settings.bill_window_days
    return settings.bill_running_days


def sync(world: World, connection: Connection, days: int, *, is_guest: bool = False) -> SyncResult:
    """Read so many days of a bill, today among them, the newest first. Raises Busy.

    An address that our settings keep from being called is a failure like others; to a guest, whose
    settings may be others than those of whoever reads bills all day, it raises AddressRefused, and
    what is known of the connection stays.
    """
    lease = take_lease(world, connection)
    reader = READERS[connection.provider]
    wanted = choose_days(reader, world.now(), days)
    try:
        result = _read(world, connection, reader, wanted)
    except AddressRefused as error:
        if is_guest:
            undo(world, connection, lease)
            raise
        result = SyncResult(SyncStatus.FAILED, error.message)
    give_back(world, connection, lease, Reading(result, wanted, days))
    level = logger().info if result.status is SyncStatus.SUCCESS else logger().warning
    level(
        "a bill was read",
        extra={
            "provider": connection.provider,
            "connection": connection.id,
            "status": result.status,
            "reason": result.error,
            "lines": result.written.lines,
            "changed_days": result.written.changed,
        },
    )
    return result


def choose_days(reader: Reader, now: int, days: int) -> Sequence[str]:
    """The UTC days to read of so many, today among them, as far as a provider tells them: of the
    last one that it does, where that is not today, always one."""
    last = day_start(day_of(now)) - reader.lag_days * DAY
    first = last - (max(1, min(days - reader.lag_days, reader.oldest_days, MOST_DAYS)) - 1) * DAY
    return list_days(day_of(first), day_of(last))


def _read(world: World, connection: Connection, reader: Reader, days: Sequence[str]) -> SyncResult:
    """Read days in parts, and write each part before the next one is asked for. Raises
    AddressRefused before anything was read."""
    written, done, step = Written(), list[str](), min(_CHUNK_DAYS, reader.most_days)

    def end_with(
        status: SyncStatus, error: str = "", token: ConnectionStatus | None = None
    ) -> SyncResult:
        return SyncResult(status, error, written, done, token)

    try:
        upstream = replace(connection.upstream(world), until=world.now() + _LONGEST_MS)
        rates = rates_of(world, connection.tenant)
        note_workspaces(world, connection, reader.workspaces(upstream))
        for end in range(len(days), 0, -step):
            part = days[max(0, end - step) : end]
            lines = _read_part(reader, upstream, part)
            if not _is_there(world, connection):
                return end_with(SyncStatus.FAILED, "the connection was deleted")
            written += write_days(world, connection, part, lines, rates)
            done += part
    except SealBroken:
        return end_with(SyncStatus.FAILED, "the token cannot be opened: store it again")
    except CredentialRefused as error:
        return end_with(SyncStatus.FAILED, error.message, ConnectionStatus.INVALID)
    except (ProviderFailed, AddressRefused) as error:
        if isinstance(error, AddressRefused) and not done:
            raise
        return end_with(SyncStatus.PARTIAL if done else SyncStatus.FAILED, error.message)
    if written.without_rate:
        told = f"{written.without_rate} lines are in a currency without an exchange rate"
        return end_with(SyncStatus.PARTIAL, told, ConnectionStatus.VALID)
    return end_with(SyncStatus.SUCCESS, token=ConnectionStatus.VALID)


def _read_part(reader: Reader, upstream: Upstream, days: Sequence[str]) -> list[BilledLine]:
    """The lines of some days. Raises CredentialRefused, ProviderFailed; also for an answer that has
    the shape of none, or that is about other days."""
    try:
        lines = list(reader.read(upstream, Span(days[0], days[-1])))
    except _SHAPELESS as error:
        what = type(error).__name__
        raise AnswerUnreadable(f"the provider's answer has another shape ({what})") from error
    wanted = set(days)
    strays = sum(line.day not in wanted for line in lines)
    if strays:
        raise AnswerUnreadable(f"the provider answered {strays} lines of days not asked for")
    return lines


def _is_there(world: World, connection: Connection) -> bool:
    record = world.documents.get(connection.team, CONNECTION, connection.id)
    return record is not None and not record.deleted
