"""Verbs of alert rules: one that is written is evaluated at once."""

from collections.abc import Mapping
from typing import Any

from chalicelib.alerts.acting import publish_acting
from chalicelib.alerts.baselines import ALL
from chalicelib.alerts.billed import show_billed
from chalicelib.alerts.counted import count_budgets
from chalicelib.alerts.effects import do_effects
from chalicelib.alerts.evaluating import evaluate_rule
from chalicelib.alerts.keeping import close_rule, open_rule
from chalicelib.alerts.readings import Reading, Value, read_rule
from chalicelib.alerts.records import AI_ANOMALY, MOST_RULES, AlertRule
from chalicelib.alerts.rules import ANOMALIES, keep_stored, show_written
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_team
from chalicelib.resources.listing import read_all
from chalicelib.resources.roster import ALERTED
from chalicelib.resources.schemas import PageQuery
from chalicelib.resources.store import Store

Json = dict[str, Any]
_MOST_SHOWN = 1_000
_MEANING = ("alertType", "metricType", "dataSource", "groupBy")
"""With another one of these a rule is another rule: alerts of the former one are over."""


def page(world: World, principal: Principal, query: PageQuery, asked: Request) -> Json:
    """A page of rules. Raises Invalid."""
    return _store(world, principal).page(query, asked)


def get(world: World, principal: Principal, rule_id: str) -> Json:
    """A rule. Raises UndecodableId, UnknownRecord."""
    store = _store(world, principal)
    return store.row(store.get(rule_id))


def create(world: World, principal: Principal, members: Mapping[str, Any]) -> Json:
    """A new rule. Raises Invalid, also for one more than a team may have, UnknownRecord."""
    check_team(members.get("teamId"), principal.team)
    if len(read_all(world, principal.team, AI_ANOMALY, MOST_RULES)) >= MOST_RULES:
        raise Invalid(f"a team may have {MOST_RULES} alert rules", field="name")
    ALERTED.enrol(world.documents, principal.team, {"tenant": principal.tenant})
    store = _store(world, principal)
    return _evaluate(store, store.create(members))


def replace(world: World, principal: Principal, rule_id: str, members: Mapping[str, Any]) -> Json:
    """A rule with other members. One that is switched off, or means something else now, ends what
    is open. Raises UndecodableId, UnknownRecord, Invalid, Stale."""
    store = _store(world, principal)
    before = store.get(rule_id)
    after = store.change(before, keep_stored(members))
    if any(before.doc.get(name) != after.doc.get(name) for name in _MEANING):
        _close(store, AlertRule.of(after))
    return _evaluate(store, after)


def _evaluate(store: Store, record: Record) -> Json:
    """Look at a rule that was just written. What the lake cannot tell now is left to the next
    minute."""
    world, principal = store.world, store.principal
    rule = AlertRule.of(record)
    count_budgets(world, principal.team)
    if rule.is_enabled:
        open_rule(world, principal.team, rule.id)
        evaluate_rule(world, (principal.tenant, principal.team), rule)
    else:
        _close(store, rule)
    publish_acting(world, principal.team)
    return show_written(store.row(record))


def _close(store: Store, rule: AlertRule) -> None:
    team = store.principal.team
    close_rule(store.world, team, rule.id, store.world.now())
    do_effects(store.world, store.principal.tenant, team, rule)


def delete(world: World, principal: Principal, rule_id: str) -> Json:
    """Take a rule out of sight, and end what is open. Raises UndecodableId, UnknownRecord,
    Stale."""
    store = _store(world, principal)
    return _delete(store, store.get(rule_id))


def _delete(store: Store, record: Record) -> Json:
    gone = store.delete(record)
    _close(store, AlertRule.of(record))
    count_budgets(store.world, store.principal.team)
    return gone


def clear_all(world: World, principal: Principal) -> Json:
    """Take every rule of the team out of sight. Raises Stale."""
    store = _store(world, principal)
    records = read_all(world, principal.team, AI_ANOMALY)
    for record in records:
        _delete(store, record)
    return {
        "message": f"{len(records)} anomalies were deleted",
        "resourceType": ANOMALIES.resource_type,
    }


def read_metric(world: World, principal: Principal, rule_id: str) -> Json:
    """What a rule is evaluated on now, without anything following from it. Raises UndecodableId,
    UnknownRecord, EngineBusy, TooMany."""
    rule = AlertRule.of(_store(world, principal).get(rule_id))
    reading = read_rule(world, principal.team, rule, world.now())
    shown: Json = {
        "anomalyId": rule.id,
        "metricType": rule.metric,
        "value": None,
        "windowStart": iso(reading.window.start),
        "windowEnd": iso(reading.window.end),
        "conditionMet": any(each.lines for each in reading.values.values()),
        "groups": None,
        "sampleCount": reading.samples,
        "unpricedCount": reading.unpriced or None,
        **show_billed(reading.billed),
    }
    if rule.group_by is not None:
        return shown | _show_groups(reading)
    value = reading.values.get(ALL, Value(None))
    return shown | _show_values(value) | {"conditionMet": bool(value.lines)}


def _show_groups(reading: Reading) -> Json:
    """The groups, the largest first, as many as may be shown."""
    ranked = sorted(reading.values.items(), key=lambda pair: (-(pair[1].value or 0), pair[0]))
    groups: list[Json] = []
    for name, value in ranked[:_MOST_SHOWN]:
        head = {"groupValue": name, "groupDisplayName": name, "conditionMet": bool(value.lines)}
        groups.append(head | _show_values(value))
    return {"groups": groups, "groupCount": len(ranked)}


def _show_values(value: Value) -> Json:
    return {
        "value": value.value,
        "previousValue": value.previous,
        "expectedValue": value.expected,
    }


def _store(world: World, principal: Principal) -> Store:
    return Store(world, principal, ANOMALIES)
