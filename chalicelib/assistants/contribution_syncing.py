"""Syncing contributions: what Claude Code did for whom is read from Anthropic day by day, the last
days again, because they may still change. A day that cannot be read leaves what was known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from chalicelib.assistants.contribution_choices import list_wanted
from chalicelib.assistants.contribution_days import write_day
from chalicelib.assistants.contribution_reports import read_report
from chalicelib.assistants.readings import CLAUDE_CODE, READING, Reading, SyncStatus, read_reading
from chalicelib.assistants.states import Busy, LeaseLost, note_reading, take
from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.errors import NotFound
from chalicelib.kit.logs import logger
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World
from chalicelib.providers.failures import CredentialRefused, ProviderFailed
from chalicelib.providers.lookup import connection_of
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider
from chalicelib.resources.amend import Doc, amend

_EVERY_MS = 6 * HOUR
_ANTHROPIC = BillingProvider.ANTHROPIC


@dataclass(frozen=True, slots=True)
class DaysRead:
    """How reading days went, why not well, and the days that are left because time was over."""

    status: SyncStatus
    error: str = ""
    rest: Sequence[str] = ()


def ask_for_days(world: World, team: Scope, days: Sequence[str]) -> None:
    """Have days read by whoever does so in the background. Raises NotFound without a connection,
    Busy while they are being read."""
    if connection_of(world, team, _ANTHROPIC) is None:
        raise NotFound("there is no Anthropic admin key among the provider credentials")

    def note(doc: Doc) -> Doc:
        reading = Reading.of(doc)
        if reading.is_running(world.now()):
            raise Busy("contributions are being read at this moment")
        first = min(filter(None, (reading.wanted_first, days[0])))
        last = max(reading.wanted_last, days[-1])
        return asdict(replace(reading, is_wanted=True, wanted_first=first, wanted_last=last))

    amend(world.documents, team, READING, CLAUDE_CODE, note)


def sync_contributions(world: World, team: Scope, *, until: int | None = None) -> SyncStatus | None:
    """Read what is due of a team, if anything is; how that went. Begins no day after the instant
    `until` (UTC epoch ms)."""
    reading, now = read_reading(world.documents, team, CLAUDE_CODE), world.now()
    is_due = reading.is_wanted or now - reading.tried_at >= _EVERY_MS
    if not is_due or reading.is_running(now):
        return None
    connection = connection_of(world, team, _ANTHROPIC)
    if connection is None:
        return None
    try:
        lease = take(world, team, CLAUDE_CODE)
    except Busy:
        return None
    days = list_wanted(world, reading, reading.wanted_first, reading.wanted_last)
    try:
        read = _read(world, team, connection.upstream(world), days, until)
    except SealBroken:
        read = DaysRead(SyncStatus.FAILED, "the key cannot be opened: store it again")
    _end(world, team, lease, read)
    return read.status


def _read(
    world: World, team: Scope, upstream: Upstream, days: Sequence[str], until: int | None
) -> DaysRead:
    for at, day in enumerate(days):
        if until is not None and world.now() >= until:
            told = "there are more days: the next run goes on"
            return DaysRead(SyncStatus.PARTIAL, told, days[at:])
        try:
            rows = read_report(upstream, day)
        except (CredentialRefused, ProviderFailed, AddressRefused) as error:
            status = SyncStatus.PARTIAL if at else SyncStatus.FAILED
            return DaysRead(status, f"{day}: {error.message}")
        write_day(world, team, day, rows)
    return DaysRead(SyncStatus.SUCCESS)


def _end(world: World, team: Scope, lease: str, read: DaysRead) -> None:
    now = world.now()

    def change(reading: Reading) -> Reading:
        ended = replace(reading, lease="", lease_until=0, status=read.status, error=read.error)
        if read.status is not SyncStatus.FAILED:
            ended = replace(ended, synced_at=now)
        if read.rest:
            first, last = read.rest[0], read.rest[-1]
            return replace(ended, is_wanted=True, wanted_first=first, wanted_last=last)
        if read.status is not SyncStatus.SUCCESS:
            return ended
        last = max(reading.last_day, reading.wanted_last or day_of(now - DAY))
        return replace(ended, wanted_first="", wanted_last="", last_day=last)

    try:
        note_reading(world, team, CLAUDE_CODE, lease, change)
    except LeaseLost:
        return
    if read.error:
        extra = {"team": team, "reason": read.error}
        logger().warning("contributions were not read", extra=extra)
