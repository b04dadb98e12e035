"""Fitting: whether a cost control can stand at a provider as its own limit, and how large it then
is. Pure: everything that stands in the way, all at once.

A limit is never looser than the rule: it is rounded down to the cent, the places that a rule is put
on have no more than the rule together, and it replaces no lower one that somebody else has set, nor
one of another period, unless that was asked for.
"""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal

from chalicelib.budgets.records import CostControl, RuleFilter
from chalicelib.budgets.vocabulary import (
    AlertDimension,
    AlertFilterOperator,
    CostControlAction,
    CostControlMetricType,
)
from chalicelib.kit.errors import Fault
from chalicelib.pricing.labels import fold_forms
from chalicelib.providers.limiters.limiter import Limiter, Standing
from chalicelib.providers.vocabulary import BillingProvider, LimitPeriod
from chalicelib.spend_limits.records import is_limit, to_dollars
from chalicelib.spend_limits.vocabulary import LimitAction

_PERIODS = {each.value: each for each in LimitPeriod}
_PROVIDERS = {each.value: each for each in BillingProvider}
_EQUAL = (AlertFilterOperator.IS, AlertFilterOperator.IN)


def to_cents(usd: Decimal) -> int:
    """Whole cents, never more than the amount."""
    return int(usd.scaleb(2).to_integral_value(ROUND_FLOOR))


def wanted_cents(rule: CostControl, asked: Decimal | None, taken_cents: int) -> int:
    """What a place is to have of a rule: what was asked for, and at most what other places
    leave of it; 0 for a rule without a limit."""
    left = max(0, to_cents(rule.hard_limit or Decimal(0)) - taken_cents)
    return left if asked is None else min(left, to_cents(asked))


def period_of(rule: CostControl) -> LimitPeriod | None:
    """The period of a rule's window, where it has a word of limits."""
    return _PERIODS.get(rule.window.value)


def provider_of(rule: CostControl) -> BillingProvider | None:
    """The one provider all of whose calls a rule counts; None for a rule about anything else."""
    found = {_provider_of(each) for each in rule.filters}
    if len(found) != 1:
        return None
    return found.pop()


def _provider_of(each: RuleFilter) -> BillingProvider | None:
    if each.dimension is not AlertDimension.PROVIDER or each.operator not in _EQUAL:
        return None
    # `ClaudeCode` is on Anthropic's bill too, and a part of it: it is spelled otherwise.
    spelled = {list(fold_forms(value))[-1] for value in each.values}
    if len(spelled) != 1:
        return None
    return _PROVIDERS.get(spelled.pop())


def find_rule_faults(rule: CostControl) -> Iterator[Fault]:
    """Why a rule can be a limit at no provider."""
    if not rule.is_enabled:
        yield _of_rule("the cost control is switched off", "RULE_OFF")
    if rule.action is not CostControlAction.BLOCK:
        yield _of_rule(f"its action is {rule.action}: it stops nothing", "RULE_DOES_NOT_BLOCK")
    if rule.is_shadow:
        yield _of_rule("it is in shadow mode: it stops nothing", "RULE_IN_SHADOW")
    if rule.metric is not CostControlMetricType.TOTAL_COST:
        yield _of_rule(f"it limits {rule.metric}: providers limit money alone", "NOT_MONEY")
    elif rule.hard_limit is None:
        yield _of_rule("it has no hardLimit", "NO_HARD_LIMIT")
    elif to_cents(rule.hard_limit) < 1:
        yield _of_rule("its limit is less than a cent", "LESS_THAN_A_CENT")
    if rule.group_by is not None:
        yield _of_rule(f"it has a limit for each {rule.group_by}", "RULE_HAS_GROUPS")
    if provider_of(rule) is None:
        yield _of_rule(
            "it is not about all calls of one provider: that is a filter PROVIDER IS <provider>,"
            " and no other filter",
            "NOT_ONE_PROVIDER",
        )


def find_place_faults(
    rule: CostControl, limiter: Limiter, target: str, *, partial: bool
) -> Iterator[Fault]:
    """Why a rule cannot be put on a place of a provider."""
    offered = sorted(limiter.periods)
    if period_of(rule) not in limiter.periods:
        message = f"{limiter.provider} has no limits that begin anew as {rule.window} ones do"
        yield Fault("ruleId", message, "WINDOW_NOT_OFFERED", rule.window, offered)
    if not target and not limiter.limits_all:
        message = f"is needed: {limiter.provider} limits one {limiter.part} at a time"
        yield Fault("target", message, "TARGET_NEEDED")
    if (target or not limiter.limits_all) and not partial:
        message = (
            f"a limit on one {limiter.part} does not hold what goes by others: send true to say"
            " that this is meant"
        )
        yield Fault("partial", message, "HOLDS_A_PART")


def find_amount_faults(cents: int, limit_cents: int, asked: Decimal | None) -> Iterator[Fault]:
    """Why an amount cannot be written: `limit_cents` is what the rule has, `cents` what would be
    written beside its other parts, and `asked` what was asked for."""
    if asked is not None and to_cents(asked) > limit_cents:
        most = to_dollars(limit_cents)
        yield Fault("amount", f"is more than the rule has: {most} USD", "LOOSER", asked)
    elif cents < 1 <= limit_cents:
        yield Fault("amount", "other limits written for the rule have all of it", "NOTHING_LEFT")


def find_standing_faults(
    standing: Standing, cents: int, period: LimitPeriod, *, may_replace: bool
) -> Iterator[Fault]:
    """Why a limit cannot take the place of the one that stands; `may_replace`: that is ours, or may
    go."""
    if standing.currency not in ("", "USD"):
        message = f"the provider limits in {standing.currency}, the rule in USD"
        yield Fault("credentialId", message, "OTHER_CURRENCY", standing.currency)
    if standing.cents is None or may_replace:
        return
    stands = f"a limit of {to_dollars(standing.cents)} USD stands there that we did not write"
    if standing.period != period:
        told = standing.period or "no period that we know"
        yield Fault(
            "replace", f"{stands}, for {told}: send true to replace it", "OTHER_PERIOD_STANDS"
        )
    elif standing.cents < cents:
        yield Fault("replace", f"{stands}, and it is lower: send true to raise it", "LOWER_STANDS")


def choose_action(standing: Standing, cents: int, period: LimitPeriod) -> LimitAction:
    """What writing would do to the limit that stands."""
    if standing.cents is None:
        return LimitAction.CREATE
    if standing.period != period:
        return LimitAction.REPLACE
    if is_limit(standing, cents, period):
        return LimitAction.KEEP
    return LimitAction.LOWER if standing.cents > cents else LimitAction.RAISE


def _of_rule(message: str, code: str) -> Fault:
    return Fault("ruleId", message, code)
