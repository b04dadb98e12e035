"""Pushing: limits written to providers, and taken away again.

What is about to be written is stored before it is: whoever dies in between leaves a record that
says so, and the next look at the provider finds out.

    stored: 100 USD, writing --> provider answers --> stored: 100 USD stands
                             `-> it is refused -----> stored as before
                             `-> nobody knows ------> stored: 100 USD, not known whether it stands
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.budgets.records import CostControl
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.errors import Fault, MeterlakeError
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.outbound import AddressRefused
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.answers import Json
from chalicelib.providers.connections import ask_at_once
from chalicelib.providers.failures import CredentialRefused, ProviderFailed
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.limiters.limiter import Limiter, Standing
from chalicelib.providers.lookup import connections_of_team
from chalicelib.providers.upstream import Upstream
from chalicelib.resources.audit import PROVIDER_LIMIT as AUDITED
from chalicelib.resources.audit import note_change
from chalicelib.spend_limits.fitting import to_cents
from chalicelib.spend_limits.planning import Place, Plan, taken_cents
from chalicelib.spend_limits.records import (
    PROVIDER_LIMIT,
    ProviderLimit,
    is_limit,
    place_id,
    to_dollars,
)
from chalicelib.spend_limits.vocabulary import LimitAction

_WRITING_MS = MINUTE
_CLIENT_ERROR = 4
_FAILURES = (CredentialRefused, ProviderFailed, AddressRefused)


class LimitRefused(MeterlakeError):
    """A limit cannot be written to a provider, or not be taken away (409); carries every reason at
    once."""

    status, code = 409, "LIMIT_REFUSED"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message, faults=faults)


class MadeLooser(ProviderFailed):
    """The provider made something else of a limit than was sent; what stood there before was put
    back (502)."""

    code = "UPSTREAM_LOOSER"


def push(world: World, team: Scope, author: str, plan: Plan) -> Record:
    """Write what a plan says to the provider; the record of it.

    Raises LimitRefused, Stale and Taken when somebody else was quicker, and what the provider does.
    """
    place = plan.place
    if plan.faults or place is None or place.standing is None:
        raise LimitRefused(plan.faults)
    limit = _limit_of(world, author, plan.rule, place, place.standing)
    if plan.order.amount is not None:
        limit = replace(limit, asked_cents=place.cents)
    with ask_at_once(world, place.connection) as upstream:
        record = _announce(world, team, place, limit)
        _check_sum(world, team, plan.rule, place, record)
        if plan.action is not LimitAction.KEEP:
            limit = _Writing(world, team, place.record, record, upstream).write()
    now = world.now()
    done = replace(limit, pushed_at=now, checked_at=now, writing_until=0)
    written = world.documents.update(team, done.record(record, now))
    note_change(world, team, AUDITED, author, _facts(plan.action, done, place.standing))
    return written


def remove(world: World, team: Scope, author: str, record: Record, *, forget: bool) -> str:
    """Put back what limited a place before us, where what we have written still stands; what
    somebody else has set since is left alone. With `forget` the provider is not asked: what stands
    there stays, and we know it no more. Answers REMOVE, LEAVE or FORGET.

    Raises LimitRefused where there is no connection any more or somebody writes the limit, Stale,
    and what the provider does.
    """
    limit = ProviderLimit.of(record)
    if limit.writing_until > world.now():
        raise LimitRefused([Fault("id", "somebody writes it at the moment", "IN_PROGRESS")])
    change = "FORGET"
    if not forget:
        found = [
            each for each in connections_of_team(world, team) if each.id == limit.connection_id
        ]
        if not found:
            message = (
                "its connection is gone or switched off: take the limit away at the provider, then"
                " send forget=true"
            )
            raise LimitRefused([Fault("forget", message, "NO_CONNECTION")])
        limiter = LIMITERS[limit.provider]
        with ask_at_once(world, found[0]) as upstream:
            standing = limiter.read(upstream, limit.target, limit.period)
            change = "LEAVE"
            if is_limit(standing, limit.cents, limit.period):
                _put_back(limiter, upstream, limit, standing)
                change = "REMOVE"
    world.documents.update(team, replace(record, deleted=True, updated_at=world.now()))
    note_change(world, team, AUDITED, author, _facts(change, limit, limit.former))
    return change


def _limit_of(
    world: World, author: str, rule: CostControl, place: Place, standing: Standing
) -> ProviderLimit:
    """The limit of a rule at a place. What limited that before us is what stands there now, unless
    it is a limit of ours."""
    connection, known = place.connection, place.limit
    return ProviderLimit(
        rule_id=rule.id,
        rule_name=rule.name,
        connection_id=connection.id,
        connection_name=connection.name,
        provider=connection.provider,
        target=place.target,
        period=place.period,
        cents=place.cents,
        asked_cents=None,
        former=known.former if known is not None and place.is_ours else standing,
        standing=standing,
        author=author,
        writing_until=world.now() + _WRITING_MS,
    )


def _announce(world: World, team: Scope, place: Place, limit: ProviderLimit) -> Record:
    """Store what is about to be written. Raises Stale, Taken."""
    now = world.now()
    if place.record is not None:
        return world.documents.update(team, limit.record(place.record, now))
    fresh = Record(PROVIDER_LIMIT, place_id(place.connection, place.target), {}, created_at=now)
    return world.documents.create(team, limit.record(fresh, now))


def _check_sum(world: World, team: Scope, rule: CostControl, place: Place, record: Record) -> None:
    """Whoever puts another part of the account under the same rule at this moment has announced it
    too: of two that see one another none is written. Raises LimitRefused."""
    everything = walk(world.documents, team, PROVIDER_LIMIT)
    taken = taken_cents(everything, rule, place.limiter.provider, record.id)
    if rule.hard_limit is not None and taken + place.cents > to_cents(rule.hard_limit):
        world.documents.update(team, _take_back(place.record, record))
        message = "somebody else has put another part under the rule: ask again"
        raise LimitRefused([Fault("amount", message, "IN_PROGRESS")])


@dataclass(frozen=True, slots=True)
class _Writing:
    """A limit on its way to the provider: its announced record, and the one that stood there
    before."""

    world: World
    team: Scope
    before: Record | None
    record: Record
    upstream: Upstream

    def write(self) -> ProviderLimit:
        """Write it; it with what then stands. Raises what the provider does, and MadeLooser."""
        limit = ProviderLimit.of(self.record)
        limiter = LIMITERS[limit.provider]
        try:
            standing = limiter.write(
                self.upstream, limit.target, limit.period, Decimal(limit.cents)
            )
        except _FAILURES as error:
            self._store(error, as_before=_is_refused(error))
            raise
        if not _holds(standing, limit):
            self._undo(limit, standing)
        return replace(limit, standing=standing)

    def _undo(self, limit: ProviderLimit, standing: Standing) -> None:
        """Put back what stood before a limit that the provider has made something else of. Raises
        MadeLooser, and what the provider does."""
        made = MadeLooser(
            f"the provider made {_describe(standing)} of the limit: it was taken back"
        )
        try:
            _put_back(LIMITERS[limit.provider], self.upstream, limit, standing)
        except _FAILURES as error:
            self._store(error, as_before=False)
            raise
        self._store(made, as_before=True)
        raise made

    def _store(self, error: MeterlakeError, *, as_before: bool) -> None:
        """Store how writing has failed: as it was before, or that nobody knows what stands."""
        kept = _take_back(self.before, self.record)
        if not as_before:
            limit = ProviderLimit.of(self.record)
            unknown = replace(limit, standing=None, error=error.message, writing_until=0)
            kept = unknown.record(self.record, self.world.now())
        self.world.documents.update(self.team, kept)


def _is_refused(error: MeterlakeError) -> bool:
    """Whether the provider has surely changed nothing."""
    if isinstance(error, ProviderFailed):
        return error.upstream // 100 == _CLIENT_ERROR
    return True


def _holds(standing: Standing, limit: ProviderLimit) -> bool:
    """Whether what the provider says it has written is what was sent, or something lower."""
    return (
        standing.cents is not None
        and standing.cents <= limit.cents
        and standing.period == limit.period
        and standing.currency in ("", "USD")
    )


def _put_back(
    limiter: Limiter, upstream: Upstream, limit: ProviderLimit, standing: Standing
) -> None:
    """Make a place what it was before us."""
    former = limit.former
    if former.cents is None:
        limiter.clear(upstream, limit.target, standing)
    else:
        limiter.write(upstream, limit.target, former.period, former.cents)


def _take_back(before: Record | None, record: Record) -> Record:
    """The record of a place as it was before."""
    if before is None:
        return replace(record, deleted=True)
    return replace(before, version=record.version)


def _describe(standing: Standing) -> str:
    if standing.cents is None:
        return "nothing"
    currency, period = standing.currency or "USD", standing.period or "for no known period"
    return f"{to_dollars(standing.cents)} {currency} {period}"


def _facts(change: str, limit: ProviderLimit, before: Standing) -> Json:
    """What the audit trail tells of a change."""
    return {
        "change": change,
        "provider": limit.provider,
        "credentialId": limit.connection_id,
        "target": limit.target or None,
        "ruleId": limit.rule_id,
        "ruleName": limit.rule_name,
        "period": limit.period,
        "limit": str(to_dollars(limit.cents)),
        "stoodBefore": _describe(before),
    }
