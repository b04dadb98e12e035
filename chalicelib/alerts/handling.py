"""Handling fired alerts: they are acknowledged, snoozed, resolved by hand, deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.alerts.effects import change_alert, do_effects
from chalicelib.alerts.fired import NAME, get, read_alert
from chalicelib.alerts.keeping import Moved, effect_of, move_by_hand
from chalicelib.alerts.records import AI_ANOMALY, AlertRule
from chalicelib.alerts.rule_states import States
from chalicelib.alerts.states import GroupState, Move, Step, silence
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.revisions import name_author

Json = dict[str, Any]


def change(world: World, principal: Principal, alert_id: str, members: Mapping[str, Any]) -> Json:
    """An alert that somebody acknowledges, snoozes, resolves, or puts a note on. `members` are
    those that were sent. Raises UndecodableId, UnknownRecord, Invalid, Stale."""
    record = read_alert(world, principal, alert_id)
    if members.get("resolved") is False and record.doc["resolved"]:
        message = "an alert that is over is not opened again: the next one is a new one"
        raise Invalid(f"resolved: {message}", faults=[Fault("resolved", message)])
    author, now = name_author(world, principal), world.now()
    if "snoozedUntil" in members:
        _snooze(world, principal, record, members["snoozedUntil"])
    if members.get("resolved") and not record.doc["resolved"]:
        _resolve(world, principal, record, author)

    def amend_doc(doc: Json) -> None:
        if members.get("acknowledged") is not None:
            was = bool(doc.get("acknowledgedTimestamp"))
            if members["acknowledged"] is not was:
                doc["acknowledgedBy"] = author if members["acknowledged"] else None
                doc["acknowledgedTimestamp"] = now if members["acknowledged"] else None
        if "note" in members:
            doc["note"] = members["note"]
        if "snoozedUntil" in members:
            until = members["snoozedUntil"]
            doc["snoozedUntil"] = parse_instant(until) if until else None

    change_alert(world, principal.team, alert_id, amend_doc)
    return get(world, principal, alert_id)


def _snooze(world: World, principal: Principal, record: Record, until: str | None) -> None:
    """Tell nobody of the rule and group of an alert before an instant."""
    instant = parse_instant(until) if until else 0

    def change_states(states: States) -> Moved:
        groups = dict(states)
        state = groups.get(record.doc["group"])
        if state is not None:
            groups[record.doc["group"]] = replace(state, snoozed_until=instant)
        return groups, []

    if record.doc.get("snoozedUntil") != (instant or None):
        move_by_hand(world, principal.team, record.doc["ruleId"], change_states)


def _resolve(world: World, principal: Principal, record: Record, author: str) -> None:
    """End an alert; its rule stays quiet for the group until the condition is not met any more."""
    now, group = world.now(), record.doc["group"]

    def change_states(states: States) -> Moved:
        groups: dict[str, GroupState] = dict(states)
        state = groups.get(group)
        if state is not None and state.alert == record.id:
            groups[group] = silence(state, now)
        end = Move(Step.RESOLVE, record.id, is_quiet=True)
        return groups, [effect_of(end, group, now, author=author)]

    move_by_hand(world, principal.team, record.doc["ruleId"], change_states)
    rule = world.documents.get(principal.team, AI_ANOMALY, record.doc["ruleId"])
    if rule is not None:
        do_effects(world, principal.tenant, principal.team, AlertRule.of(rule))


def delete(world: World, principal: Principal, alert_id: str) -> Json:
    """Take an alert out of sight; one that is open is over then. Raises UndecodableId,
    UnknownRecord, Stale."""
    record = read_alert(world, principal, alert_id)
    if not record.doc["resolved"]:
        _resolve(world, principal, record, name_author(world, principal))
        record = read_alert(world, principal, alert_id)
    world.documents.update(principal.team, replace(record, deleted=True))
    return {
        "id": alert_id,
        "message": f"{NAME} {alert_id} was deleted",
        "resourceType": "ai_alert_metadata",
    }
