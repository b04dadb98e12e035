"""Answers reports: what is asked of the lake, and what stands around the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic import BaseModel

from chalicelib.directory.renames import REPORTED, read_renames
from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Window
from chalicelib.ports.engine import Statement
from chalicelib.ports.world import World
from chalicelib.reports import presenter, shapes
from chalicelib.reports.asking import Asker, Known
from chalicelib.reports.assistants import counted
from chalicelib.reports.builder import build
from chalicelib.reports.catalogue import Report, Shape
from chalicelib.reports.facts import CALLS, Kept, Term, added, coverage
from chalicelib.reports.measures import Measure
from chalicelib.reports.parameters import WindowQuery
from chalicelib.reports.planner import Question, plan
from chalicelib.reports.presenter import Frame, Json
from chalicelib.reports.rows import NOTHING, Rows

PATH = "/api/v2/analytics/"
_TOLD = frozenset(("startDate", "endDate", "page", "size"))
_PRESENTERS: Mapping[Shape, Callable[[Frame, Rows], Json]] = {
    Shape.SERIES: presenter.series,
    Shape.TOTAL: presenter.total,
    Shape.OPTIONS: presenter.options,
    Shape.PAIRS: presenter.pairs,
    Shape.MOVERS: shapes.movers,
    Shape.AGENT_TOOLS: shapes.agent_tools,
    Shape.ICEBERG: shapes.iceberg,
    Shape.TRACES: shapes.traces,
}
_COST = added(CALLS, "cost_nano")


class Coverage(NamedTuple):
    """How many have no known price, and of how many."""

    unpriced: int
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a report, and the coverage of its money by what was counted; empty when there is
    no money in it."""

    body: dict[str, Any]
    coverage: Mapping[str, Coverage]

    @property
    def calls(self) -> int:
        """The calls in the window, of models and tools."""
        return self.coverage["Calls"].total

    @property
    def unpriced(self) -> int:
        """Those of them without a known cost."""
        return self.coverage["Calls"].unpriced


def answer(world: World, team: str, report: Report, query: WindowQuery) -> Answer:
    """Answer a report for one team. Raises Invalid, EngineBusy."""
    report = report.chosen(getattr(query, report.choice.parameter) if report.choice else None)
    now = world.now()
    window = query.window(now)
    interval = window.interval(world.settings.hourly_span_hours, world.settings.daily_span_days)
    asked: Measure = getattr(query, "metric_type", None) or report.asked or Measure.SUM
    question = Question(
        by=report.by,
        terms=_terms(report, asked),
        interval=interval if report.shape is Shape.SERIES else None,
        filters=_filters(report, query),
        assistants=counted(world.documents, team) if report.is_money else None,
        kept=_kept(report),
        renames=_renames(world, team, report, query),
    )
    asker = Asker.of(world, team)
    found = _found(asker, window, question)
    path = PATH + report.slug
    frame = Frame(report, window, interval, asked, query, path, repeated(query, window), now)
    if report.shape is Shape.MOVERS:
        frame = replace(frame, before=_found(asker, _before(window), question))
    return Answer(_PRESENTERS[report.shape](frame, found), _coverage(report, question, found))


def _found(asker: Asker, window: Window, question: Question) -> Rows:
    def planned(known: Known) -> Statement | None:
        segments = [
            part
            for fact in question.facts
            for part in plan(window, question, fact, known.get(fact.table.name, {}))
        ]
        return build(asker.team, question, segments) if segments else None

    tables = [fact.table.name for fact in question.facts if fact.versioned]
    result = asker.ask(tables, window.days(), planned)
    return Rows(result, len(question.by)) if result else NOTHING


def _before(window: Window) -> Window:
    """The window of equal length that ends where this one begins."""
    return Window(window.start - (window.end - window.start) - 1, window.start - 1)


def _terms(report: Report, asked: Measure) -> tuple[Term, ...]:
    """What must be asked of the lake: the figures, the texts beside them, and how much of the money
    is known."""
    terms = [
        term
        for metric in report.metrics
        for term in (*metric.formula.terms(asked), *metric.attributes.values())
    ]
    if report.is_money:
        terms += [term for fact in Question((), tuple(terms)).facts for term in coverage(fact)]
    return tuple(dict.fromkeys(terms))


def _kept(report: Report) -> Kept | None:
    """The costliest groups, where there may be too many to name."""
    if report.kept or len(report.by) != 1:
        return report.kept
    (dimension,) = report.by
    crowded = dimension.crowded and dimension.crowded // len(report.metrics)
    most = dimension.named or (crowded if report.shape is Shape.SERIES else None)
    return Kept(_COST, most, dimension.others) if most else None


def _coverage(report: Report, question: Question, found: Rows) -> Mapping[str, Coverage]:
    sums: dict[str, Coverage] = {}
    for fact in question.facts if report.is_money else ():
        rows, priced, *tokens = (sum(found.amounts(term)) for term in coverage(fact))
        told = {fact.noun: Coverage(rows - priced, rows)} | (
            {"Tokens": Coverage(tokens[1], tokens[0])} if tokens else {}
        )
        for noun, (unpriced, total) in told.items():
            known = sums.get(noun, Coverage(0, 0))
            sums[noun] = Coverage(known.unpriced + unpriced, known.total + total)
    return sums


def _renames(
    world: World, team: str, report: Report, query: WindowQuery
) -> Mapping[str, Mapping[str, str]]:
    """The renames of every column that the report shows or is narrowed by."""
    columns = {each.column for each in report.by} | _filters(report, query).keys()
    found = {
        column: read_renames(world, team, kind)
        for column, kind in REPORTED.items()
        if column in columns
    }
    return {column: names for column, names in found.items() if names}


def _filters(report: Report, query: WindowQuery) -> dict[str, Sequence[str]]:
    """The values to keep by column; a parameter that is absent keeps all."""
    given = {each.column: getattr(query, each.parameter) for each in report.filters}
    return {column: values for column, values in given.items() if values}


def repeated(query: BaseModel, window: Window) -> list[tuple[str, str]]:
    """The parameters for the links of an answer. They name the window, so that its pages stay those
    of one report."""
    pairs = [("startDate", iso(window.start)), ("endDate", iso(window.end))]
    for name, value in query.model_dump(by_alias=True, exclude_unset=True).items():
        if name in _TOLD:
            continue
        pairs += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
    return pairs
