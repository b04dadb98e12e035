"""Trees: what is known of the spans of a trace, from the batch at hand and from the notes of others
(wrapping.py)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

from pydantic_core import from_json

from chalicelib.lake.tables import AI_EVENTS
from chalicelib.otlp.call_usage import NO_FACTS, CallUsage, Facts, Row
from chalicelib.otlp.frames import Frame, Place
from chalicelib.otlp.nesting import Wrappings, climb, wrappers_among
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.ports.events import EventRecord

_MOST_SPANS = 2_000
"""Calls, and other spans, of a trace in one note."""
_MOST_FOREIGN = 100
"""Traces of a batch without any call of which a note stays."""


@dataclass(slots=True)
class Part:
    """What a batch holds of a trace."""

    trace: str
    told: Callable[[], Mapping[Place, Frame]]
    """The frames of the calls of the batch; asked for seldom."""
    facts: Callable[[], Mapping[Place, Facts]]
    """What the spans of these say; asked for seldom."""
    parents: dict[Place, str] = field(default_factory=dict)
    calls: dict[Place, Row] = field(default_factory=dict)
    is_open: bool = False
    """What comes later may change what it says."""
    version: int = 0
    """Of its note; 0 when there is none."""
    identities: dict[Place, str] = field(default_factory=dict)
    """Of the calls that have an id of their response, that."""
    _usages: dict[Place, CallUsage] = field(default_factory=dict)

    def usages(self) -> dict[Place, CallUsage]:
        """The usage of its calls."""
        if not self._usages:
            facts = self.facts()
            for place, row in self.calls.items():
                self._usages[place] = CallUsage.of(row, facts.get(place, NO_FACTS))
        return self._usages

    def frames(self) -> Mapping[Place, Frame]:
        """Those of its calls."""
        told, frames = self.told(), {}
        for place in self.calls.keys() & told.keys():
            frames[place] = told[place]
        return frames

    def may_become_sum(self) -> bool:
        """Whether a call may turn out to be the sum of others, once more of them come below it; or
        whether a span that is no call stands below a call, which later spans would not find.

        The calls below a call only come to more, also when some turn out to be wrappings: what they
        stand around comes to as much. Where calls stand three deep it is not that simple.
        """
        outputs: dict[Place, int] = {}
        for place, parent in self.parents.items():
            trace, span = place
            above = (trace, parent)
            if parent == span or above not in self.calls:
                continue
            if place not in self.calls:
                return True
            outputs[above] = outputs.get(above, 0) + _output_of(self.calls[place])
        for (trace, span), output in outputs.items():
            is_inner = (trace, self.parents[trace, span]) in self.calls
            if is_inner or output <= _output_of(self.calls[trace, span]):
                return True
        return False

    def as_json(self) -> dict[str, Any]:
        """As a note keeps it."""
        calls = {
            place[1]: [self.parents[place], *usage]
            for place, usage in islice(self.usages().items(), _MOST_SPANS)
        }
        frames = {place[1]: frame for place, frame in islice(self.frames().items(), _MOST_SPANS)}
        links: dict[str, str] = {}
        for place, parent in self.parents.items():
            if parent and place not in self.calls and len(links) < _MOST_SPANS:
                links[place[1]] = parent
        return {"calls": calls, "links": links, "frames": frames}


def _output_of(row: Row) -> int:
    return int(row.get("output_tokens") or 0)


def parts_of(batch: DraftBatch) -> Mapping[str, Part]:
    """The parts of a batch by their trace."""
    parts: dict[str, Part] = {}
    parents = batch.parents
    told, facts = cache(batch.frames), cache(batch.facts)
    for place, parent in parents.items():
        trace = place[0]
        part = parts.get(trace)
        if part is None:
            part = parts[trace] = Part(trace, told, facts)
        part.parents[place] = parent
        if parent and (trace, parent) not in parents:
            part.is_open = True
    for draft in batch.drafts:
        row = draft.row
        if draft.table is AI_EVENTS and "trace_id" in row:
            place = (row["trace_id"], row["transaction_id"])
            if place in parents:
                part = parts[place[0]]
                part.calls[place] = row
                if draft.identity != place[1]:
                    part.identities[place] = draft.identity
    for place, wrapper in batch.wrappers.items():
        parts[place[0]].calls[place] = wrapper
        # It may come again, alone: it would be taken for a call.
        parts[place[0]].is_open = True
    return parts


def parts_to_note(parts: Iterable[Part]) -> Iterator[Part]:
    """The parts of which a note must stay."""
    foreign = 0
    for part in parts:
        if not part.calls:
            foreign += part.is_open
            if part.is_open and foreign <= _MOST_FOREIGN:
                yield part
        elif part.is_open or part.may_become_sum():
            yield part


@dataclass(slots=True)
class Tree:
    """What is known of a trace: the part that a batch holds, the notes of others, stored calls."""

    part: Part
    parents: dict[Place, str]
    calls: dict[Place, CallUsage]
    frames: dict[Place, Frame]
    identities: dict[Place, str]

    @classmethod
    def of(cls, part: Part, notes: Sequence[EventRecord]) -> "Tree":
        """From a part and the notes of other parts of its trace, the newest first."""
        trace = part.trace
        parents: dict[Place, str] = {}
        calls: dict[Place, CallUsage] = {}
        frames: dict[Place, Frame] = {}
        for note in reversed(notes):
            kept = from_json(from_json(note.body).get("extras") or "{}")
            for span, (parent, model, inputs, *more) in kept.get("calls", {}).items():
                parents[trace, span] = parent
                calls[trace, span] = CallUsage(model, tuple(inputs), *more)
            for span, parent in kept.get("links", {}).items():
                parents[trace, span] = parent
            for span, told in kept.get("frames", {}).items():
                frames[trace, span] = Frame(*told)
        frames |= part.frames()
        identities: dict[Place, str] = {}
        for place, frame in frames.items():
            if frame.identity:
                identities[place] = frame.identity
        parents |= part.parents
        calls |= part.usages()
        return cls(part, parents, calls, frames, identities | part.identities)

    def find_missing(self) -> set[Place]:
        """The spans above calls that are not known, where the part has to do with these."""
        own = self.part.parents
        missing: set[Place] = set()
        for place in self.calls:
            is_own, top = place in own, place
            for above in climb(place, self.parents):
                is_own, top = is_own or above in own, above
            if is_own and top not in self.parents:
                missing.add(top)
        return missing

    def find_above(self, wanted: Collection[Place]) -> set[Place]:
        """Those of some spans that have calls below them which used anything."""
        found: set[Place] = set()
        for place, usage in self.calls.items():
            if usage.is_used:
                found.update(above for above in climb(place, self.parents) if above in wanted)
        return found

    def find_wrappers(self) -> Wrappings:
        """The wrappings that the part has to do with: its own, those above its spans, and what
        stands beside these."""
        wrappers = wrappers_among(self.calls, self.parents, self.frames)
        if not wrappers:
            return wrappers
        own: set[Place] = set()
        for place in self.part.parents:
            own.add(place)
            own.update(climb(place, self.parents))
        beside = set(map(self.parents.get, own))
        return {
            each: calls
            for each, calls in wrappers.items()
            if each in own or self._is_beside(each, beside, wrappers)
        }

    def _is_beside(
        self, place: Place, beside: Collection[str | None], wrappers: Collection[Place]
    ) -> bool:
        parent = self.parents.get(place)
        return parent in beside or (place[0], parent) in wrappers
