"""Effects, done: alerts are opened, raised and resolved, and people are told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.alerts.acting import publish_acting
from chalicelib.alerts.keeping import cross_off
from chalicelib.alerts.records import AI_ALERT, AlertRule
from chalicelib.alerts.rule_states import Effect, read_state
from chalicelib.alerts.states import Step
from chalicelib.alerts.telling import tell_all
from chalicelib.alerts.vocabulary import AlertAction
from chalicelib.ports.documents import Record, Taken
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry

_LAST = 10**16


def do_effects(world: World, tenant: Scope, team: Scope, rule: AlertRule) -> Sequence[Effect]:
    """Do what is left to do about a rule; what that was."""
    effects = read_state(world, team, rule.id).effects
    told: list[tuple[Effect, Record]] = []
    for effect in effects:
        record = _do(world, team, rule, effect)
        if record is not None and _is_told(rule, effect):
            told.append((effect, record))
    if rule.is_enabled:
        tell_all(world, (tenant, team), rule, told)
    cross_off(world, team, rule.id, effects)
    if effects and rule.action is AlertAction.BLOCK:
        publish_acting(world, team)
    return effects


def _is_told(rule: AlertRule, effect: Effect) -> bool:
    if effect.is_quiet:
        return False
    return rule.tells_end if effect.step is Step.RESOLVE else True


def _do(world: World, team: Scope, rule: AlertRule, effect: Effect) -> Record | None:
    """The alert after an effect; None when it was deleted."""
    if effect.step is Step.OPEN:
        _open(world, team, rule, effect)
    elif effect.step is Step.RAISE:
        change_alert(world, team, effect.alert, lambda doc: _add_lines(doc, effect))
    elif effect.step is Step.RESOLVE:
        change_alert(world, team, effect.alert, lambda doc: _end(doc, effect))
    record = world.documents.get(team, AI_ALERT, effect.alert)
    return None if record is None or record.deleted else record


def _open(world: World, team: Scope, rule: AlertRule, effect: Effect) -> None:
    doc = {
        "ruleId": rule.id,
        "ruleName": rule.name,
        "metricType": rule.metric,
        "group": effect.group,
        "triggeredValue": effect.value or "0",
        "threshold": str(rule.threshold),
        "previousValue": effect.previous,
        "expectedValue": effect.expected,
        "lines": _lines_of(effect),
        "resolved": False,
        "includesPreRuleActivity": effect.window_start < rule.created_at,
        "createdBy": rule.created_by,
        "ownerId": rule.owner,
    }
    record = Record(
        AI_ALERT,
        effect.alert,
        doc,
        # Pages are in the order of names: counting down puts the newest first.
        name=f"{_LAST - effect.at:016d}",
        reference=rule.id,
        created_at=effect.at,
        updated_at=effect.at,
    )
    try:
        world.documents.create(team, record)
    except Taken:
        return  # it is a second try


def _lines_of(effect: Effect) -> list[dict[str, Any]]:
    """The lines of a budget; any other rule has none with a name."""
    return [
        {"threshold": line, "value": effect.value or "0", "at": effect.at}
        for line in effect.lines
        if line
    ]


def _add_lines(doc: dict[str, Any], effect: Effect) -> None:
    known = {line["threshold"] for line in doc["lines"]}
    fresh = [line for line in _lines_of(effect) if line["threshold"] not in known]
    doc["lines"] = [*doc["lines"], *fresh]


def _end(doc: dict[str, Any], effect: Effect) -> None:
    if not doc["resolved"]:
        doc["resolved"], doc["resolvedTimestamp"] = True, effect.at
        doc["resolvedBy"] = effect.author or None


def change_alert(
    world: World, team: Scope, alert_id: str, change: Callable[[dict[str, Any]], None]
) -> None:
    """Change the document of an alert, again whenever somebody else was quicker; nothing happens to
    one that is gone. Raises Stale."""

    def attempt() -> None:
        record = world.documents.get(team, AI_ALERT, alert_id)
        if record is None:
            return
        doc = dict(record.doc)
        change(doc)
        if doc != record.doc:
            world.documents.update(team, replace(record, doc=doc, updated_at=world.now()))

    retry(attempt)
