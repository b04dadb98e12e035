"""Bases: what had been used under a rule before its counting began, as the lake tells it.

A base is looked up again as long as versions from before may still be on their way to the lake;
then it is final.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.budgets.amounts import TOLD, UNPRICED_BASE
from chalicelib.budgets.base_questions import BaseQuestion, made
from chalicelib.budgets.generations import Counting, Generation, read_counting, settle_base
from chalicelib.budgets.revised import find_revised
from chalicelib.budgets.settling import settle_deferred
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.clock import MINUTE, SECOND, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.days import read_believed_states
from chalicelib.ports.counters import BASE, Amounts
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS

_STRAGGLING = MINUTE
"""How long a version may take from being made to being stored: no request lives longer."""
_TO_LAKE = 2 * MINUTE
"""How long the lake may be behind where nobody can tell."""
_SKEW = 10 * SECOND
_ATTEMPTS = 10
Bases = Mapping[str, Amounts]
"""The fields of a base by group; the empty group is that of a rule without groups."""


def renew_base(
    asker: Asker, counting: Counting, generation: Generation, window: BudgetWindow
) -> bool:
    """Look up the base of a window unless it is final; whether it has just become that. Raises
    EngineBusy."""
    if window.key in generation.settled:
        return False
    world, team = asker.world, asker.team
    is_final = _is_lake_past(world, generation.since)
    marker = generation.counter(window)
    found = _read_bases(asker, counting, generation, window)
    if not read_counting(world, team).awaits_base(generation.family(window)):
        # Somebody quicker has found that it is final: what was read before that is older.
        return False
    family = generation.family(window)
    known = dict(world.counters.members(team, family, world.now()))
    if not generation.rule.group_by:
        known = world.counters.read(team, [generation.counter(window)], world.now())
    bases = {generation.counter(window, group): amounts for group, amounts in found.items()}
    for counter, amounts in known.items():
        if amounts.get(BASE) and counter not in bases:
            bases[counter] = {BASE: 0, UNPRICED_BASE: 0}
    world.counters.rebase(team, bases | {marker: {**bases.get(marker, {}), TOLD: 1}})
    if is_final:
        settle_base(world, team, generation, window)
    return is_final


def renew_bases(world: World, team: Scope) -> None:
    """Look up all bases of a team that are not final yet, and end what has waited for those that
    are by now. Raises EngineBusy, Unavailable."""
    counting, now = read_counting(world, team), world.now()
    asker = Asker.of(world, team)
    has_settled = False
    for generation in counting.generations.values():
        window = window_at(generation.rule.window, now)
        has_settled |= renew_base(asker, counting, generation, window)
    if has_settled:
        settle_deferred(world, team)


def tell_bases(world: World, team: Scope, counting: Counting, ids: Iterable[str]) -> None:
    """Look up the bases of rules that nobody has told yet: without them a budget would look as if
    nothing had been used of it. Raises EngineBusy."""
    now = world.now()
    fresh: list[tuple[Generation, BudgetWindow]] = []
    for identity in ids:
        generation = counting.generations.get(identity)
        window = window_at(generation.rule.window, now) if generation else None
        # Of a window that has begun later, nothing had been used before.
        if generation and window and window.start < generation.since:
            fresh.append((generation, window))
    known = world.counters.read(team, [each.counter(window) for each, window in fresh], now)
    asker = Asker.of(world, team)
    for generation, window in fresh:
        if not known[generation.counter(window)].get(TOLD):
            renew_base(asker, counting, generation, window)


def _is_lake_past(world: World, since: int) -> bool:
    """Whether the lake has every version that was made before an instant."""
    stored_by = since + _STRAGGLING
    if world.now() <= stored_by:
        return False
    reading = world.vitals.read()  # unscoped: of the whole deployment
    if reading.feed_lag is None:
        return world.now() > stored_by + _TO_LAKE
    # Whatever stands in the feed behind a version that was made so late was stored later still.
    return not reading.waiting or _made_of(json.loads(reading.waiting)) > stored_by


def _made_of(row: Mapping[str, Any]) -> int:
    """When a version of any event was made; 0 where its table does not say."""
    return int(row.get("revised_at") or row.get("received_at") or 0)


def _read_bases(
    asker: Asker, counting: Counting, generation: Generation, window: BudgetWindow
) -> Bases:
    """What the versions from before the generation amount to, by group. Read again when one of the
    calls has been revised meanwhile: it might count twice, or not at all."""
    question = BaseQuestion(counting, generation)
    for _ in range(_ATTEMPTS):
        first_fresh = _find_first_fresh(asker, generation, window)
        revised: Sequence[str] = ()
        bases: dict[str, dict[str, int]] = {}
        if first_fresh > window.start:
            calm = Window(window.start, first_fresh - 1)
            _add(bases, question.ask(asker, calm, ()))
        if first_fresh <= window.end:
            fresh = Window(first_fresh, window.end)
            revised = find_revised(asker, fresh, generation.since)
            _add(bases, question.ask(asker, fresh, (made(generation.since, "<"),)))
            _add(bases, question.before(asker, revised))
            if revised != find_revised(asker, fresh, generation.since):
                continue
        if first_fresh == _find_first_fresh(asker, generation, window):
            return bases
    raise EngineBusy("the lake is being rewritten: try again")


def _find_first_fresh(asker: Asker, generation: Generation, window: BudgetWindow) -> int:
    """The start of the first day that was touched since the generation began: before it, the lake
    says the same as then. The end of the window when none was."""
    days = Window(window.start, window.end).days()
    states = read_believed_states(asker.world, asker.team, CALLS.table.name, days)
    for day in days:
        if states[day].written and states[day].touched_at >= generation.since - _SKEW:
            return max(day_start(day), window.start)
    return window.end + 1


def _add(bases: dict[str, dict[str, int]], more: Iterable[tuple[str, Amounts]]) -> None:
    for group, amounts in more:
        base = bases.setdefault(group, {})
        for name, amount in amounts.items():
            base[name] = base.get(name, 0) + amount
