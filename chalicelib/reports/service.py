"""Answers reports: what is asked of the lake, and what stands around the answer."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from pydantic import BaseModel

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.directory.registry import registry
from chalicelib.directory.renames import REPORTED, read_renames
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.dimensions import ASSISTANT, PROVIDER
from chalicelib.lake.teams import read_assistants
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.labels import vendor_key
from chalicelib.reports import facts, presenter, shapes
from chalicelib.reports.asking import Asker
from chalicelib.reports.declarations import AnswerShape, Report
from chalicelib.reports.facts import CALLS, FactTable, Term, TopGroups, coverage, sum_of
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import Margin
from chalicelib.reports.parameters import WindowQuery
from chalicelib.reports.planner import Question
from chalicelib.reports.presenter import Frame, Json
from chalicelib.reports.rows import NOTHING, Rows
from chalicelib.reports.statements import ask_grouped

PATH = "/api/v2/analytics/"
_TOLD = frozenset(("startDate", "endDate", "page", "size"))
"""Parameters that links tell by themselves."""
_PRESENTERS: Mapping[AnswerShape, Callable[[Frame, Rows], Json]] = {
    AnswerShape.SERIES: presenter.series,
    AnswerShape.TOTAL: presenter.total,
    AnswerShape.OPTIONS: presenter.options,
    AnswerShape.PAIRS: presenter.pairs,
    AnswerShape.MOVERS: shapes.movers,
    AnswerShape.AGENT_TOOLS: shapes.agent_tools,
    AnswerShape.ICEBERG: shapes.iceberg,
    AnswerShape.TRACES: shapes.traces,
}
_COST = sum_of(CALLS, "cost_nano")


class Coverage(NamedTuple):
    """How many calls, tokens or charges have no known price, and of how many."""

    unpriced: int
    total: int


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a report is asked: by which measure, in which window, cut into buckets (None: as one
    total), and narrowed to which values by column."""

    report: Report
    asked: Measure
    window: Window
    interval: Interval | None
    filters: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What the lake answered to an inquiry, and what is told beside it: see Answer."""

    question: Question
    rows: Rows
    coverage: Mapping[str, "Coverage"]
    incomplete: Sequence[str]
    left_out: Mapping[str, int]
    before: Rows = NOTHING
    """The same of the window of equal length before, for reports that compare."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a report, and the coverage of its money by what was counted; empty when there is
    no money in it. `incomplete` are the days (YYYY-MM-DD) of which the lake misses something, or no
    longer holds what is asked. `unassigned`, of a margin: how many calls stand in no group, and of
    how many. `left_out` are the calls, by coding assistant, that a flat plan covers: they are in
    no figure of money."""

    body: Any
    coverage: Mapping[str, Coverage]
    incomplete: Sequence[str] = ()
    unassigned: Coverage | None = None
    unassigned_money: presenter.Unassigned = presenter.ALL_ASSIGNED
    """What they cost, and what was earned that stands in no group."""
    left_out: Mapping[str, int] = field(default_factory=dict)


def answer(world: World, team: Scope, report: Report, query: WindowQuery) -> Answer:
    """Answer a report for one team. Raises Invalid, EngineBusy."""
    if report.choice:
        report = report.choose(getattr(query, report.choice.parameter))
    now = world.now()
    window = query.window(now)
    asked: Measure = getattr(query, "metric_type", None) or report.asked or Measure.SUM
    frame = Frame(
        report=report,
        window=window,
        interval=window.interval(world.settings.hourly_span_hours, world.settings.daily_span_days),
        asked=asked,
        query=query,
        path=PATH + report.slug,
        parameters=link_parameters(query, window),
        now=now,
    )
    inquiry = Inquiry(
        report=report,
        asked=asked,
        window=window,
        interval=frame.interval if report.shape is AnswerShape.SERIES else None,
        filters=_filters(report, query),
    )
    found = inquire(Asker.of(world, team), inquiry)
    frame = replace(frame, before=found.before)
    return Answer(
        body=_PRESENTERS[report.shape](frame, found.rows),
        coverage=found.coverage,
        incomplete=found.incomplete,
        unassigned=_count_unassigned(report, found.question, found.rows),
        unassigned_money=presenter.find_unassigned(report, found.rows),
        left_out=found.left_out,
    )


def inquire(asker: Asker, inquiry: Inquiry) -> Findings:
    """What the lake knows of a report. Raises EngineBusy."""
    report, window = inquiry.report, inquiry.window
    question, rows = _ask_folded(asker, window, _question(asker.world, asker.team, inquiry))
    told, before = [rows], NOTHING
    if report.shape is AnswerShape.MOVERS:
        before = ask_rows(asker, window_before(window), question)
        told.append(before)
    left_out = count_left_out(asker, window, question)
    return Findings(
        question=question,
        rows=rows,
        coverage=_coverage(report, question, told),
        incomplete=sorted(asker.incomplete),
        left_out=left_out,
        before=before,
    )


def _question(world: World, team: Scope, inquiry: Inquiry) -> Question:
    report, filters = inquiry.report, inquiry.filters
    return Question(
        by=report.by,
        terms=_terms(report, inquiry.asked),
        interval=inquiry.interval,
        filters=filters,
        assistants=find_billed_assistants(world.documents, team) if report.is_money else None,
        top=_top_groups(report),
        renames=find_renames(world, team, {*filters, *(each.column for each in report.by)}),
    )


def _ask_folded(asker: Asker, window: Window, question: Question) -> tuple[Question, Rows]:
    """What the lake answers, the spellings of one provider in one row, and the question that this
    answers. Rows hold what clients wrote, so that the spellings are known when it was asked
    once."""
    rows = ask_rows(asker, window, question)
    columns = [dimension.column for dimension in question.by]
    if columns != [PROVIDER.column] or facts.MINUTES in question.terms:
        return question, rows
    renames = fold_spellings(rows.names)
    if not renames:
        return question, rows
    folded = replace(question, renames={**question.renames, PROVIDER.column: renames})
    return folded, ask_rows(asker, window, folded)


def count_left_out(asker: Asker, window: Window, question: Question) -> Mapping[str, int]:
    """The calls that the question leaves out because a flat plan covers them, by assistant. Asked
    only where assistants have called at all."""
    world, team = asker.world, asker.team
    if question.assistants is None or facts.CALLS not in question.facts:
        return {}

    def look_up() -> Sequence[str]:
        return read_assistants(world.documents, team)

    seen = registry(world).remember((team, "ASSISTANTS"), look_up, for_ms=MINUTE)
    left_out = set(seen) - set(question.assistants)
    if not left_out:
        return {}
    calls = facts.count_rows(facts.CALLS)
    plain = Question(
        (ASSISTANT,),
        (calls,),
        filters=question.filters,
        renames=question.renames,
        conditions=question.conditions,
    )
    rows = ask_rows(asker, window, plain)
    counts = zip(rows.names, rows.amounts(calls), strict=True)
    return {name: number for name, number in sorted(counts) if name in left_out}


def fold_spellings(names: Iterable[str]) -> dict[str, str]:
    """The name to show by the spellings, in lower case, of providers that have several: letter
    case, separators, aliases and the name of an API behind it make no other provider."""
    spellings: dict[str, set[str]] = {}
    for name in names:
        spellings.setdefault(vendor_key(name), set()).add(name)
    renames: dict[str, str] = {}
    for vendor, alike in spellings.items():
        if vendor and len(alike) > 1:
            shown = min(alike, key=lambda name: (len(name), name)).upper()
            renames.update((name.lower(), shown) for name in alike)
    return renames


def ask_rows(asker: Asker, window: Window, question: Question) -> Rows:
    """What the lake answers to a question about a window."""
    result = ask_grouped(asker, window, question)
    return Rows(result, len(question.by)) if result else NOTHING


def window_before(window: Window) -> Window:
    """The window of equal length that ends where this one begins."""
    return Window(window.start - (window.end - window.start) - 1, window.start - 1)


def _terms(report: Report, asked: Measure) -> tuple[Term, ...]:
    """What must be asked of the lake: the figures, the texts beside them, and how much of the money
    is known."""
    terms: dict[Term, None] = {}
    for metric in report.metrics:
        terms.update(dict.fromkeys(metric.formula.terms(asked)))
        terms.update(dict.fromkeys(metric.attributes.values()))
    if report.is_money:
        for fact in Question((), tuple(terms)).facts:
            terms.update(dict.fromkeys(coverage(fact)))
    return tuple(terms)


def _top_groups(report: Report) -> TopGroups | None:
    """The costliest groups, where there may be too many to name."""
    if report.top or len(report.by) != 1:
        return report.top
    (dimension,) = report.by
    most = dimension.named
    if most is None and dimension.crowded and report.shape is AnswerShape.SERIES:
        most = dimension.crowded // len(report.metrics)
    return TopGroups(_COST, most, dimension.others) if most else None


def _count_unassigned(report: Report, question: Question, rows: Rows) -> Coverage | None:
    """How many calls of a report about margins name nothing that revenue could stand beside."""
    if not any(isinstance(metric.formula, Margin) for metric in report.metrics):
        return None
    (dimension,) = report.by
    unassigned = total = 0
    for fact in question.facts:
        if fact is facts.CHARGES:
            continue
        for name, number in zip(rows.names, rows.amounts(facts.count_rows(fact)), strict=True):
            total += number
            unassigned += number if name == dimension.absent else 0
    return Coverage(unassigned, total)


def _coverage(report: Report, question: Question, told: Sequence[Rows]) -> Mapping[str, Coverage]:
    """The coverage of a report about money by what was counted, in all rows that it was made from;
    of any other it is empty."""
    sums: dict[str, Coverage] = {}
    if not report.is_money:
        return sums
    for fact in question.facts:
        for rows in told:
            for noun, more in coverage_of(fact, rows).items():
                known = sums.get(noun, Coverage(0, 0))
                sums[noun] = Coverage(known.unpriced + more.unpriced, known.total + more.total)
    return sums


def coverage_of(fact: FactTable, rows: Rows) -> Mapping[str, Coverage]:
    """How much of the money of a fact is known, by what was counted: rows that the terms
    `facts.coverage` were asked for."""
    count, priced, *tokens = (sum(rows.amounts(term)) for term in coverage(fact))
    told = {fact.noun: Coverage(count - priced, count)}
    if tokens:
        total, unpriced = tokens
        told["Tokens"] = Coverage(unpriced, total)
    return told


def find_renames(
    world: World, team: Scope, columns: Collection[str]
) -> Mapping[str, Mapping[str, str]]:
    """The renames of every column that the report shows or is narrowed by."""
    renames: dict[str, Mapping[str, str]] = {}
    for column, kind in REPORTED.items():
        if column in columns and (names := read_renames(world, team, kind)):
            renames[column] = names
    return renames


def _filters(report: Report, query: WindowQuery) -> dict[str, Sequence[str]]:
    """The values to keep by column; a parameter that is absent keeps all."""
    filters: dict[str, Sequence[str]] = {}
    for each in report.filters:
        if values := getattr(query, each.parameter):
            filters[each.column] = values
    return filters


def link_parameters(query: BaseModel, window: Window) -> list[tuple[str, str]]:
    """The parameters for the links of an answer. They name the window, so that its pages stay those
    of one report."""
    pairs = [("startDate", iso(window.start)), ("endDate", iso(window.end))]
    for name, value in query.model_dump(by_alias=True, exclude_unset=True).items():
        if name in _TOLD:
            continue
        values = value if isinstance(value, list) else [value]
        pairs += [(name, str(each)) for each in values]
    return pairs
