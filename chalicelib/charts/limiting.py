"""Limiting: what calls use of budgets, bucket by bucket, and how near that came to their limits.

The budgets are those that are switched on, by their rules and limits of today. A call counts under
every budget that it passes, so that what several have used is no sum over calls; how full several
are is told by the fullest.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.budgets.amounts import UNPRICED_BASE, fraction, scale
from chalicelib.budgets.base_questions import Counted
from chalicelib.budgets.compiling import list_rules
from chalicelib.budgets.history import History
from chalicelib.budgets.records import CostControl
from chalicelib.budgets.vocabulary import CostControlMetricType, CostControlWindowType
from chalicelib.budgets.windows import window_at
from chalicelib.charts.frames import Frame
from chalicelib.charts.metrics import BUDGET_CALLS, BUDGET_SHARE, BUDGET_USED, ChartMetric
from chalicelib.charts.spans import interval_of
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Calculation, ChartDimension, ChartTimeGrain
from chalicelib.kit.windows import Interval, Window
from chalicelib.ports.counters import BASE
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import Coverage

_BILLION = 10**9


def tally_budgets(
    asker: Asker, frame: Frame, metric: ChartMetric, calculation: Calculation
) -> Tally:
    """The budgets of a frame; USD are told of those that count them. Raises EngineBusy."""
    told = _BudgetTally(History(asker), frame, Tally(metric.terms(calculation)))
    told.tally.coverage = Coverage(0, 0)
    for rule in list_rules(asker.world, asker.team):
        group = frame.group({ChartDimension.BUDGET: rule.name})
        if group is None:
            continue
        if metric.over is BUDGET_SHARE:
            told.add_share(rule, group)
        elif rule.metric is CostControlMetricType.TOTAL_COST:
            told.add_use(rule, group)
    return told.tally


@dataclass(frozen=True, slots=True)
class _BudgetTally:
    """Adds budgets to a tally."""

    history: History
    frame: Frame
    tally: Tally

    def add_use(self, rule: CostControl, group: str) -> None:
        """What was used of a budget in each bucket."""
        frame, nothing = self.frame, {BUDGET_USED.name: 0, **_tell_calls(0, 0)}
        self.tally.add(group, frame.bucket(frame.window.start), nothing)
        interval = interval_of(frame.grain)
        for each in self._read(rule, frame.window, interval):
            known = _tell_calls(each.calls, _count_known(rule, each))
            sums = {BUDGET_USED.name: each.amounts[BASE], **known}
            self.tally.add(group, frame.bucket(each.bucket), sums)

    def add_share(self, rule: CostControl, group: str) -> None:
        """The largest part of its limit that was used in any of its windows by the end of each
        bucket, also of what was used in that window before the chart begins. Of a budget that has
        groups it is that of the fullest one."""
        frame = self.frame
        window = Window(window_at(rule.window, frame.window.start).start, frame.window.end)
        interval = Interval.DAY
        if rule.window is CostControlWindowType.HOURLY or frame.grain is ChartTimeGrain.HOUR:
            interval = Interval.HOUR
        counted = self._read(rule, window, interval)
        for use in _accumulate(rule, window, interval, counted):
            if use.end < frame.window.start:
                continue
            share = fraction(scale(rule.metric, use.most), rule.threshold)
            bucket = frame.bucket(max(use.start, frame.window.start))
            known = _tell_calls(use.calls, use.known)
            self.tally.add(group, bucket, {BUDGET_SHARE.name: int(share * _BILLION), **known})

    def _read(self, rule: CostControl, window: Window, interval: Interval) -> list[Counted]:
        counted = list(self.history.read(rule, window, interval))
        unpriced, total = self.tally.coverage or Coverage(0, 0)
        for each in counted:
            if UNPRICED_BASE not in each.amounts:
                continue
            total += each.calls
            unpriced += each.calls - _count_known(rule, each)
        self.tally.coverage = Coverage(unpriced, total)
        return counted


def _count_known(rule: CostControl, counted: Counted) -> int:
    """Of how many calls is known what they count for: with a cost a token, of all."""
    unknown = 0 if rule.nano_per_token else counted.amounts.get(UNPRICED_BASE, 0)
    return counted.calls - unknown


def _tell_calls(calls: int, known: int) -> Mapping[str, int]:
    return {BUDGET_CALLS.rows.name: calls, BUDGET_CALLS.known.name: known}


class _Use(NamedTuple):
    """By the end of a bucket (UTC epoch ms): what the group that used most has used of the budget's
    own window, and how many calls counted in that, for something and at all."""

    start: int
    end: int
    most: int
    calls: int
    known: int


def _accumulate(
    rule: CostControl, window: Window, interval: Interval, counted: list[Counted]
) -> Iterator[_Use]:
    """Each bucket; what is used only grows until the budget's own window is over."""
    by_bucket: dict[int, list[Counted]] = defaultdict(list)
    for each in counted:
        by_bucket[each.bucket].append(each)
    used: dict[str, int] = {}
    key, most, calls, known = "", 0, 0, 0
    for bucket in window.buckets(interval):
        now = window_at(rule.window, bucket.start).key
        if now != key:
            key, most, calls, known, used = now, 0, 0, 0, {}
        for each in by_bucket[bucket.start]:
            used[each.group] = used.get(each.group, 0) + each.amounts[BASE]
            most = max(most, used[each.group])
            calls += each.calls
            known += _count_known(rule, each)
        yield _Use(bucket.start, bucket.end, most, calls, known)
