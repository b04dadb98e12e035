"""Drift: whether a limit at a provider still is what our rule says. Pure."""

from collections.abc import Iterator

from chalicelib.budgets.records import CostControl
from chalicelib.spend_limits.fitting import find_rule_faults, period_of, provider_of
from chalicelib.spend_limits.records import ProviderLimit
from chalicelib.spend_limits.vocabulary import Drift

_OFF = frozenset(("RULE_OFF", "RULE_DOES_NOT_BLOCK", "RULE_IN_SHADOW"))
"""Faults of a rule that stops nothing any more."""


def find_drift(
    limit: ProviderLimit, rule: CostControl | None, wanted_cents: int, *, is_connected: bool
) -> list[Drift]:
    """How a limit is another one than what would be written now. `rule` is None where it was
    deleted, `wanted_cents` is what its place is to have by now."""
    found = [*_of_rule(limit, rule, wanted_cents)]
    if not is_connected:
        return [*found, Drift.CONNECTION_GONE]
    return [*found, *_at_provider(limit)]


def _of_rule(limit: ProviderLimit, rule: CostControl | None, wanted_cents: int) -> Iterator[Drift]:
    if rule is None:
        yield Drift.RULE_GONE
        return
    faults = {fault.code for fault in find_rule_faults(rule)}
    if faults & _OFF:
        yield Drift.RULE_GONE
    elif (
        faults
        or provider_of(rule) != limit.provider
        or period_of(rule) != limit.period
        or wanted_cents != limit.cents
    ):
        yield Drift.RULE_CHANGED


def _at_provider(limit: ProviderLimit) -> Iterator[Drift]:
    standing = limit.standing
    if standing is None or limit.error:
        yield Drift.NOT_KNOWN
    if standing is None:
        return
    if standing.cents is None:
        yield Drift.GONE_AT_PROVIDER
    elif standing.period != limit.period:
        yield Drift.OTHER_PERIOD_AT_PROVIDER
    elif standing.cents > limit.cents:
        yield Drift.RAISED_AT_PROVIDER
    elif standing.cents < limit.cents:
        yield Drift.LOWERED_AT_PROVIDER
