"""Enforcing: the scheduled look at the cost controls of all teams, and the mails about what it
found."""

from chalicelib.budgets.compiling import compile_rules
from chalicelib.budgets.crossings import ENFORCEMENT_EVENT
from chalicelib.kit.clock import DAY
from chalicelib.kit.logs import logger
from chalicelib.kit.turns import in_turn
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.outbound import Mail, Unreachable
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.roster import budgeted_teams

_TRIED_FOR_MS = DAY
"""An event whose mail cannot be sent for so long is left."""


def enforce_due(world: World, *, until: int | None = None) -> dict[str, int]:
    """Look at the rules of every team that has any, and mail what is new; how many teams and mails
    those were, and how many teams the lake was too busy for. Begins no team after `until` (UTC
    epoch ms)."""
    done = {"teams": 0, "mails": 0, "busy": 0}
    for tenant, team in in_turn(budgeted_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        try:
            compile_rules(world, team)
        except EngineBusy:
            done["busy"] += 1
            continue
        done["teams"] += 1
        done["mails"] += _send_mails(world, tenant, team)
    return done


def _send_mails(world: World, tenant: Scope, team: Scope) -> int:
    """Mail the events of a day that somebody is to hear of and has not; how many. At least once: a
    crash in between sends one again."""
    sent = 0
    oldest = world.now() - _TRIED_FOR_MS
    for record in walk(world.documents, team, ENFORCEMENT_EVENT):
        if record.created_at < oldest:
            break
        if not record.doc.get("mailTo"):
            continue
        try:
            world.outbound.mail(tenant, _mail_of(record))
        except Unreachable:
            extra = {"team": team, "event": record.id}
            logger().warning("an enforcement event was not mailed", extra=extra)
            continue
        amend(world.documents, team, ENFORCEMENT_EVENT, record.id, _without_addresses)
        sent += 1
    return sent


def _without_addresses(doc: Doc) -> Doc:
    return {**doc, "mailTo": []}


def _mail_of(record: Record) -> Mail:
    """What is mailed: amounts and names, never a prompt or a key."""
    doc = record.doc
    preview = "[preview] " if doc["isShadow"] else ""
    subject = f"{preview}{doc['ruleName']}: {doc['usagePercent']} % of {doc['tier'].lower()} line"
    return Mail(doc["mailTo"], " ".join(subject.split()), doc["rawDetails"] + "\n")
