"""Answers reports: reads the state of the days, plans, asks, and makes sure that the lake held still meanwhile."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Window
from chalicelib.lake.days import DayState, states
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import EngineBusy, Statement
from chalicelib.ports.world import World
from chalicelib.reports.assistants import counted
from chalicelib.reports.builder import build
from chalicelib.reports.catalogue import Report
from chalicelib.reports.measures import Measure
from chalicelib.reports.planner import Question, plan
from chalicelib.reports.presenter import Figure, Frame, figures, ranked, series, total
from chalicelib.reports.queries import ReportQuery

PATH = "/api/v2/analytics/"
STATE_MARK = "/* lake {} */"
_ATTEMPTS = 4
States = Mapping[str, DayState]


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a report, and its coverage: how many of the calls in the window have no known cost."""

    body: dict[str, Any]
    calls: int
    unpriced: int


def answer(world: World, team: str, report: Report, query: ReportQuery) -> Answer:
    """Answer a report for one team. Raises Invalid, EngineBusy."""
    now = world.now()
    window = query.window(now)
    settings = world.settings
    interval = window.interval(settings.hourly_span_hours, settings.daily_span_days)
    question = Question(
        dimension=report.dimension,
        measure=query.metric_type,
        interval=interval if report.series else None,
        filters=_filters(report, query),
        assistants=counted(world.documents, team),
    )
    found = _steadily(world, team, window, lambda days: _ask(world, team, window, question, days))
    frame = Frame(report, window, query.page_request(), PATH + report.slug, _repeated(query, window), now)
    body = series(frame, interval, found) if report.series else total(frame, found)
    return Answer(body, sum(each.calls for each in found), sum(each.unpriced for each in found))


def _filters(report: Report, query: ReportQuery) -> dict[str, Sequence[str]]:
    """The values to keep by column; a parameter that is absent keeps all."""
    given = query.model_dump(by_alias=True)
    return {column: given[parameter] for parameter, column in report.filters.items() if given[parameter]}


def _repeated(query: ReportQuery, window: Window) -> list[tuple[str, str]]:
    """The parameters for the links of an answer. They name the window, so that its pages stay those of one report."""
    given = query.model_dump(by_alias=True, exclude_unset=True, exclude={"start_date", "end_date", "page", "size"})
    pairs = [("startDate", iso(window.start)), ("endDate", iso(window.end))]
    for name, value in given.items():
        pairs += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
    return pairs


def _ask(world: World, team: str, window: Window, question: Question, days: States) -> list[Figure]:
    """The figures of a question. Where only the costliest groups are named, a first question finds these."""
    limit = question.dimension.named
    if limit is not None:
        costs = _run(world, team, window, replace(question, measure=Measure.SUM, interval=None), days)
        names = ranked(costs)
        if len(names) > limit:
            question = replace(question, named=names[:limit])
    return _run(world, team, window, question, days)


def _run(world: World, team: str, window: Window, question: Question, days: States) -> list[Figure]:
    segments = plan(window, question, days)
    if not segments:
        return []
    statement = marked(build(team, question, segments), days)
    return figures(question.measure, world.engine.run(team, statement).rows)


def marked(statement: Statement, days: States) -> Statement:
    """The statement with the state of the lake as a comment. Athena hands out a minute-old result of the same text: it
    may do so as long as nothing was written, and never to a question that is asked again because files have moved."""
    state = hashlib.blake2b(repr(sorted(days.items())).encode(), digest_size=8).hexdigest()
    return replace(statement, sql=f"{statement.sql} {STATE_MARK.format(state)}")


def _steadily(world: World, team: str, window: Window, ask: Callable[[States], list[Figure]]) -> list[Figure]:
    """Ask again until no day changed under the question in a way that matters to it. Raises EngineBusy."""
    days = window.days()
    before = states(world, team, AI_EVENTS.name, days)
    for _ in range(_ATTEMPTS):
        found = ask(before)
        after = states(world, team, AI_EVENTS.name, days)
        if all(_steady(before[day], after[day]) for day in days):
            return found
        before = after
    raise EngineBusy("the lake is being rewritten: try again")


def _steady(before: DayState, after: DayState) -> bool:
    """No files vanished, and a day that was taken for clean has stayed so. Files that were added to a dirty day do not
    matter: the question has seen them or not, and both are right."""
    return before.swaps == after.swaps and (not before.is_clean or before.written == after.written)
