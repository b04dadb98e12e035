"""Statements: a question about a window, planned for the state of the lake, built and asked, as it
is or with more SQL around it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.days import list_days
from chalicelib.kit.windows import Window
from chalicelib.lake.limits import first_day
from chalicelib.lake.newest import scan_of
from chalicelib.lake.sql import Sql
from chalicelib.ports.engine import Result, Statement
from chalicelib.reports.asking import Asker, StatesByTable
from chalicelib.reports.builder import build, select_events
from chalicelib.reports.planner import EVENTS, Question, Segment, plan

Wrap = Callable[[Sql], Sql]
"""From a statement in brackets to a statement that selects from it."""


def ask_grouped(
    asker: Asker, window: Window, question: Question, wrap: Wrap | None = None
) -> Result | None:
    """The rows of `reports.builder.build`; what `wrap` makes of them where it is given. None where
    nothing was ever written. Raises EngineBusy."""

    def make_statement(states: StatesByTable) -> Statement | None:
        segments = _plan_all(asker, window, question, states)
        if not segments:
            return None
        made = build(asker.team, question, segments)
        if wrap is None:
            return made
        sql = wrap(Sql(f"({made.sql})", tuple(made.params)))
        return replace(made, sql=sql.text, params=sql.params)

    return asker.ask(_tables(question), window.days(), make_statement)


def ask_events(
    asker: Asker, windows: Sequence[Window], question: Question, columns: Sequence[str], wrap: Wrap
) -> Result | None:
    """What `wrap` makes of the events that a question counts in windows that have no day in common,
    see `reports.builder.select_events`. None where nothing was ever written. Raises EngineBusy."""
    days: list[str] = []
    for window in windows:
        days += window.days()

    def make_statement(states: StatesByTable) -> Statement | None:
        segments: list[Segment] = []
        for window in windows:
            segments += _plan_all(asker, window, question, states)
        if not segments:
            return None
        sql = wrap(select_events(asker.team, question, segments, columns))
        ranges = [(each.first_day, each.last_day) for each in segments]
        (fact,) = question.facts
        return Statement(sql.text, sql.params, scan_of(fact.table.name, ranges))

    return asker.ask(_tables(question), days, make_statement)


def _tables(question: Question) -> list[str]:
    return [fact.table.name for fact in question.facts]


def _plan_all(
    asker: Asker, window: Window, question: Question, states: StatesByTable
) -> list[Segment]:
    """The segments of all facts; days that retention has emptied are noted as incomplete."""
    segments: list[Segment] = []
    for fact in question.facts:
        segments += plan(window, question, fact, states.get(fact.table.name, {}))
    asker.incomplete.update(_find_emptied_days(asker, segments))
    return segments


def _find_emptied_days(asker: Asker, segments: Sequence[Segment]) -> Iterator[str]:
    """The days whose events are asked for, and of which retention has left nothing but sums."""
    yesterday = day_of(asker.world.now() - DAY)
    read = [each for each in segments if each.fact.versioned and each.source in EVENTS]
    if not any(each.first_day < yesterday for each in read):
        return
    first = first_day(asker.world.documents, asker.team)
    for segment in read:
        if segment.first_day < first:
            yield from (
                day for day in list_days(segment.first_day, segment.last_day) if day < first
            )
