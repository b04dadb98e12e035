"""The planner: which part of a window is answered from which files, cheapest first, always with the same digits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.days import DayState
from chalicelib.reports.dimensions import Dimension
from chalicelib.reports.facts import CALLS, Fact, Term
from chalicelib.reports.rollups import Rollup, rollup_for


class Source(StrEnum):
    """Where rows come from. In CLEAN days an event stands once, in DIRTY ones its newest version must be found."""

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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the rows in the window. `interval` None asks for one total.

    `by` are the dimensions that make a group; a fact without their columns counts in the group of none. `filters` maps
    columns to the values to keep. `assistants` are the coding assistants whose calls count, beside the calls without an
    assistant; None: all calls do. `named`: the groups to keep by name, None for all. `top`: a term, and how many groups
    to keep that have most of it. `renames`: by column, the names of today by those, in lower case, that rows may hold.
    """

    by: tuple[Dimension, ...]
    terms: tuple[Term, ...]
    interval: Interval | None = None
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assistants: Sequence[str] | None = None
    named: Sequence[str] | None = None
    top: tuple[Term, int] | None = None
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is counted, in the order of the terms."""
        return tuple(dict.fromkeys(fact for term in self.terms for fact in term.facts))

    def terms_of(self, fact: Fact) -> list[Term]:
        """The terms that a fact contributes to."""
        return [term for term in self.terms if fact in term.facts]

    def columns(self, fact: Fact) -> list[str]:
        """The columns of a fact that groups are made by and that filters look at."""
        named = [dimension.column for dimension in self.by if dimension.column in fact.table.columns]
        return list(dict.fromkeys((*named, *self.filters)))

    def rollup(self, fact: Fact) -> Rollup | None:
        """The rollup that can answer for a fact; None when only its rows can."""
        sums = [term.rolled for term in self.terms_of(fact) if term.rolled is not None]
        assistant = ["assistant"] if fact is CALLS and self.assistants is not None else []
        return rollup_for(fact.table, [*self.columns(fact), *assistant], sums)


def plan(window: Window, question: Question, fact: Fact, states: Mapping[str, DayState]) -> list[Segment]:
    """The segments of a window, oldest first, as few as possible. Days that were never written to are left out."""
    if not fact.versioned:
        return [Segment(fact, Source.CLEAN, window.start, window.end)]
    rollup = question.rollup(fact)
    segments: list[Segment] = []
    first = window.start - window.start % DAY
    for number, day in enumerate(window.days()):
        state = states[day]
        if not state.written:
            continue
        for source, start, end in _of_day(window, question.interval, rollup, first + number * DAY, state):
            last = segments[-1] if segments else None
            if last and last.source is source and last.end + 1 == start:
                segments[-1] = Segment(fact, source, last.start, end)
            else:
                segments.append(Segment(fact, source, start, end))
    return segments


Part = tuple[Source, int, int]


def _of_day(
    window: Window, interval: Interval | None, rollup: Rollup | None, first: int, state: DayState
) -> Iterator[Part]:
    """The parts of the day that begins at `first`."""
    start, end = max(first, window.start), min(first + DAY - 1, window.end)
    if not state.is_clean:
        yield Source.DIRTY, start, end
    elif rollup is None or not state.is_rolled:
        yield Source.CLEAN, start, end
    elif end - start == DAY - 1 and interval is not Interval.HOUR:
        yield Source.DAILY, start, end
    elif rollup.hourly:
        yield from _by_hours(start, end)
    else:
        yield Source.CLEAN, start, end


def _by_hours(start: int, end: int) -> Iterator[Part]:
    """Whole hours from the rollup, what is left at both ends from the events."""
    first_hour, after = -(-start // HOUR) * HOUR, (end + 1) // HOUR * HOUR
    if first_hour >= after:
        yield Source.CLEAN, start, end
        return
    if start < first_hour:
        yield Source.CLEAN, start, first_hour - 1
    yield Source.HOURLY, first_hour, after - 1
    if after <= end:
        yield Source.CLEAN, after, end
