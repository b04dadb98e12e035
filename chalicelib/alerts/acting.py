"""Acting: the rules that fire now and are to stop calls."""

from collections.abc import Iterator
from contextlib import suppress

from chalicelib.alerts.records import ALERT_STATE, AlertRule, list_rules
from chalicelib.alerts.rule_states import find_states
from chalicelib.alerts.states import Phase
from chalicelib.alerts.vocabulary import AlertAction
from chalicelib.budgets.blocks import Block, keep_blocks
from chalicelib.budgets.compiling import compile_rules
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.reserving import forget_rules
from chalicelib.budgets.vocabulary import AlertFilterOperator
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_many


def list_acting(world: World, team: Scope) -> list[Block]:
    """What blocks at this moment, or would, by rule and group. An alert that somebody resolved by
    hand blocks nothing any more; one that is snoozed does."""
    rules = [rule for rule in list_rules(world, team) if rule.action is AlertAction.BLOCK]
    ids = [rule.id for rule in rules]
    states = find_states(read_many(world, team, ALERT_STATE, ids), ids)
    found: list[Block] = []
    for rule in rules:
        for group, state in states[rule.id].groups.items():
            if state.phase is Phase.FIRING:
                filters = [*rule.filters, *_filter_of(rule, group)]
                found.append(
                    Block(
                        rule_id=rule.id,
                        name=rule.name,
                        metric=rule.metric,
                        group_by=rule.group_by,
                        group=group,
                        filters=filters,
                        since=state.since,
                        is_shadow=rule.is_shadow,
                        threshold=rule.threshold,
                    )
                )
    return found


def publish_acting(world: World, team: Scope) -> None:
    """Have calls stopped by what fires now, and by nothing that has ended. What the lake cannot
    tell now is left to the next minute."""
    if keep_blocks(world, team, list_acting(world, team)):
        forget_rules(world, team)
        with suppress(EngineBusy):
            compile_rules(world, team, changed=True)


def _filter_of(rule: AlertRule, group: str) -> Iterator[RuleFilter]:
    if rule.group_by is not None:
        yield RuleFilter(rule.group_by, AlertFilterOperator.IS, (group,))
