"""Presenting: limits at providers beside our rules, as they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from chalicelib.budgets.generations import read_counting
from chalicelib.budgets.readings import read_usages
from chalicelib.budgets.records import CostControl
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault
from chalicelib.ports.documents import Record
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.answers import Json
from chalicelib.providers.limiters import LIMITERS
from chalicelib.providers.limiters.limiter import Standing
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store
from chalicelib.spend_limits.planning import Plan
from chalicelib.spend_limits.records import PROVIDER_LIMIT, show_dollars, to_dollars
from chalicelib.spend_limits.schemas import ProviderLimitResource
from chalicelib.spend_limits.watching import Watched, watch


def _gather(store: Store, records: Sequence[Record]) -> Mapping[str, Json]:
    """What is shown of a whole page at once."""
    seen = watch(store.world, store.scope, records)
    rules = [each.rule for each in seen if each.rule]
    spent = read_spent(store.world, store.scope, rules)
    return {each.record.id: show_limit(each, spent) for each in seen}


PROVIDER_LIMITS = Resource(
    kind=PROVIDER_LIMIT,
    name="ProviderLimit",
    resource_type="provider_limit",
    path="/profitstream/v2/api/ai/provider-limits",
    embedded="providerLimitResourceList",
    model=ProviderLimitResource,
    label="ruleName",
    gather=_gather,
)


def read_spent(world: World, team: Scope, rules: Iterable[CostControl]) -> Mapping[str, Decimal]:
    """What was metered under rules in their running windows, by id; nothing of those that are not
    counted, nor of any while the lake is too busy to be asked."""
    counting = read_counting(world, team)
    ids = list(dict.fromkeys(rule.id for rule in rules if rule.id in counting.generations))
    try:
        usages = read_usages(world, team, counting, ids)
    except EngineBusy:
        return {}
    return {rule_id: usage.total for rule_id, usage in zip(ids, usages, strict=True)}


def show_limit(each: Watched, spent: Mapping[str, Decimal]) -> Json:
    """A limit as it is shown, but for its id and times."""
    limit = each.limit
    return {
        "target": limit.target or None,
        "limit": to_dollars(limit.cents),
        "ours": each.rule and _show_rule(each.rule, spent),
        "standing": _show_standing(limit.standing),
        "drift": each.drift,
        "caveat": LIMITERS[limit.provider].caveat,
        "pushedAt": _show_instant(limit.pushed_at),
        "checkedAt": _show_instant(limit.checked_at),
        "error": limit.error or None,
    }


def show_plan(plan: Plan, spent: Mapping[str, Decimal], written: Record | None) -> Json:
    """A plan as it is shown; `written` is the record of what was written."""
    shown: Json = {
        "written": written is not None,
        "action": plan.action,
        "ruleId": plan.rule.id,
        "ruleName": plan.rule.name,
        "target": plan.order.target or None,
        "ours": _show_rule(plan.rule, spent),
        "reasons": [_show_fault(fault) for fault in plan.faults],
        "id": written and written.id,
    }
    place = plan.place
    if place is None:
        return shown
    return shown | {
        "credentialId": place.connection.id,
        "credentialName": place.connection.name,
        "provider": place.connection.provider,
        "period": place.period,
        "limit": show_dollars(place.cents or None),
        "standing": _show_standing(place.standing),
        "caveat": place.limiter.caveat,
    }


def _show_instant(at: int) -> str | None:
    return iso(at) if at else None


def _show_rule(rule: CostControl, spent: Mapping[str, Decimal]) -> Json:
    return {"limit": rule.hard_limit, "spent": spent.get(rule.id)}


def _show_standing(standing: Standing | None) -> Json | None:
    if standing is None:
        return None
    return {
        "limit": show_dollars(standing.cents),
        "currency": standing.currency or None,
        "period": standing.period or None,
        "isEnforced": standing.is_enforced,
        "spent": show_dollars(standing.spent_cents),
    }


def _show_fault(fault: Fault) -> Json:
    return {
        "code": fault.code,
        "field": fault.field,
        "message": fault.message,
        "received": fault.received,
        "options": list(fault.options) or None,
    }
