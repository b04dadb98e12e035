"""Verbs of cost controls: each of them makes the compiled set anew before it answers, so that the
next poll knows."""

from collections.abc import Mapping
from typing import Any

from chalicelib.budgets.compiling import MOST_RULES, compile_rules, list_rules
from chalicelib.budgets.cost_controls import patch_members
from chalicelib.budgets.reserving import forget_rules
from chalicelib.kit.errors import Invalid
from chalicelib.resources.checks import check_team
from chalicelib.resources.roster import BUDGETED
from chalicelib.resources.store import Store

Json = dict[str, Any]


def create(store: Store, members: Mapping[str, Any]) -> Json:
    """A new cost control. Raises Invalid, also for one more than a team may have, EngineBusy."""
    check_team(members.get("teamId"), store.principal.team)
    if len(list_rules(store.world, store.principal.team)) >= MOST_RULES:
        raise Invalid(f"a team may have {MOST_RULES} cost controls", field="name")
    principal = store.principal
    BUDGETED.enrol(store.world.documents, principal.team, {"tenant": principal.tenant})
    row = store.row(store.create(members))
    _renew(store)
    return row


def change(store: Store, rule_id: str, sent: Mapping[str, Any]) -> Json:
    """A cost control with some members changed. Raises UnknownRecord, Invalid, Stale,
    EngineBusy."""
    row = store.row(store.change(store.get(rule_id), patch_members(sent)))
    _renew(store)
    return row


def delete(store: Store, rule_id: str) -> Json:
    """Take a cost control out of sight. Raises UnknownRecord, Stale, EngineBusy."""
    gone = store.delete(store.get(rule_id))
    _renew(store)
    return gone


def _renew(store: Store) -> None:
    team = store.principal.team
    compile_rules(store.world, team, changed=True)
    forget_rules(store.world, team)
