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
from chalicelib.reports.facts import CALLS, Fact, Kept, Term


class Source(StrEnum):
    """Where rows come from. In CLEAN days an event stands once, in DIRTY ones its newest version
    must be found."""

    DAILY = "daily"
    HOURLY = "hourly"
    CLEAN = "clean"
    DIRTY = "dirty"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the window, both ends inclusive, epoch ms."""

    fact: Fact
    source: Source
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
        """It is made of whole days, so that the instants of its rows need not be looked at."""
        return self.start % DAY == 0 and (self.end + 1) % DAY == 0


@dataclass(frozen=True)
class Question:
    """What is asked of the rows in the window. `interval` None asks for one total.

    `by` are the dimensions that make a group; a fact without their columns counts in the group of
    none. `filters` maps columns to the values to keep. `assistants` are the coding assistants whose
    calls count, beside the calls without an assistant; None: all calls do. `kept`, of a question by
    one dimension, None for all groups. `renames`: by column, the names of today by those, in lower
    case, that rows may hold.
    """

    by: tuple[Dimension, ...]
    terms: tuple[Term, ...]
    interval: Interval | None = None
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assistants: Sequence[str] | None = None
    kept: Kept | None = None
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What is counted, in the order of the terms."""
        return tuple(dict.fromkeys(fact for term in self.terms for fact in term.facts))

    def terms_of(self, fact: Fact) -> list[Term]:
        """The terms that a fact contributes to."""
        return [term for term in self.terms if fact in term.facts]

    def columns(self, fact: Fact) -> list[str]:
        """The columns of a fact that groups are made by and that filters look at."""
        named = [
            dimension.column for dimension in self.by if dimension.column in fact.table.columns
        ]
        return list(dict.fromkeys((*named, *self.filters)))

    @cached_property
    def rollups(self) -> Mapping[Fact, Rollup | None]:
        """The rollup that can answer for each fact; None when only its rows can."""
        return {fact: self._rollup(fact) for fact in self.facts}

    def _rollup(self, fact: Fact) -> Rollup | None:
        sums = [term.rolled for term in self.terms_of(fact) if term.rolled is not None]
        assistant = ["assistant"] if fact is CALLS and self.assistants is not None else []
        return rollup_for(fact.table, [*self.columns(fact), *assistant], sums)


def plan(
    window: Window, question: Question, fact: Fact, states: Mapping[str, DayState]
) -> list[Segment]:
    """The segments of a window, oldest first, as few as possible. Days that were never written to
    are left out."""
    if not fact.versioned:
        return [Segment(fact, Source.CLEAN, window.start, window.end)]
    rollup = question.rollups[fact]
    parts: list[Part] = []
    for number, day in enumerate(window.days(), window.start // DAY):
        state = states[day]
        if state.written:
            first, last = number * DAY, number * DAY + DAY - 1
            source = _source(question.interval, rollup, state)
            if first < window.start or window.end < last:
                _add(
                    parts,
                    *_of_part_day(source, rollup, max(first, window.start), min(last, window.end)),
                )
            else:
                _add(parts, (source, first, last))
    return [Segment(fact, *part) for part in parts]


Part = tuple[Source, int, int]


def _source(interval: Interval | None, rollup: Rollup | None, state: DayState) -> Source:
    """What a whole day is read from."""
    if not state.is_clean:
        return Source.DIRTY
    if rollup is None or not state.is_rolled:
        return Source.CLEAN
    if interval is not Interval.HOUR:
        return Source.DAILY
    return Source.HOURLY if rollup.hourly else Source.CLEAN


def _of_part_day(source: Source, rollup: Rollup | None, start: int, end: int) -> Iterator[Part]:
    """Of a day that the window does not hold whole: whole hours from a rollup, what is left at both
    ends from the events."""
    rolled = source in (Source.DAILY, Source.HOURLY)
    first_hour, after = -(-start // HOUR) * HOUR, (end + 1) // HOUR * HOUR
    if not rolled or rollup is None or not rollup.hourly or first_hour >= after:
        yield Source.CLEAN if rolled else source, start, end
        return
    if start < first_hour:
        yield Source.CLEAN, start, first_hour - 1
    yield Source.HOURLY, first_hour, after - 1
    if after <= end:
        yield Source.CLEAN, after, end


def _add(parts: list[Part], *more: Part) -> None:
    """Parts that follow; one that continues the last is drawn into it."""
    for source, start, end in more:
        if parts and parts[-1][0] is source and parts[-1][2] + 1 == start:
            parts[-1] = source, parts[-1][1], end
        else:
            parts.append((source, start, end))
