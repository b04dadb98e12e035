"""The planner: which part of a window is answered from which files, cheapest first, always with the same digits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.kit.clock import DAY, HOUR, day_of, day_start
from chalicelib.kit.windows import Interval, Window
from chalicelib.lake.days import DayState
from chalicelib.reports.dimensions import Dimension
from chalicelib.reports.measures import Measure


class Source(StrEnum):
    """Where rows come from. In CLEAN days an event stands once, in DIRTY ones its newest version must be found."""

    DAILY = "daily"
    HOURLY = "hourly"
    CLEAN = "clean"
    DIRTY = "dirty"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the window, both ends inclusive, epoch ms."""

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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each call in the window. `interval` None asks for one total.

    `filters` maps columns to the values to keep. `assistants` are the coding assistants whose calls count; calls
    without an assistant always do. `named`: the groups to keep by name, None for all.
    """

    dimension: Dimension
    measure: Measure
    interval: Interval | None
    filters: Mapping[str, Sequence[str]]
    assistants: Sequence[str] = ()
    named: Sequence[str] | None = None


def plan(window: Window, question: Question, states: Mapping[str, DayState]) -> list[Segment]:
    """The segments of a window, oldest first, as few as possible. Days that were never written to are left out."""
    segments: list[Segment] = []
    for day in window.days():
        if not states[day].written:
            continue
        for segment in _of_day(window, question, day, states[day]):
            last = segments[-1] if segments else None
            if last and last.source is segment.source and last.end + 1 == segment.start:
                segments[-1] = replace(last, end=segment.end)
            else:
                segments.append(segment)
    return segments


def _of_day(window: Window, question: Question, day: str, state: DayState) -> Iterator[Segment]:
    first = day_start(day)
    start, end = max(first, window.start), min(first + DAY - 1, window.end)
    if not state.is_clean:
        yield Segment(Source.DIRTY, start, end)
    elif not (state.is_rolled and question.measure.additive):
        yield Segment(Source.CLEAN, start, end)
    elif end - start == DAY - 1 and question.interval is not Interval.HOUR:
        yield Segment(Source.DAILY, start, end)
    elif question.dimension.hourly:
        yield from _by_hours(start, end)
    else:
        yield Segment(Source.CLEAN, start, end)


def _by_hours(start: int, end: int) -> Iterator[Segment]:
    """Whole hours from the rollup, what is left at both ends from the events."""
    first_hour, after = -(-start // HOUR) * HOUR, (end + 1) // HOUR * HOUR
    if first_hour >= after:
        yield Segment(Source.CLEAN, start, end)
        return
    if start < first_hour:
        yield Segment(Source.CLEAN, start, first_hour - 1)
    yield Segment(Source.HOURLY, first_hour, after - 1)
    if after <= end:
        yield Segment(Source.CLEAN, after, end)
