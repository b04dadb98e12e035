"""Dry runs: which calls of past days a cost control would have stopped, by the rules that hold for
reservations (lines.py). A call that does not fit is stopped, and uses nothing; what was used in a
window before the first day counts, as it does for a rule that is made in mid-window.

First the lake is asked, by window and group, what the calls come to: where that does not reach the
limit, nothing can be stopped. The calls of the other windows are read one by one, in the order in
which they began; the work is linear in them, and over dry_run_calls.MOST_CALLS are refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.budgets.amounts import UNPRICED_BASE, amounts_of, is_covered, unscale
from chalicelib.budgets.base_questions import BaseQuestion
from chalicelib.budgets.compiling import counted_rule
from chalicelib.budgets.dry_run_calls import Spots, read_calls
from chalicelib.budgets.generations import Counting, Generation, read_names
from chalicelib.budgets.lines import fits
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.selecting import CallNames, list_dimensions
from chalicelib.budgets.vocabulary import CostControlAction, CostControlWindowType
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.clock import DAY, HOUR, day_of, day_start
from chalicelib.kit.windows import Interval, Window
from chalicelib.ports.counters import BASE, USED
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import ask_rows

Spot = tuple[str, str]
"""The key of a window, and a group."""


@dataclass(slots=True)
class Spending:
    """What came of a limit in a window, for a group. `used` is an amount of the metric, `cost`
    nano-USD, `first` (UTC epoch ms) when a call did not fit for the first time. `flat_plan` are the
    blocked calls that a flat plan covers."""

    window: BudgetWindow
    used: int = 0
    calls: int = 0
    blocked: int = 0
    cost: int = 0
    unpriced: int = 0
    flat_plan: int = 0
    first: int | None = None


@dataclass(slots=True)
class DryRun:
    """What was found. `calls`, `used` and `unpriced` are of all calls that count."""

    window: Window
    calls: int = 0
    used: int = 0
    unpriced: int = 0
    spendings: dict[Spot, Spending] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)

    @property
    def over(self) -> dict[Spot, Spending]:
        """Where some call did not fit."""
        return {spot: each for spot, each in self.spendings.items() if each.blocked}


def dry_run(world: World, team: Scope, control: CostControl, days: int) -> DryRun:
    """Try a cost control on the calls of so many full UTC days, and of today.

    Raises Invalid when over MOST_CALLS would have to be read, EngineBusy.
    """
    now = world.now()
    start = day_start(day_of(now - days * DAY))
    counting = read_names(world, team, counted_rule(control))
    (generation,) = counting.generations.values()
    run = _Run(Asker.of(world, team), control, counting, generation, DryRun(Window(start, now)))
    spots = run.find_spots()
    if spots.names:
        run.spend(read_calls(run.asker, generation.rule, counting, spots))
    run.found.incomplete = sorted(run.asker.incomplete)
    return run.found


@dataclass(frozen=True, slots=True)
class _Run:
    asker: Asker
    control: CostControl
    counting: Counting
    generation: Generation
    found: DryRun

    @property
    def limit(self) -> int:
        return unscale(self.control.metric, self.control.threshold)

    def find_spots(self) -> Spots:
        """The windows and groups in which the calls reach the limit, with what was used there
        before."""
        window, kind = self.found.window, self.control.window
        interval = Interval.HOUR if kind is CostControlWindowType.HOURLY else Interval.DAY
        question = BaseQuestion(self.counting, self.generation)
        before = self._ask_before(question)
        sums: dict[Spot, int] = defaultdict(int, before)
        names: dict[Spot, set[tuple[str, ...]]] = defaultdict(set)
        windows: dict[str, BudgetWindow] = {}
        rows = ask_rows(self.asker, window, question.question(interval=interval))
        for counted in question.read(rows):
            each = window_at(kind, counted.bucket)
            windows[each.key] = each
            sums[each.key, counted.group] += counted.amounts[BASE]
            names[each.key, counted.group].add(counted.names)
            self.found.used += counted.amounts[BASE]
            self.found.unpriced += counted.amounts.get(UNPRICED_BASE, 0)
            self.found.calls += counted.calls
        spots = Spots(window, list_dimensions(self.generation.rule))
        for spot, said in names.items():
            if sums[spot] >= self.limit:
                each = windows[spot[0]]
                self.found.spendings[spot] = Spending(each, used=before.get(spot, 0))
                spots.add(each, said)
        return spots

    def _ask_before(self, question: BaseQuestion) -> Mapping[Spot, int]:
        """What was used in the first window before the first day."""
        start = self.found.window.start
        first = window_at(self.control.window, start)
        used: dict[Spot, int] = defaultdict(int)
        if first.start < start:
            for group, amounts in question.ask(self.asker, Window(first.start, start - 1), ()):
                used[first.key, group] += amounts[BASE]
        return used

    def spend(self, calls: Iterable[Mapping[str, Any]]) -> None:
        """Let the calls pass one by one."""
        rule, renames = self.generation.rule, self.counting.renames
        assistants, limit = self.counting.assistants, self.limit
        stops = self.control.action is CostControlAction.BLOCK
        keys: dict[int, str] = {}
        for row in calls:
            hour = row["requested_at"] // HOUR
            if hour not in keys:
                keys[hour] = window_at(rule.window, row["requested_at"]).key
            group = CallNames.of_row(rule.columns, row, renames).place_in(rule)
            spending = self.found.spendings.get((keys[hour], group or ""))
            if group is None or spending is None:
                continue
            amount = amounts_of(rule, row, assistants).get(USED, 0)
            spending.calls += 1
            has_room = fits(spending.used, amount, limit)
            if has_room or not stops:
                spending.used += amount
            if not has_room:
                _block(spending, row, is_free=is_covered(row, assistants))


def _block(spending: Spending, row: Mapping[str, Any], *, is_free: bool) -> None:
    spending.blocked += 1
    if spending.first is None:
        spending.first = row["requested_at"]
    if is_free:
        spending.flat_plan += 1
        return
    spending.cost += row["cost_nano"] or 0
    spending.unpriced += row["cost_nano"] is None
