"""Statements: a question about a window, planned for the state of the lake, built and asked, as it
is or with more SQL around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chalicelib.kit.clock import DAY, day_of
from chalicelib.kit.days import list_days
from chalicelib.kit.windows import Window
from chalicelib.lake.days import DayState
from chalicelib.lake.newest import scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Result, Statement
from chalicelib.reports.asking import Asker
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
        by_day = states.get(fact.table.name, {})
        found = plan(window, question, fact, by_day)
        if fact.versioned:
            _note_emptied(asker, question, found, by_day)
        segments += found
    return segments


def _note_emptied(
    asker: Asker, question: Question, segments: Sequence[Segment], states: Mapping[str, DayState]
) -> None:
    """Note the days of which sums are all that retention has left, where these do not tell what is
    asked."""
    yesterday = day_of(asker.world.now() - DAY)
    days: list[str] = []
    for segment in segments:
        rollup = question.rollups[segment.fact]
        is_kept = rollup is not None and rollup.outlives_events(question.columns(segment.fact))
        if segment.first_day < yesterday and (segment.source in EVENTS or not is_kept):
            days += list_days(segment.first_day, segment.last_day)
    if days:
        asker.note_emptied(states, days)
