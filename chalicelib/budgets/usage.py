"""Usage: what a metric is under a rule in a window, in all and by group.

The lake is asked by all dimensions that the rule looks at; its filters are held against the names
that come back, so that rollups answer whatever the operator is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from chalicelib.budgets.measures import MEASURES, Measure, Sums
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import CallNames, Selection, list_dimensions, resolve_filters
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import SECOND
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.dimensions import Dimension
from chalicelib.reports.asking import Asker
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Question
from chalicelib.reports.rows import Rows
from chalicelib.reports.service import ask_rows, find_renames

_ANSWERS, _MOST_ROWS = 16, 20_000
"""Answers of the lake that are kept for the rules that ask the same next, and the rows of one."""


class Rule(Selection, Protocol):
    """What is measured: a metric of the calls of a selection."""

    @property
    def metric(self) -> str:
        """A key of MEASURES."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A metric in a window, in its unit: by group, where the rule has groups (calls without a value
    in the dimension are in none), and in all; None where it has no value, as a ratio without a
    divisor has not. `unpriced`: calls that are missing in it because their cost is not known."""

    total: Decimal | None
    groups: Mapping[str, Decimal | None]
    unpriced: int


@dataclass(slots=True)
class _Tally:
    """The terms of all calls that pass, and those of each group."""

    total: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    groups: dict[str, dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )

    def figures(self, measure: Measure, span_ms: int) -> Figures:
        """The metric that the terms make."""
        groups = {name: measure.value(sums, span_ms) for name, sums in self.groups.items()}
        total = measure.value(self.total, span_ms)
        return Figures(total, groups, measure.count_unpriced(self.total))


_Asked = tuple[tuple[Dimension, ...], Measure, Window, Interval | None]


class Reader:
    """Reads the metrics of many rules: those that ask the same of the lake ask it once."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._answers: dict[tuple[object, ...], Rows] = {}

    @property
    def is_late(self) -> bool:
        """Whether the time is half over that whoever asks waits for."""
        world = self._asker.world
        return self._asker.deadline - world.now() < world.settings.query_timeout_s * SECOND / 2

    def read(self, rule: Rule, window: Window) -> Figures:
        """A metric in a window. Raises EngineBusy."""
        measure = MEASURES[rule.metric]
        tallies = self._tally(rule, (list_dimensions(rule), measure, window, None))
        tally = tallies.get(0) or _Tally()
        return tally.figures(measure, window.end - window.start + 1)

    def read_hours(self, rule: Rule, window: Window) -> Mapping[int, Figures]:
        """A metric in the hours of a window that have calls, by their start (UTC epoch ms). Raises
        EngineBusy."""
        measure = MEASURES[rule.metric]
        asked = (list_dimensions(rule), measure, window, Interval.HOUR)
        width = (Interval.HOUR.minutes or 0) * 60_000
        tallies = self._tally(rule, asked)
        return {start: tally.figures(measure, width) for start, tally in tallies.items()}

    def _tally(self, rule: Rule, asked: _Asked) -> Mapping[int, _Tally]:
        """The sums of the calls that pass the filters, by the start of their bucket."""
        by, measure, *_ = asked
        world, team = self._asker.world, self._asker.team
        renames = find_renames(world, team, [each.column for each in by])
        filters: Sequence[RuleFilter] = resolve_filters(world, team, rule.filters, renames)
        tallies: dict[int, _Tally] = defaultdict(_Tally)
        for group in self._ask(asked):
            names = CallNames.of_group(by, group.names)
            if not names.pass_filters(filters):
                continue
            sums = {term.name: integer(group.terms.get(term.name)) or 0 for term in measure.terms}
            tally = tallies[group.bucket]
            _add(tally.total, sums)
            if rule.group_by and (name := names.first(rule.group_by)):
                _add(tally.groups[name], sums)
        return tallies

    def _ask(self, asked: _Asked) -> Rows:
        by, measure, window, interval = asked
        key = (by, measure.terms, measure.kinds, window, interval)
        if key in self._answers:
            return self._answers[key]
        rows = ask_rows(self._asker, window, self._question(asked))
        if len(rows.names) <= _MOST_ROWS:
            if len(self._answers) >= _ANSWERS:
                self._answers.clear()
            self._answers[key] = rows
        return rows

    def _question(self, asked: _Asked) -> Question:
        by, measure, _, interval = asked
        world, team = self._asker.world, self._asker.team
        billed = find_billed_assistants(world.documents, team) if measure.is_money else None
        return Question(
            by=by,
            terms=measure.terms,
            interval=interval,
            filters={"kind": measure.kinds} if measure.kinds else {},
            assistants=billed,
            renames=find_renames(world, team, [each.column for each in by]),
        )


def _add(sums: dict[str, int], more: Sums) -> None:
    for name, number in more.items():
        sums[name] += number
