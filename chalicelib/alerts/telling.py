"""Telling people of alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.rule_states import Effect
from chalicelib.alerts.showing import nobody, show_alerts
from chalicelib.alerts.states import Step
from chalicelib.alerts.words import describe, describe_many, subject_of
from chalicelib.kit.jsontext import dumps
from chalicelib.notices.service import Destinations, Notice, enqueue
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_MOST_NOTICES = 5
"""Notices of one look at a rule; of more alerts than that, one tells all."""
_MOST_BYTES = 48 * 1024
_LONG = ("filters", "description", "notificationAddresses")
"""What is left out of the rule in a notice that would be too long."""
EVENTS: Mapping[Step, str] = {
    Step.OPEN: "alert.opened",
    Step.RAISE: "alert.raised",
    Step.RESOLVE: "alert.resolved",
    Step.REMIND: "alert.reminded",
}
"""What notices are called."""


def tell_all(
    world: World,
    whose: tuple[Scope, Scope],
    rule: AlertRule,
    told: Sequence[tuple[Effect, Record]],
) -> None:
    """Tell whom a rule names of effects, each with its alert. Those that open many alerts at once
    are told in one."""
    destinations = Destinations(rule.emails, rule.slack, rule.webhooks)
    if not (rule.emails or rule.slack or rule.webhooks):
        return
    tenant, team = whose
    opened = [pair for pair in told if pair[0].step is Step.OPEN]
    if len(opened) > _MOST_NOTICES:
        notice = _notice_of_many(world, whose, rule, opened)
        enqueue(world, tenant, team, notice, destinations)
        told = [pair for pair in told if pair[0].step is not Step.OPEN]
    for effect, record in told:
        enqueue(world, tenant, team, _notice(world, whose, rule, (effect, record)), destinations)


def _notice(
    world: World, whose: tuple[Scope, Scope], rule: AlertRule, pair: tuple[Effect, Record]
) -> Notice:
    effect, record = pair
    return Notice(
        key=f"alert:{effect.id}",
        event=EVENTS[effect.step],
        subject=subject_of(rule, effect),
        text=describe(rule, effect),
        body=_body(world, whose, record),
    )


def _notice_of_many(
    world: World,
    whose: tuple[Scope, Scope],
    rule: AlertRule,
    opened: Sequence[tuple[Effect, Record]],
) -> Notice:
    """One for all, with the largest of them as its body."""
    effects = [effect for effect, _ in opened]
    return Notice(
        key=f"alert:many|{rule.id}|{effects[0].at}",
        event=EVENTS[Step.OPEN],
        subject=f"{rule.name}: {len(opened)} alerts",
        text=describe_many(rule, effects),
        body={**_body(world, whose, opened[0][1]), "alertCount": len(opened)},
    )


def _body(world: World, whose: tuple[Scope, Scope], record: Record) -> dict[str, Any]:
    """The alert as it is shown; where that is too long, without what is long of its rule."""
    (row,) = show_alerts(world, nobody(*whose), [record])
    if len(dumps(row)) > _MOST_BYTES:
        row["anomaly"] = {
            name: value for name, value in row["anomaly"].items() if name not in _LONG
        }
    return row
