"""Percentiles: what so many of a hundred calls do not exceed, by group and bucket.

A percentile of two groups together is not made of their two, nor that of a week of those of its
days. So the engine is asked by the very groups and buckets that a chart shows: first for all groups
over the whole range, which says who is named, and then for these, and for all others as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.budgets.selecting import list_dimensions, resolve_filters
from chalicelib.charts.frames import OTHER, Frame
from chalicelib.charts.labelling import Labelling
from chalicelib.charts.metrics import SHARES, ChartMetric, Sums
from chalicelib.charts.vocabulary import Calculation
from chalicelib.kit.clock import millis
from chalicelib.lake.sql import Sql, select_from
from chalicelib.ports.engine import Value
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS, count_events
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Question
from chalicelib.reports.service import Coverage, find_renames
from chalicelib.reports.statements import ask_events

_GROUPS, _BUCKETS = "group by label", "group by label, bucket"
_GROUPS_AND_ALL = "group by grouping sets ((label), ())"
_ALL = None
"""The label of all calls together."""


@dataclass(frozen=True)
class Percentiles:
    """A percentile of the calls of a frame: of one group, of those together that are not named, and
    of all. See Tally, which answers the same of what adds up.

    `folds`: the names to show by the spellings, in lower case, of providers that have several.
    """

    asker: Asker
    frame: Frame
    metric: ChartMetric
    calculation: Calculation
    folds: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """What each group is shown as."""
    wholes: Mapping[str | None, int | None] = field(default_factory=dict)
    """Of the whole range, by label."""
    cells: Mapping[tuple[str, int], int | None] = field(default_factory=dict)
    """By label and the start of the bucket (UTC epoch ms)."""
    coverage: Coverage | None = None
    """No money is asked about."""

    def read(self) -> "Percentiles":
        """With the groups, and those of the whole range. Raises EngineBusy."""
        grouped = _GROUPS_AND_ALL if self.frame.group_by else _GROUPS
        wholes = {_text(label): integer(value) for label, value in self._ask("label", grouped)}
        labels = {label: label for label in wholes if label is not None}
        return replace(self, labels=labels, wholes=wholes)

    def fold(self, renames: Mapping[str, str]) -> "Percentiles":
        """The spellings of one provider as one group. Raises EngineBusy."""
        return replace(self, folds=renames).read() if renames else self

    def settle(self, named: Sequence[str], rest: Sequence[str]) -> "Percentiles":
        """With those of the groups that are named, and of all others together. Raises
        EngineBusy."""
        others = set(rest)
        shown = replace(
            self, labels={each: OTHER if each in others else each for each in self.groups()}
        )
        if self.frame.is_cut:
            return replace(shown, cells=shown._read_cells(named))
        if not others.intersection(self.groups()):
            return shown
        rows = shown._ask("label", _GROUPS, named)
        return replace(
            shown, wholes={**self.wholes, **{_text(label): integer(each) for label, each in rows}}
        )

    def _read_cells(self, named: Sequence[str]) -> Mapping[tuple[str, int], int | None]:
        cells: dict[tuple[str, int], int | None] = {}
        for label, bucket, value in self._ask("label, bucket", _BUCKETS, named):
            if isinstance(bucket, datetime):
                cells[str(label), millis(bucket)] = integer(value)
        return cells

    def groups(self) -> list[str]:
        """The groups that have calls."""
        return list(self.labels)

    def whole(self, groups: Sequence[str], buckets: Sequence[int] | None = None) -> Sums:
        """The percentile of some groups together, in one bucket or in all; none where they have no
        such calls."""
        known = self.labels.keys() & set(groups)
        if buckets is None and len(known) == len(self.labels) and self.frame.group_by:
            return self._tell(self.wholes.get(_ALL))
        labels = {self.labels[each] for each in known}
        if len(labels) != 1:
            return {}
        (label,) = labels
        if buckets is None:
            return self._tell(self.wholes.get(label))
        (bucket,) = buckets
        return self._tell(self.cells.get((label, bucket)))

    def _tell(self, value: int | None) -> Sums:
        return {} if value is None else {self.calculation: value}

    def _ask(
        self, shown: str, grouped: str, named: Sequence[str] | None = None
    ) -> Sequence[tuple[Value, ...]]:
        """What the engine tells by label, and bucket. `named`: the groups with labels of their own,
        None: all. Raises EngineBusy."""
        world, team, selected = self.asker.world, self.asker.team, self.frame.selected
        by = list_dimensions(selected)
        columns = [each.column for each in by]
        renames = find_renames(world, team, columns)
        labelling = Labelling(
            columns=columns,
            renames=renames,
            filters=resolve_filters(world, team, selected.filters, renames),
            group_by=selected.group_by,
            folds=self.folds,
            named=named,
        )
        column, share = self.metric.column, SHARES[self.calculation]

        def wrap(events: Sql) -> Sql:
            rows = labelling.select(events, column, self.frame.grain)
            told = (shown, f"approx_percentile(value, {share}) as value")
            return select_from(told, rows) + Sql(f" {grouped}")

        question = Question(by=by, terms=(count_events(CALLS),), renames=renames)
        asked = ["requested_at", column, *columns]
        found = ask_events(self.asker, [self.frame.window], question, asked, wrap)
        return found.rows if found else []


def _text(value: Value) -> str | None:
    return None if value is None else str(value)
