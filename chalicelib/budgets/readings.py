"""Readings: what has been used under rules in their windows, as the counters stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.budgets.amounts import UNPRICED, UNPRICED_BASE, scale
from chalicelib.budgets.bases import tell_bases
from chalicelib.budgets.generations import Counting, Generation
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.ports.counters import BASE, RESERVED, USED, Amounts, Counter
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been used under a rule, in the unit of its metric: by group, where the rule has
    groups (calls without a value in the dimension are in none), and in all. `reserved` is what
    calls under way may use beside that. `unpriced`: calls that count as nothing because their cost
    is not known."""

    window: BudgetWindow
    total: Decimal
    groups: Mapping[str, Decimal]
    unpriced: int
    reserved: Decimal = Decimal(0)


def read_usages(world: World, team: Scope, counting: Counting, ids: Sequence[str]) -> list[Usage]:
    """The usage of rules that are counted, in the order of their ids. Raises EngineBusy, where the
    lake has to tell what was used before counting began and cannot."""
    now = world.now()
    tell_bases(world, team, counting, ids)
    generations = [counting.generations[identity] for identity in ids]
    places = [(each, window_at(each.rule.window, now)) for each in generations]
    single = [each.counter(window) for each, window in places if not each.rule.group_by]
    known = world.counters.read(team, single, now)
    return [_read(world, team, known, *place) for place in places]


def _read(
    world: World,
    team: Scope,
    known: Mapping[Counter, Amounts],
    generation: Generation,
    window: BudgetWindow,
) -> Usage:
    rule = generation.rule
    if rule.group_by:
        members = world.counters.members(team, generation.family(window), world.now())
        found = {counter.member: amounts for counter, amounts in members}
    else:
        found = {"": known[generation.counter(window)]}
    groups = {name: used_of(amounts) for name, amounts in found.items()}
    unpriced = sum(
        amounts.get(UNPRICED, 0) + amounts.get(UNPRICED_BASE, 0) for amounts in found.values()
    )
    reserved = sum(amounts.get(RESERVED, 0) for amounts in found.values())
    shown = {name: scale(rule.metric, amount) for name, amount in groups.items() if amount}
    return Usage(
        window,
        scale(rule.metric, sum(groups.values())),
        shown if rule.group_by else {},
        unpriced,
        scale(rule.metric, reserved),
    )


def used_of(amounts: Amounts) -> int:
    """What was used, as an amount of the metric: counted, and from before counting began."""
    return amounts.get(USED, 0) + amounts.get(BASE, 0)
