"""Watching: what stands at providers is looked at again and again, because people change it there.
Who wrote a rule is told once of each change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chalicelib.budgets.records import CostControl
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.notices.service import Destinations, Notice, enqueue, parse_channels
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World
from chalicelib.providers.failures import CredentialRefused, ProviderFailed
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.limiters.limiter import Standing
from chalicelib.providers.lookup import connections_of_team
from chalicelib.providers.records import BILLS, Connection
from chalicelib.providers.upstream import Upstream
from chalicelib.resources.amend import Doc, amend
from chalicelib.spend_limits.drifting import find_drift
from chalicelib.spend_limits.fitting import wanted_cents
from chalicelib.spend_limits.planning import find_rule, taken_cents
from chalicelib.spend_limits.records import PROVIDER_LIMIT, ProviderLimit, show_dollars, to_dollars
from chalicelib.spend_limits.vocabulary import Drift

EVENT = "provider_limit.drifted"
_LONGEST_MS = 2 * MINUTE
"""A look asks nothing any more after this time."""
_UNREADABLE = (CredentialRefused, ProviderFailed, AddressRefused, SealBroken)


@dataclass(frozen=True, slots=True)
class Watched:
    """A limit that was written, with the rule and the connection that it has now (None for one that
    is gone), and how it has drifted."""

    record: Record
    limit: ProviderLimit
    rule: CostControl | None
    connection: Connection | None
    drift: Sequence[Drift]


def watch(world: World, team: Scope, records: Sequence[Record]) -> list[Watched]:
    """Limits as they were at the last look, beside rules and connections of now."""
    connections = {each.id: each for each in connections_of_team(world, team)}
    everything = list(walk(world.documents, team, PROVIDER_LIMIT))
    found: list[Watched] = []
    for record in records:
        limit = ProviderLimit.of(record)
        rule, connection = (
            find_rule(world, team, limit.rule_id),
            connections.get(limit.connection_id),
        )
        cents = 0
        if rule:
            taken = taken_cents(everything, rule, limit.provider, record.id)
            cents = wanted_cents(rule, show_dollars(limit.asked_cents), taken)
        drift = find_drift(limit, rule, cents, is_connected=connection is not None)
        found.append(Watched(record, limit, rule, connection, drift))
    return found


def walk_limits(world: World, team: Scope) -> Iterator[Watched]:
    """All limits of a team, as they were at the last look."""
    return iter(watch(world, team, list(walk(world.documents, team, PROVIDER_LIMIT))))


def look(world: World, team: Scope, record_id: str, limit: ProviderLimit, asking: Upstream) -> None:
    """Ask the provider what stands, and store it; what could not be read is told and leaves what
    was known."""
    standing: Standing | None = None
    error = ""
    try:
        standing = LIMITERS[limit.provider].read(asking, limit.target, limit.period)
    except _UNREADABLE as failure:
        error = str(failure)

    def change(doc: Doc) -> Doc | None:
        known = ProviderLimit.of(Record(PROVIDER_LIMIT, record_id, doc))
        if known.writing_until > world.now() or known.pushed_at != limit.pushed_at:
            return None
        seen = replace(known, error=error, checked_at=world.now(), writing_until=0)
        return replace(seen, standing=standing or known.standing).doc()

    amend(world.documents, team, PROVIDER_LIMIT, record_id, change)


def look_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Look at all limits that nobody has looked at for as long as running days of bills are not
    read; how many, and how many have drifted. Begins none after `until` (UTC epoch ms)."""
    done = {"limits": 0, "drifted": 0}
    for member in in_turn(BILLS.members(world.documents), world.now()):
        tenant, team = Scope(member.doc["tenant"]), Scope(member.id)
        for each in walk_limits(world, team):
            if until is not None and world.now() >= until:
                return done
            if world.now() - each.limit.checked_at < world.settings.bill_sync_minutes * MINUTE:
                continue
            seen = look_again(world, team, each)
            done["limits"] += 1
            done["drifted"] += bool(seen.drift)
            _tell(world, tenant, team, seen)
    return done


def look_again(world: World, team: Scope, each: Watched) -> Watched:
    """A limit once its provider was asked, with patience, what stands."""
    if each.connection is None:
        return each
    try:
        upstream = each.connection.upstream(world)
    except SealBroken:
        return each
    asking = replace(upstream, until=world.now() + _LONGEST_MS)
    look(world, team, each.record.id, each.limit, asking)
    record = world.documents.get(team, PROVIDER_LIMIT, each.record.id)
    if record is None:
        return each
    (seen,) = watch(world, team, [record])
    return seen


def _tell(world: World, tenant: Scope, team: Scope, each: Watched) -> None:
    """Have those told whom the rule tells."""
    if not set(each.drift) - {Drift.NOT_KNOWN}:
        return  # whoever was away for a moment is asked again in an hour
    limit, rule = each.limit, each.rule
    logger().warning(
        "a limit at a provider has drifted",
        extra={"provider": limit.provider, "limit": each.record.id, "drift": list(each.drift)},
    )
    if rule is None:
        return
    named = parse_channels(rule.channels)
    destinations = Destinations(rule.emails, named.slack, named.webhooks)
    enqueue(world, tenant, team, _notice_of(each), destinations)


def _notice_of(each: Watched) -> Notice:
    limit = each.limit
    words = ", ".join(each.drift)
    stands = (limit.standing or Standing()).cents
    facts = {
        "limitId": each.record.id,
        "ruleId": limit.rule_id,
        "provider": limit.provider,
        "target": limit.target or None,
        "drift": list(each.drift),
        "limit": to_dollars(limit.cents),
        "standing": show_dollars(stands),
    }
    key = f"provider_limit:{each.record.id}:{limit.pushed_at}:{words}:{stands}"
    subject = f"{limit.rule_name}: its limit at {limit.provider} is another one ({words})"
    told = "none, or not known" if stands is None else f"{to_dollars(stands)} USD"
    text = f"We wrote {to_dollars(limit.cents)} USD {limit.period}; what stands there is {told}."
    return Notice(key, EVENT, subject, text, facts)
