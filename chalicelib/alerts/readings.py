"""Readings: the values that rules are evaluated on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.alerts.baselines import ALL, Baseline, read_baseline
from chalicelib.alerts.billed import BilledReading, read_billed, running_period, settled_period
from chalicelib.alerts.conditions import UPWARD, compare, is_change
from chalicelib.alerts.counted import read_counted
from chalicelib.alerts.periods import LENGTHS
from chalicelib.alerts.quality import read_quality
from chalicelib.alerts.records import AlertRule
from chalicelib.alerts.usual import CUTS, Usual
from chalicelib.alerts.vocabulary import AlertRuleType, DataSource
from chalicelib.budgets.measures import MEASURES
from chalicelib.budgets.readings import Usage
from chalicelib.budgets.usage import Figures, Reader
from chalicelib.budgets.vocabulary import AlertMetricType
from chalicelib.budgets.windows import BudgetWindow, window_at
from chalicelib.kit.clock import DAY, day_start
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.measures import plain
from chalicelib.reports.service import window_before

Lines = tuple[str, ...]
"""The lines that a value is over: of a budget their amounts, of any other rule the empty text where
its condition is met. None: it is not."""
_MET: Lines = ("",)


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a group, None where there is none, and the lines that it is over. `previous` is
    the one of the window before, `expected` what is usual."""

    value: Decimal | None
    lines: Lines = ()
    previous: Decimal | None = None
    expected: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a rule by group, under ALL where it has none. `key` is the budget's window, and
    changes when its use begins anew; empty of any other rule. `samples` are facts of quality.

    `is_known` False: nobody can tell, so that nothing is to change. `billed` is what a value of
    bills is made of, None of any other.
    """

    window: Window
    values: Mapping[str, Value] = field(default_factory=dict)
    key: str = ""
    unpriced: int = 0
    samples: int | None = None
    is_known: bool = True
    billed: BilledReading | None = None


@dataclass(frozen=True, slots=True)
class BudgetReading:
    """What was used of a budget: in its calendar window, from `start` (UTC epoch ms) on, which is
    later than the window's own when the budget was reset in it."""

    window: BudgetWindow
    start: int
    figures: Figures
    billed: BilledReading | None = None

    @property
    def key(self) -> str:
        """Another one in each window, and after each reset."""
        is_whole = self.start == self.window.start
        return self.window.key if is_whole else f"{self.window.key}@{self.start}"


def read_budget(
    world: World, team: Scope, rule: AlertRule, now: int, reader: Reader | None = None
) -> BudgetReading:
    """What was used of a budget at an instant (UTC epoch ms). Raises EngineBusy."""
    window = window_at(rule.window, now)
    is_reset = window.start < rule.reset_at <= now
    start = rule.reset_at if is_reset else window.start
    if rule.source is DataSource.PROVIDER:
        billed = read_billed(world, team, rule, running_period(start, min(now, window.end)))
        return BudgetReading(window, start, billed.figures, billed)
    if counted := read_counted(world, team, rule, now):
        return BudgetReading(window, start, _figures_of(counted))
    reader = reader or Reader(Asker.of(world, team))
    whole = window.until(now)
    return BudgetReading(window, start, reader.read(rule, Window(start, max(start, whole.end))))


def _figures_of(counted: Usage) -> Figures:
    return Figures(counted.total, counted.groups, counted.unpriced)


def read_rule(
    world: World, team: Scope, rule: AlertRule, now: int, reader: Reader | None = None
) -> Reading:
    """What a rule is evaluated on at an instant (UTC epoch ms). Raises EngineBusy, TooMany."""
    window = Window(now - LENGTHS[rule.period] + 1, now)
    if rule.source is DataSource.PROVIDER and not rule.is_budget:
        return _read_settled(world, team, rule, now)
    if rule.metric is AlertMetricType.QUALITY_RATE:
        return _read_quality(world, team, rule, window)
    reader = reader or Reader(Asker.of(world, team))
    if rule.is_budget:
        return _read_lines(rule, read_budget(world, team, rule, now, reader), now)
    if rule.metric is AlertMetricType.MARGIN:
        # What is earned in a day stands at its start.
        window = Window(window.start - window.start % DAY, window.end)
    figures = reader.read(rule, window)
    if rule.type is AlertRuleType.RELATIVE_CHANGE:
        values = _hold_against(rule, figures, reader.read(rule, window_before(window)))
        return Reading(window, values, unpriced=figures.unpriced)
    if rule.type is AlertRuleType.ANOMALY:
        baseline = read_baseline(world, team, reader, rule, now)
        values = _judge_all(rule, figures, baseline)
        return Reading(window, values, unpriced=figures.unpriced, is_known=baseline.is_known)
    values = {name: _hold(rule, value) for name, value in values_of(rule, figures).items()}
    return Reading(window, values, unpriced=figures.unpriced)


def values_of(rule: AlertRule, figures: Figures) -> Mapping[str, Decimal | None]:
    """The values of a rule by group."""
    return {ALL: figures.total} if rule.group_by is None else figures.groups


def _hold(rule: AlertRule, value: Decimal | None) -> Value:
    is_met = value is not None and compare(rule.operator, value, rule.threshold)
    return Value(value, _MET if is_met else ())


def _read_quality(world: World, team: Scope, rule: AlertRule, window: Window) -> Reading:
    """Too few facts are no reason to fire."""
    quality = read_quality(world, team, rule.filters[0].values[0], window)
    value = _hold(rule, quality.rate)
    if quality.samples < rule.min_samples:
        value = Value(quality.rate)
    return Reading(window, {ALL: value}, samples=quality.samples)


def _read_lines(rule: AlertRule, budget: BudgetReading, now: int) -> Reading:
    values: dict[str, Value] = {}
    for name, value in values_of(rule, budget.figures).items():
        values[name] = Value(value, _lines_over(rule, value))
    window = Window(budget.start, max(budget.start, now))
    return Reading(
        window,
        values,
        key=budget.key,
        unpriced=budget.figures.unpriced,
        is_known=budget.billed is None or _is_decided(rule, budget.billed, values),
        billed=budget.billed,
    )


def _is_decided(rule: AlertRule, billed: BilledReading, values: Mapping[str, Value]) -> bool:
    """Whether a budget of bills can be told by what is known of them. What is missing makes it no
    less, so that lines which are passed without it are passed."""
    if rule.operator not in UPWARD:
        return False
    return billed.is_whole or any(value.lines for value in values.values())


def _read_settled(world: World, team: Scope, rule: AlertRule, now: int) -> Reading:
    """The last days of bills that are settled: nobody is told of a day that is changed again."""
    billed = read_billed(world, team, rule, settled_period(LENGTHS[rule.period] // DAY, now))
    values = {name: _hold(rule, value) for name, value in values_of(rule, billed.figures).items()}
    first, last = day_start(billed.period.first), day_start(billed.period.last)
    window = Window(first, last + DAY - 1)
    return Reading(window, values, is_known=billed.is_whole, billed=billed)


def _lines_over(rule: AlertRule, value: Decimal | None) -> Lines:
    """The amounts of the lines that the use of a budget is over."""
    if value is None:
        return ()
    amounts = [plain(rule.threshold * fraction) for fraction in rule.lines]
    return tuple(str(each) for each in amounts if compare(rule.operator, value, each))


def _hold_against(rule: AlertRule, now: Figures, before: Figures) -> Mapping[str, Value]:
    """Groups of either window; where values add up, a group that had no calls had 0."""
    current, former = values_of(rule, now), values_of(rule, before)
    nothing = Decimal(0) if MEASURES[rule.metric].adds else None
    values: dict[str, Value] = {}
    for name in dict.fromkeys((*current, *former)):
        value, previous = current.get(name, nothing), former.get(name, nothing)
        is_met = (
            value is not None
            and previous is not None
            and is_change(
                rule.operator, (value, previous), rule.threshold, in_percent=rule.is_percentage
            )
        )
        values[name] = Value(value, _MET if is_met else (), previous=previous)
    return values


def _judge_all(rule: AlertRule, figures: Figures, baseline: Baseline) -> Mapping[str, Value]:
    current = values_of(rule, figures)
    if not baseline.is_known:
        return {name: Value(value) for name, value in current.items()}
    nothing = Decimal(0) if MEASURES[rule.metric].adds else None
    values: dict[str, Value] = {}
    for name in dict.fromkeys((*current, *baseline.groups)):
        values[name] = _judge(rule, current.get(name, nothing), baseline.find(name))
    return values


def _judge(rule: AlertRule, value: Decimal | None, usual: tuple[Usual, Usual] | None) -> Value:
    """Whether a value is further from usual than it may be. The threshold is what it must be, or
    what must be usual of it, to matter at all."""
    if value is None or usual is None:
        return Value(value)
    cut = CUTS[rule.sensitivity]
    if rule.operator in UPWARD:
        expected = max(each.middle for each in usual)
        is_odd = value > max(each.most(cut) for each in usual) and value >= rule.threshold
    else:
        expected = min(each.middle for each in usual)
        is_odd = value < min(each.least(cut) for each in usual) and expected >= rule.threshold
    return Value(value, _MET if is_odd else (), expected=expected)
