"""Tallying: the sums that a chart shows, by group and bucket, and those of calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.budgets.selecting import CallNames, list_dimensions, resolve_filters
from chalicelib.charts.frames import UNCLASSIFIED, Frame
from chalicelib.charts.metrics import ChartMetric
from chalicelib.charts.spans import interval_of
from chalicelib.charts.vocabulary import Calculation
from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import LEAST, MOST, Term
from chalicelib.reports.metrics import integer
from chalicelib.reports.planner import Question
from chalicelib.reports.service import Coverage, ask_rows, find_renames

Sums = dict[str, int]


@dataclass(slots=True)
class Tally:
    """The terms of calls, by group and the start of their bucket (UTC epoch ms; 0: of the whole
    window). `coverage`: of how many the cost is not known; None where money is not asked about."""

    terms: Sequence[Term]
    cells: dict[str, dict[int, Sums]] = field(default_factory=dict)
    coverage: Coverage | None = None

    def fold(self, renames: Mapping[str, str]) -> "Tally":
        """The same by the names to show. `renames`: these by the spellings, in lower case."""
        return self.merge(lambda group, bucket: (renames.get(group.lower(), group), bucket))

    def settle(self, _named: Sequence[str], _rest: Sequence[str]) -> "Tally":
        """What it tells of the groups that are named, and of all others together: it adds up
        whatever they are."""
        return self

    def add(self, group: str, bucket: int, sums: Mapping[str, int | None]) -> None:
        """Add the terms of some calls."""
        cell = self.cells.setdefault(group, {}).setdefault(bucket, {})
        for term in self.terms:
            value = sums[term.name]
            if value is None:
                continue
            known = cell.get(term.name)
            if known is None:
                cell[term.name] = value
            else:
                cell[term.name] = _join(term, known, value)

    def groups(self) -> list[str]:
        """The groups that have calls."""
        return list(self.cells)

    def whole(self, groups: Sequence[str], buckets: Sequence[int] | None = None) -> Sums:
        """The terms of some groups together, in some buckets or in all."""
        total = Tally(self.terms)
        for group in groups:
            by_bucket = self.cells.get(group, {})
            for bucket in by_bucket if buckets is None else buckets:
                if sums := by_bucket.get(bucket):
                    total.add("", 0, {term.name: sums.get(term.name) for term in self.terms})
        return total.cells.get("", {}).get(0, {})

    def merge(self, place: Callable[[str, int], tuple[str, int]]) -> "Tally":
        """The same in wider groups and buckets: `place` says in which ones a group and a bucket
        stand."""
        merged = Tally(self.terms, coverage=self.coverage)
        for group, by_bucket in self.cells.items():
            for bucket, sums in by_bucket.items():
                told = {term.name: sums.get(term.name) for term in self.terms}
                merged.add(*place(group, bucket), told)
        return merged


def _join(term: Term, one: int, other: int) -> int:
    if term.combine == LEAST:
        return min(one, other)
    return max(one, other) if term.combine == MOST else one + other


def read_tally(asker: Asker, frame: Frame, metric: ChartMetric, calculation: Calculation) -> Tally:
    """What the lake tells of the calls of a frame, of what was earned or of what was billed. Raises
    EngineBusy."""
    world, team, cost = asker.world, asker.team, metric.cost
    selected, terms = frame.selected, metric.terms(calculation)
    by = list_dimensions(selected)
    renames = find_renames(world, team, [each.column for each in by])
    filters = resolve_filters(world, team, selected.filters, renames)
    asked = [*terms, cost.rows, cost.known] if cost else [*terms]
    question = Question(
        by=by,
        terms=tuple(dict.fromkeys(asked)),
        interval=interval_of(frame.grain) if frame.is_cut else None,
        assistants=find_billed_assistants(world.documents, team) if cost else None,
        renames=renames,
    )
    tally = Tally(terms, coverage=Coverage(0, 0) if cost else None)
    for row in ask_rows(asker, frame.window, question):
        names = CallNames.of_group(by, row.names)
        if not names.pass_filters(filters):
            continue
        group = (names.first(selected.group_by) or UNCLASSIFIED) if selected.group_by else ""
        sums = {term.name: integer(row.terms.get(term.name)) for term in question.terms}
        # Days are put together to weeks.
        tally.add(group, frame.bucket(row.bucket), sums)
        if cost and tally.coverage:
            calls, priced = sums[cost.rows.name] or 0, sums[cost.known.name] or 0
            unpriced, total = tally.coverage
            tally.coverage = Coverage(unpriced + calls - priced, total + calls)
    return tally
