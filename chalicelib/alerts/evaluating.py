"""Evaluating: the look at alert rules, each minute and when one is written."""

from collections.abc import Container, Iterable
from contextlib import suppress
from functools import partial

from chalicelib.alerts.counted import count_budgets, is_counted
from chalicelib.alerts.effects import do_effects
from chalicelib.alerts.keeping import close_rule, note_failure, note_reading
from chalicelib.alerts.readings import read_rule
from chalicelib.alerts.records import AI_ANOMALY, ALERT_STATE, AlertRule, list_rules
from chalicelib.alerts.rule_states import RuleState
from chalicelib.alerts.states import Step
from chalicelib.budgets.bases import renew_bases
from chalicelib.budgets.usage import Reader
from chalicelib.kit.clock import SECOND
from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import logger
from chalicelib.kit.memory import Memory
from chalicelib.kit.turns import in_turn
from chalicelib.ports.documents import Documents, walk
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.resources.roster import ALERTED, alerted_teams

Counts = dict[str, int]
_PAUSE = 3 * SECOND
_MOST_TEAMS = 1_000
_looked: Memory[tuple[Documents, Scope], int] = Memory(_MOST_TEAMS)


def evaluate_due(world: World, *, until: int | None = None) -> Counts:
    """Look at the alert rules of every team that has any; how many teams and rules those were, how
    many alerts were opened and resolved, how many rules nobody could read, and how many teams were
    broken off. Begins no team after `until` (UTC epoch ms)."""
    done = _nothing() | {"teams": 0, "failed": 0}
    for tenant, team in in_turn(alerted_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        done["teams"] += 1
        try:
            _add(done, evaluate_team(world, tenant, team, until=until))
        except MeterlakeError as failure:
            # What fails for one team is no reason to leave the others alone.
            logger().warning("alerts of a team broke off: %s", failure, extra={"team": team})
            done["failed"] += 1
    return done


def evaluate_team(world: World, tenant: Scope, team: Scope, *, until: int | None = None) -> Counts:
    """Look at the rules of a team that are switched on; see `evaluate_due`. Rules that ask the same
    of the lake ask it once: their windows end at the same instant."""
    done, now = _nothing(), world.now()
    reader: Reader | None = None
    rules = list_rules(world, team)
    # What names and flat plans mean may have changed since a rule was written.
    count_budgets(world, team)
    with suppress(EngineBusy):
        renew_bases(world, team)
    for rule in in_turn(rules, now):
        if until is not None and world.now() >= until:
            break
        # A new one each time would ask again, an old one would wait no longer.
        if reader is None or reader.is_late:
            reader = Reader(Asker.of(world, team))
        _add(done, evaluate_rule(world, (tenant, team), rule, now=now, reader=reader))
    _finish_rest(world, tenant, team, {rule.id for rule in rules})
    return done


def evaluate_moved(world: World, teams: Iterable[Scope]) -> None:
    """Look at the budgets of teams whose counters have moved, at most every few seconds."""
    for team in teams:
        enrolled = ALERTED.find(world.documents, team)
        if enrolled is not None:
            key = (world.documents, team)
            look = partial(_evaluate_counted, world, Scope(enrolled.doc["tenant"]), team)
            _looked.recall(key, world.now(), _PAUSE, look)


def _evaluate_counted(world: World, tenant: Scope, team: Scope) -> int:
    rules = [rule for rule in list_rules(world, team) if is_counted(rule)]
    for rule in rules:
        evaluate_rule(world, (tenant, team), rule)
    return len(rules)


def _finish_rest(world: World, tenant: Scope, team: Scope, known: Container[str]) -> None:
    """End what a crash has left open of rules that are switched off or deleted."""
    for record in walk(world.documents, team, ALERT_STATE):
        state = RuleState.of(record.doc)
        if record.id in known or not (state.groups or state.effects):
            continue
        stored = world.documents.get(team, AI_ANOMALY, record.id)
        if stored is None:
            continue
        rule = AlertRule.of(stored)
        if stored.deleted or not rule.is_enabled:
            close_rule(world, team, rule.id, world.now())
            do_effects(world, tenant, team, rule)


def evaluate_rule(
    world: World,
    whose: tuple[Scope, Scope],
    rule: AlertRule,
    *,
    now: int | None = None,
    reader: Reader | None = None,
) -> Counts:
    """Look at one rule of a tenant's team, and do what follows; see `evaluate_due`. When nobody can
    read it now, what it was is left, and told to be unknown."""
    tenant, team = whose
    done = _nothing() | {"rules": 1}
    at = world.now() if now is None else now
    try:
        reading = read_rule(world, team, rule, at, reader)
    except MeterlakeError as failure:
        logger().warning("an alert rule was not read: %s", failure, extra={"rule": rule.id})
        note_failure(world, team, rule.id)
        return done | {"unread": 1}
    if not note_reading(world, team, rule, reading, at):
        return done
    for effect in do_effects(world, tenant, team, rule):
        done["opened"] += effect.step is Step.OPEN
        done["resolved"] += effect.step is Step.RESOLVE
    return done


def _nothing() -> Counts:
    return {"rules": 0, "opened": 0, "resolved": 0, "unread": 0}


def _add(done: Counts, more: Counts) -> None:
    for name, number in more.items():
        done[name] += number
