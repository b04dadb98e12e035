"""Counted budgets: those whose use the counters tell, exactly and at once."""

from chalicelib.alerts.records import AlertRule, list_rules
from chalicelib.alerts.vocabulary import DataSource
from chalicelib.budgets.amounts import READS
from chalicelib.budgets.generations import CountedRule, keep_counting, read_counting
from chalicelib.budgets.readings import Usage, read_usages
from chalicelib.kit.clock import MINUTE
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_SOURCE = "alerts"


def is_counted(rule: AlertRule) -> bool:
    """Whether a rule is a budget of something that adds up, call by call."""
    return rule.is_budget and rule.source is DataSource.SDK and rule.metric in READS


def count_budgets(world: World, team: Scope) -> None:
    """Count the budgets of a team that are switched on, and no others. Raises Unavailable."""
    rules = [
        CountedRule(_name(rule), rule.metric, rule.window, rule.group_by, rule.filters)
        for rule in list_rules(world, team)
        if is_counted(rule)
    ]
    keep_counting(world, team, _SOURCE, rules)


def read_counted(world: World, team: Scope, rule: AlertRule, at: int) -> Usage | None:
    """What the counters tell of a budget at an instant (UTC epoch ms), which is about now; None
    where the lake must be asked: for another time, of a budget that was reset in its window, or of
    one that is not counted. Raises EngineBusy."""
    if not is_counted(rule) or abs(world.now() - at) > MINUTE:
        return None
    counting = read_counting(world, team)
    if _name(rule) not in counting.generations:
        return None
    (usage,) = read_usages(world, team, counting, [_name(rule)])
    is_of_window = usage.window.start <= at <= usage.window.end
    return usage if is_of_window and rule.reset_at <= usage.window.start else None


def _name(rule: AlertRule) -> str:
    """Under which a rule is counted: beside cost controls, whose ids are other ones."""
    return f"alert-{rule.id}"
