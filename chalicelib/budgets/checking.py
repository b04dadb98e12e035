"""Checking: whether the counters of rules say what the lake says of the same windows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.budgets.amounts import scale
from chalicelib.budgets.base_questions import BaseQuestion
from chalicelib.budgets.bases import tell_bases
from chalicelib.budgets.generations import CountedRule, Counting, Generation, read_counting
from chalicelib.budgets.readings import used_of
from chalicelib.budgets.settling import ESTIMATED
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.windows import Window
from chalicelib.ports.counters import BASE
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a counter and the lake do not agree, in the unit of the metric. `group` is empty for a
    rule without groups."""

    group: str
    counted: Decimal
    stored: Decimal


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule, the key of its window, and where its counters are wrong."""

    rule: CountedRule
    window: str
    differences: list[Difference]


def check_rules(world: World, team: Scope) -> Iterator[CheckedRule]:
    """Compare the counters of every rule of a team with the lake. What is metered meanwhile may
    stand in one of them alone. Raises EngineBusy."""
    counting, now = read_counting(world, team), world.now()
    tell_bases(world, team, counting, counting.generations)
    for _, generation in sorted(counting.generations.items()):
        rule, window = generation.rule, window_at(generation.rule.window, now)
        counted = _read_counted(world, team, generation, window)
        stored = _read_stored(Asker.of(world, team), counting, generation, window)
        differences = [
            Difference(
                group,
                scale(rule.metric, counted.get(group, 0)),
                scale(rule.metric, stored.get(group, 0)),
            )
            for group in sorted({*counted, *stored})
            if counted.get(group, 0) != stored.get(group, 0)
        ]
        yield CheckedRule(rule, window.key, differences)


def _read_counted(
    world: World, team: Scope, generation: Generation, window: BudgetWindow
) -> Mapping[str, int]:
    """What the counters say, by group, without what is only estimated: no lake knows of it."""
    now = world.now()
    if generation.rule.group_by:
        known = dict(world.counters.members(team, generation.family(window), now))
    else:
        known = world.counters.read(team, [generation.counter(window)], now)
    return {
        counter.member: used_of(amounts) - amounts.get(ESTIMATED, 0)
        for counter, amounts in known.items()
    }


def _read_stored(
    asker: Asker, counting: Counting, generation: Generation, window: BudgetWindow
) -> Mapping[str, int]:
    """What the lake says, by group."""
    found: dict[str, int] = {}
    whole = Window(window.start, window.end)
    for group, amounts in BaseQuestion(counting, generation).ask(asker, whole, ()):
        found[group] = found.get(group, 0) + amounts[BASE]
    return found
