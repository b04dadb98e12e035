"""Enforcing: the scheduled look at the cost controls of all teams, and what is told about what it
found."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.budgets.compiling import compile_rules
from chalicelib.budgets.crossings import ENFORCEMENT_EVENT
from chalicelib.kit.clock import DAY
from chalicelib.kit.turns import in_turn
from chalicelib.notices.service import Destinations, Notice, enqueue, parse_channels
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.roster import budgeted_teams

_TOLD_WITHIN_MS = DAY
"""An event that nobody was told of for so long is left."""
_MOST_LINES, _MOST_GROUPS = 10, 100
"""Groups of a rule that one message names, for people and for programs."""


def enforce_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Look at the rules of every team that has any, and have told what is new; how many teams and
    notices those were, and how many teams the lake was too busy for. Begins no team after `until`
    (UTC epoch ms)."""
    done = {"teams": 0, "notices": 0, "busy": 0}
    for tenant, team in in_turn(budgeted_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        try:
            compile_rules(world, team)
        except EngineBusy:
            done["busy"] += 1
            continue
        done["teams"] += 1
        done["notices"] += _tell(world, tenant, team)
    return done


def _tell(world: World, tenant: Scope, team: Scope) -> int:
    """Enqueue a notice for the events of a day that somebody is to hear of and has not, one for all
    groups of a rule that are over a line; how many. Events that come later in the same window are
    listed, but not told again."""
    told = 0
    for key, records in _find_untold(world, team).items():
        enqueue(world, tenant, team, _notice_of(key, records), _destinations_of(records[0].doc))
        for record in records:
            amend(world.documents, team, ENFORCEMENT_EVENT, record.id, _without_destinations)
        told += 1
    return told


def _find_untold(world: World, team: Scope) -> Mapping[str, list[Record]]:
    """Events that are to be told, by rule, window and line, which a notice is about."""
    found: dict[str, list[Record]] = {}
    oldest = world.now() - _TOLD_WITHIN_MS
    for record in walk(world.documents, team, ENFORCEMENT_EVENT):
        if record.created_at < oldest:
            break
        doc = record.doc
        if doc.get("mailTo") or doc.get("channels"):
            key = f"cost_control:{doc['ruleId']}:{doc['windowKey']}:{doc['tier']}"
            found.setdefault(key, []).append(record)
    return found


def _destinations_of(doc: Doc) -> Destinations:
    named = parse_channels(doc.get("channels") or ())
    return Destinations(doc.get("mailTo") or (), named.slack, named.webhooks)


def _without_destinations(doc: Doc) -> Doc:
    return {**doc, "mailTo": [], "channels": []}


def _notice_of(key: str, records: Sequence[Record]) -> Notice:
    """What is told: amounts and names, never a prompt or a key."""
    docs = [record.doc for record in records]
    docs.sort(key=lambda doc: Decimal(doc["usagePercent"]), reverse=True)
    doc = docs[0]
    preview = "[preview] " if doc["isShadow"] else ""
    subject = f"{preview}{doc['ruleName']}: {doc['usagePercent']} % of {doc['tier'].lower()} line"
    lines = [each["rawDetails"] for each in docs[:_MOST_LINES]]
    if len(docs) > _MOST_LINES:
        lines.append(f"and {len(docs) - _MOST_LINES} more")
    event = f"cost_control.{doc['outcome'].lower()}"
    return Notice(key, event, subject, "\n".join(lines), _facts_of(docs))


def _facts_of(docs: Sequence[Doc]) -> dict[str, Any]:
    """The facts for programs; `groups` are those that are most over the line, of `groupCount`."""
    doc = docs[0]
    facts = {name: doc.get(name) for name in _SHOWN}
    facts |= {name: Decimal(doc[name]) for name in _AMOUNTS}
    if doc.get("groupBy"):
        groups: list[dict[str, Any]] = []
        for each in docs[:_MOST_GROUPS]:
            amounts = {name: Decimal(each[name]) for name in _AMOUNTS}
            groups.append({"groupValue": each["groupValue"], **amounts})
        facts |= {"groupBy": doc["groupBy"], "groupCount": len(docs), "groups": groups}
    return facts


_SHOWN = ("ruleId", "ruleName", "outcome", "tier", "isShadow", "action", "metricType", "windowKey")
_AMOUNTS = ("currentValue", "threshold", "usagePercent")
