"""The planner: which part of a window is answered from which files, cheapest first, always with the
same digits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.days import DayState
from chalicelib.lake.dimensions import Dimension
from chalicelib.lake.rollups import Rollup, rollup_for
from chalicelib.lake.sql import Sql
from chalicelib.reports.facts import CALLS, FactTable, Term, TopGroups


class RowSource(StrEnum):
    """Where rows come from. In CLEAN days an event stands once, in DIRTY ones its newest version
    must be found."""

    DAILY = "daily"
    HOURLY = "hourly"
    CLEAN = "clean"
    DIRTY = "dirty"


EVENTS = frozenset((RowSource.CLEAN, RowSource.DIRTY))
"""Where the events themselves are read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the window, both ends inclusive, epoch ms."""

    fact: FactTable
    source: RowSource
    start: int
    end: int

    @property
    def first_day(self) -> str:
        """The UTC day of its start."""
        return day_of(self.start)

    @property
    def last_day(self) -> str:
        """The UTC day of its end."""
        return day_of(self.end)

    @property
    def is_whole(self) -> bool:
        """Whether it is made of whole days, so that the instants of its rows need not be looked
        at."""
        return self.start % DAY == 0 and (self.end + 1) % DAY == 0


@dataclass(frozen=True, slots=True)
class Condition:
    """What else a row of events must be like, where a list of values does not say it: SQL over
    `columns` of the events. No rollup can tell."""

    columns: tuple[str, ...]
    sql: Sql


@dataclass(frozen=True)
class Question:
    """What is asked of the rows in the window. `interval` None asks for one total.

    `by` are the dimensions that make a group; a fact without their columns counts in the group of
    none. `filters` maps columns to the values to keep. `assistants` are the coding assistants whose
    calls count, beside the calls without an assistant; None: all calls do. `top` says which groups
    of the first dimension are named; None: all are. `renames`: by column, the names of
    today by those, in lower case, that rows may hold. With `conditions`, of which all must hold,
    events are read and no rollups.
    """

    by: tuple[Dimension, ...]
    terms: tuple[Term, ...]
    interval: Interval | None = None
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assistants: Sequence[str] | None = None
    top: TopGroups | None = None
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()

    @cached_property
    def facts(self) -> tuple[FactTable, ...]:
        """What is counted, in the order of the terms."""
        facts: dict[FactTable, None] = {}
        for term in self.terms:
            facts.update(dict.fromkeys(term.facts))
        return tuple(facts)

    def terms_of(self, fact: FactTable) -> list[Term]:
        """The terms that a fact contributes to."""
        return [term for term in self.terms if fact in term.facts]

    def columns(self, fact: FactTable) -> list[str]:
        """The columns of a fact that groups are made by and that filters look at."""
        columns: dict[str, None] = {}
        for dimension in self.by:
            if dimension.column in fact.table.columns:
                columns[dimension.column] = None
        columns.update(dict.fromkeys(self.filters))
        for condition in self.conditions:
            columns.update(dict.fromkeys(condition.columns))
        return list(columns)

    @cached_property
    def rollups(self) -> Mapping[FactTable, Rollup | None]:
        """The rollup that can answer for each fact; None when only its rows can."""
        return {fact: self._rollup(fact) for fact in self.facts}

    def _rollup(self, fact: FactTable) -> Rollup | None:
        if self.conditions:
            return None
        sums = [term.rolled for term in self.terms_of(fact) if term.rolled is not None]
        columns = self.columns(fact)
        if fact is CALLS and self.assistants is not None:
            columns.append("assistant")
        return rollup_for(fact.table, columns, sums)


def plan(
    window: Window, question: Question, fact: FactTable, states: Mapping[str, DayState]
) -> list[Segment]:
    """The segments of a window, oldest first, as few as possible. Days that were never written to
    are left out. `states` are those of the days of the fact's table."""
    if not fact.versioned:
        return [Segment(fact, RowSource.CLEAN, window.start, window.end)]
    rollup = question.rollups[fact]
    runs: list[_Stretch] = []
    for number, day in enumerate(window.days(), window.start // DAY):
        state = states[day]
        if not state.written:
            continue
        source = _source(question.interval, rollup, state)
        start, end = number * DAY, number * DAY + DAY - 1
        if window.start <= start and end <= window.end:
            _extend(runs, source, start, end)
            continue
        part = _Stretch(source, max(start, window.start), min(end, window.end))
        for run in _cut(part, rollup):
            _extend(runs, run.source, run.start, run.end)
    return [Segment(fact, run.source, run.start, run.end) for run in runs]


@dataclass(slots=True)
class _Stretch:
    """A segment that still grows, day by day: cheaper than a new one a day."""

    source: RowSource
    start: int
    end: int


def _extend(runs: list[_Stretch], source: RowSource, start: int, end: int) -> None:
    """Put a run behind the others; one that continues the last is drawn into it."""
    last = runs[-1] if runs else None
    if last and last.source is source and last.end + 1 == start:
        last.end = end
    else:
        runs.append(_Stretch(source, start, end))


def _source(interval: Interval | None, rollup: Rollup | None, state: DayState) -> RowSource:
    """What a whole day is read from."""
    if not state.is_clean:
        return RowSource.DIRTY
    if rollup is None or not state.is_rolled:
        return RowSource.CLEAN
    if interval is None or interval in (Interval.DAY, Interval.MONTH):
        return RowSource.DAILY
    has_hours = rollup.hourly is not None and interval in (Interval.HOUR, Interval.HALF_DAY)
    return RowSource.HOURLY if has_hours else RowSource.CLEAN


def _cut(part: _Stretch, rollup: Rollup | None) -> Iterator[_Stretch]:
    """What is read of a day that the window does not hold whole: whole hours from a rollup, what is
    left at both ends from the events."""
    if part.source not in (RowSource.DAILY, RowSource.HOURLY):
        yield part
        return
    first_hour, after = -(-part.start // HOUR) * HOUR, (part.end + 1) // HOUR * HOUR
    if rollup is None or not rollup.hourly or first_hour >= after:
        yield _Stretch(RowSource.CLEAN, part.start, part.end)
        return
    if part.start < first_hour:
        yield _Stretch(RowSource.CLEAN, part.start, first_hour - 1)
    yield _Stretch(RowSource.HOURLY, first_hour, after - 1)
    if after <= part.end:
        yield _Stretch(RowSource.CLEAN, after, part.end)
