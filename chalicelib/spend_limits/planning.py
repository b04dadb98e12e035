"""Planning: what would be written to a provider, what stands there now, and what is in the way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.budgets.records import COST_CONTROL, CostControl
from chalicelib.kit.errors import Fault
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken
from chalicelib.ports.world import World
from chalicelib.providers.connections import ask_at_once
from chalicelib.providers.failures import CredentialRefused, ProviderFailed
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.limiters.limiter import Limiter, Standing
from chalicelib.providers.lookup import connections_of_team
from chalicelib.providers.records import Connection
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod
from chalicelib.resources.errors import UnknownRecord
from chalicelib.spend_limits.fitting import (
    choose_action,
    find_amount_faults,
    find_place_faults,
    find_rule_faults,
    find_standing_faults,
    period_of,
    provider_of,
    to_cents,
    wanted_cents,
)
from chalicelib.spend_limits.records import PROVIDER_LIMIT, ProviderLimit, is_limit, place_id
from chalicelib.spend_limits.vocabulary import LimitAction


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a rule, put on all that a connection may see or on a target of it.
    `amount` is USD, None for what the rule has left; `partial` says that a part is meant, `replace`
    that a limit which somebody else has set may go."""

    rule_id: str
    connection_id: str = ""
    target: str = ""
    amount: Decimal | None = None
    partial: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a limit is to stand, and how large. `record` is what is stored of the place, `standing`
    what limits it now; both are None where that is not known."""

    connection: Connection
    target: str
    period: LimitPeriod
    cents: int
    record: Record | None
    standing: Standing | None

    @property
    def limiter(self) -> Limiter:
        """How its provider's limits are read and written."""
        return LIMITERS[self.connection.provider]

    @property
    def limit(self) -> ProviderLimit | None:
        """The limit that we have there; None when there is none."""
        if self.record is None or self.record.deleted:
            return None
        return ProviderLimit.of(self.record)

    @property
    def is_ours(self) -> bool:
        """Whether what stands there is what we have written."""
        limit, standing = self.limit, self.standing
        if limit is None or standing is None:
            return False
        return is_limit(standing, limit.cents, limit.period)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order comes to: the place, None where no connection leads to one, and all reasons why
    nothing is written."""

    order: Order
    rule: CostControl
    place: Place | None
    faults: Sequence[Fault]

    @property
    def action(self) -> LimitAction:
        """What writing would do."""
        place = self.place
        if self.faults or place is None or place.standing is None:
            return LimitAction.NONE
        return choose_action(place.standing, place.cents, place.period)


def find_rule(world: World, team: Scope, rule_id: str) -> CostControl | None:
    """A cost control; None for one that is not there."""
    record = world.documents.get(team, COST_CONTROL, rule_id)
    if record is None or record.deleted:
        return None
    return CostControl.of(record)


def make_plan(world: World, team: Scope, order: Order) -> Plan:
    """What an order would do; asks the provider, and changes nothing. Raises UnknownRecord,
    Throttled."""
    rule = find_rule(world, team, order.rule_id)
    if rule is None:
        raise UnknownRecord("CostControl", order.rule_id)
    faults = list(find_rule_faults(rule))
    connection = _choose_connection(world, team, order, rule, faults)
    if connection is None:
        return Plan(order, rule, None, faults)
    limiter = LIMITERS[connection.provider]
    faults += find_place_faults(rule, limiter, order.target, partial=order.partial)
    own = place_id(connection, order.target)
    taken = taken_cents(walk(world.documents, team, PROVIDER_LIMIT), rule, limiter.provider, own)
    place = Place(
        connection,
        order.target,
        period_of(rule) or LimitPeriod.MONTHLY,
        wanted_cents(rule, order.amount, taken),
        record=world.documents.get(team, PROVIDER_LIMIT, own),
        standing=None,
    )
    if rule.hard_limit is not None:
        faults += find_amount_faults(place.cents, to_cents(rule.hard_limit), order.amount)
    if order.target or limiter.limits_all:
        try:
            with ask_at_once(world, connection) as upstream:
                standing = limiter.read(upstream, place.target, place.period)
                place = replace(place, standing=standing)
        except _UNREADABLE as error:
            faults.append(_fault_of(error))
    faults += _find_faults_there(world, team, rule, place, may_replace=order.replace)
    return Plan(order, rule, place, faults)


def taken_cents(
    records: Iterable[Record], rule: CostControl, provider: BillingProvider, own: str
) -> int:
    """What places at a provider have of a rule, beside the one with the id `own`: whichever
    connections lead to them, the rule counts what goes by any."""
    others = (ProviderLimit.of(record) for record in records if record.id != own)
    return sum(
        each.cents for each in others if (each.rule_id, each.provider) == (rule.id, provider)
    )


_UNREADABLE = (CredentialRefused, ProviderFailed, AddressRefused, SealBroken)


def _fault_of(error: Exception) -> Fault:
    """Why a provider did not tell what stands there."""
    if isinstance(error, CredentialRefused):
        return Fault("credentialId", f"{error.message}: it may not see limits", "KEY_MAY_NOT")
    if isinstance(error, SealBroken):
        return Fault("credentialId", "the key cannot be opened: store it again", "KEY_MAY_NOT")
    return Fault("credentialId", str(error), "PROVIDER_FAILED")


def _choose_connection(
    world: World, team: Scope, order: Order, rule: CostControl, faults: list[Fault]
) -> Connection | None:
    """The connection that is named, or the only one to the rule's provider; adds what is wrong to
    `faults`."""
    provider = provider_of(rule)
    own = connections_of_team(world, team)
    if order.connection_id:
        found = [each for each in own if each.id == order.connection_id]
        message = "there is no connection of this id that is switched on"
    else:
        found = [each for each in own if each.provider == provider]
        message = f"name one: {len(found)} connections lead to {provider or 'no provider'}"
    if len(found) != 1:
        faults.append(Fault("credentialId", message, "NO_CONNECTION", order.connection_id or None))
        return None
    (connection,) = found
    if provider is not None and connection.provider != provider:
        message = f"it leads to {connection.provider}, the rule is about {provider}"
        faults.append(Fault("credentialId", message, "OTHER_PROVIDER"))
    if connection.provider not in LIMITERS:
        message = f"{connection.provider} has no limits that can be written"
        faults.append(Fault("credentialId", message, "NO_LIMITS_THERE", options=sorted(LIMITERS)))
        return None
    return connection


def _find_faults_there(
    world: World, team: Scope, rule: CostControl, place: Place, *, may_replace: bool
) -> Iterator[Fault]:
    """What is in the way at the place itself."""
    limit, standing = place.limit, place.standing
    if limit is not None and limit.writing_until > world.now():
        yield Fault("ruleId", "somebody writes this limit at the moment", "IN_PROGRESS")
    if limit is not None and limit.rule_id != rule.id:
        other = find_rule(world, team, limit.rule_id)
        if other is not None and not any(find_rule_faults(other)) and limit.cents <= place.cents:
            message = f"{other.name} stands there with a limit that is no higher: remove it first"
            yield Fault("ruleId", message, "HELD_BY_OTHER_RULE", limit.rule_id)
    if standing is not None:
        free = place.is_ours or may_replace
        yield from find_standing_faults(standing, place.cents, place.period, may_replace=free)
