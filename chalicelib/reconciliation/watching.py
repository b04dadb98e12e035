"""Watching: whoever has bills is told when too much of one cannot be explained.

Looked at are seven days that providers have settled, a few times a day, after bills were read anew.
"""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.money import to_usd
from chalicelib.kit.turns import in_turn
from chalicelib.notices.service import Notice, enqueue, find_listeners
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.lookup import progresses_of
from chalicelib.providers.periods import Period
from chalicelib.providers.records import BILLS
from chalicelib.reconciliation.parts import PartKind, Split
from chalicelib.reconciliation.presenting import is_within
from chalicelib.reconciliation.statement import reconcile
from chalicelib.resources.amend import Doc, amend

EVENT = "reconciliation.unexplained"
WATCH = "BILLS_WATCH"
_LATEST, _DAYS = 3, 7
"""Days back of the last one, and how many of them."""
_PAUSE_MS = 6 * HOUR


@dataclass(frozen=True, slots=True)
class _Finding:
    """A provider of whose bill too much is unexplained."""

    provider: str
    period: Period
    split: Split


def watch_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Look at the bills of all teams that are due, and have people told; how many teams, and how
    many bills were told of. Begins no team after the instant `until` (UTC epoch ms)."""
    done = {"watched": 0, "unexplained": 0}
    for member in in_turn(BILLS.members(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        tenant, team = Scope(member.doc["tenant"]), Scope(member.id)
        if _take_turn(world, team):
            done["watched"] += 1
            done["unexplained"] += watch(world, tenant, team)
    return done


def watch(world: World, tenant: Scope, team: Scope) -> int:
    """Tell of the bills of a team of which more than the setting's share is unexplained; how many
    there are. The same days are told of once. Raises EngineBusy, TooManyRows."""
    now = world.now()
    last = now - _LATEST * DAY
    period = Period(day_of(last - (_DAYS - 1) * DAY), day_of(last))
    percent = world.settings.bill_rest_percent
    found: list[_Finding] = []
    for provider, split in reconcile(world, tenant, team, period).by_provider().items():
        if not is_within(split, percent):
            found.append(_Finding(provider, period, split))
    for finding in found:
        destinations = find_listeners(world, tenant, EVENT)
        enqueue(world, tenant, team, _notice_of(team, finding, percent), destinations)
    return len(found)


def _take_turn(world: World, team: Scope) -> bool:
    """Whether a team's bills were read since they were looked at, some hours ago."""
    now, taken = world.now(), False
    read_at = max((each.succeeded_at for each in progresses_of(world, team)), default=0)

    def take(doc: Doc) -> Doc | None:
        nonlocal taken
        watched_at = doc.get("at", 0)
        taken = read_at > watched_at and now - watched_at >= _PAUSE_MS
        return {"at": now} if taken else None

    amend(world.documents, team, WATCH, "bills", take)
    return taken


def _notice_of(team: Scope, finding: _Finding, percent: Decimal) -> Notice:
    split, period = finding.split, finding.period
    rest = to_usd(split.parts.get(PartKind.REST, 0))
    billed = to_usd(split.billed)
    text = (
        f"{rest.normalize():f} USD of the bill of {finding.provider} for {period.first} to "
        f"{period.last}, {billed.normalize():f} USD, cannot be explained. That is more than "
        f"{percent} percent."
    )
    return Notice(
        key=f"{EVENT}:{finding.provider}:{period.last}",
        event=EVENT,
        subject=f"Meterlake: the bill of {finding.provider} is not explained",
        text=text,
        body={
            "teamId": team,
            "provider": finding.provider,
            "startDate": period.first,
            "endDate": period.last,
            "billed": billed,
            "metered": to_usd(split.metered),
            "unexplained": rest,
        },
    )
