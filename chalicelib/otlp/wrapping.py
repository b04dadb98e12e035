"""Wrapping: spans around the span of a call that tell of the same call (nesting.py), when they come
in different batches, in any order.

Within a batch the tree is at hand. Of a batch after which something may still come that changes
what it says, a note stays of each trace: its calls with their usage, and the parents of its other
spans. Whichever of two batches is stored last reads the notes of the other one, so the whole tree
is at hand again, and a stored call that turns out to be a wrapping is taken back.

No note stays of a trace whose spans all stand below its root in the batch when no call can become
the sum of the calls below it, and none but calls stand below calls: what comes below such a call
later finds its event by its id. The notes of a trace are the
versions of one event of the table of spans, which is deleted from its beginning, so that no report
sees it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from secrets import randbelow
from typing import Any

from pydantic_core import from_json

from chalicelib.identity.records import Principal
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import AI_EVENTS, TRACE_SPANS
from chalicelib.metering.correcting import WRAPPING
from chalicelib.metering.drafts import Draft
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import event_record
from chalicelib.otlp.nesting import CallUsage, Place, Row, climb, wrappers_among
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_NOTES = "INNER"
_MOST_NOTES = 100
"""Notes of a trace that are read, the newest."""
_MOST_SPANS = 2_000
"""Calls, and other spans, of a trace in one note."""
_MOST_FOREIGN = 100
"""Traces of a batch without any call of which a note stays."""
_MOST_LEVELS, _AT_ONCE = 32, 100
_CHANCES = 2**20
"""Of this many, two notes of one millisecond and trace draw the same one hardly ever: the second
would be lost. Times in epoch ms times this fit into 64 bits."""


class Settling:
    """What becomes of the traces of a batch of spans: `notes` are to be stored with its events, in
    whatever order, and `finish` comes after that."""

    def __init__(self, world: World, principal: Principal, batch: DraftBatch) -> None:
        self._run = _Run.begin(world, principal.team)
        self._left = batch.left
        self._parts = _parts_of(batch)
        self.notes: Sequence[EventRecord] = ()
        """What other batches must know of this one."""
        if self._parts:
            instant = min(_times(batch.drafts), default=world.now())
            self.notes = [
                self._run.note(part, instant) for part in _parts_to_note(self._parts.values())
            ]

    def finish(self) -> Collection[Place]:
        """Make what is stored tell each call once. Those of the spans left over in the batch below
        which a call is known. Raises Stale, Throttled."""
        if not self._parts:
            return ()
        trees = self._run.read_trees(self._parts)
        self._run.find_stored(trees)
        self._run.take_back(trees)
        summed: set[Place] = set()
        if self._left:
            for tree in trees:
                summed |= tree.find_above(self._left)
        return summed


def _times(drafts: Iterable[Draft]) -> Iterator[int]:
    for draft in drafts:
        yield draft.row["requested_at"]


@dataclass(slots=True)
class _Part:
    """What a batch holds of a trace."""

    trace: str
    parents: dict[Place, str] = field(default_factory=dict)
    calls: dict[Place, Row] = field(default_factory=dict)
    is_open: bool = False
    """What comes later may change what it says."""
    version: int = 0
    """Of its note; 0 when there is none."""
    _usages: dict[Place, CallUsage] = field(default_factory=dict)

    def usages(self) -> dict[Place, CallUsage]:
        """The usage of its calls."""
        if not self._usages:
            self._usages = {place: CallUsage.of(row) for place, row in self.calls.items()}
        return self._usages

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
        links: dict[str, str] = {}
        for place, parent in self.parents.items():
            if parent and place not in self.calls and len(links) < _MOST_SPANS:
                links[place[1]] = parent
        return {"calls": calls, "links": links}


def _output_of(row: Row) -> int:
    return int(row.get("output_tokens") or 0)


def _parts_of(batch: DraftBatch) -> Mapping[str, _Part]:
    """The parts of a batch by their trace."""
    parts: dict[str, _Part] = {}
    parents = batch.parents
    for place, parent in parents.items():
        trace = place[0]
        part = parts.get(trace)
        if part is None:
            part = parts[trace] = _Part(trace)
        part.parents[place] = parent
        if parent and (trace, parent) not in parents:
            part.is_open = True
    for draft in batch.drafts:
        row = draft.row
        if draft.table is AI_EVENTS and "trace_id" in row:
            place = (row["trace_id"], row["transaction_id"])
            if place in parents:
                parts[place[0]].calls[place] = row
    for place, wrapper in batch.wrappers.items():
        parts[place[0]].calls[place] = wrapper
        # It may come again, alone: it would be taken for a call.
        parts[place[0]].is_open = True
    return parts


def _parts_to_note(parts: Iterable[_Part]) -> Iterator[_Part]:
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
class _Tree:
    """What is known of a trace: the part that a batch holds, the notes of others, stored calls."""

    part: _Part
    parents: dict[Place, str]
    calls: dict[Place, CallUsage]

    @classmethod
    def of(cls, part: _Part, notes: Sequence[EventRecord]) -> "_Tree":
        """From a part and the notes of other parts of its trace, the newest first."""
        trace = part.trace
        parents: dict[Place, str] = {}
        calls: dict[Place, CallUsage] = {}
        for note in reversed(notes):
            kept = from_json(from_json(note.body).get("extras") or "{}")
            for span, (parent, model, inputs, *more) in kept.get("calls", {}).items():
                parents[trace, span] = parent
                calls[trace, span] = CallUsage(model, tuple(inputs), *more)
            for span, parent in kept.get("links", {}).items():
                parents[trace, span] = parent
        return cls(part, parents | part.parents, calls | part.usages())

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

    def find_wrappers(self) -> set[Place]:
        """The wrappings that the part has to do with: its own, and those above its spans."""
        wrappers = wrappers_among(self.calls, self.parents)
        if not wrappers:
            return wrappers
        own: set[Place] = set()
        for place in self.part.parents:
            own.add(place)
            own.update(climb(place, self.parents))
        return wrappers & own


@dataclass(slots=True)
class _Run:
    """Settles the traces of a batch of a team."""

    world: World
    team: Scope
    now: int
    """Epoch ms."""
    version: int
    """Of the batch's notes. No other note of their traces has it: the time, and a chance number."""

    @classmethod
    def begin(cls, world: World, team: Scope) -> "_Run":
        """A run of now."""
        now = world.now()
        return cls(world, team, now, now * _CHANCES + randbelow(_CHANCES))

    def note(self, part: _Part, instant: int) -> EventRecord:
        """A note, of a batch whose first span began at `instant` (epoch ms)."""
        part.version = self.version
        row = {
            "event_id": self._notes_id(part.trace),
            "version": part.version,
            "deleted": True,
            "transaction_id": part.trace,
            "channel": "OTLP",
            "requested_at": instant,
            "received_at": self.now,
            "kind": "OTHER",
            "trace_id": part.trace,
            "extras": pack(part.as_json()),
        }
        return event_record(self.team, TRACE_SPANS, row)

    def read_trees(self, parts: Mapping[str, _Part]) -> Sequence[_Tree]:
        """The trees of the traces of which more is known than the batch tells, or may be."""
        by_id = {self._notes_id(trace): trace for trace in parts}
        ids = list(by_id)
        found: dict[str, Sequence[EventRecord]] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            found |= self.world.events.versions(self.team, some, _MOST_NOTES)
        trees: list[_Tree] = []
        for identity, trace in by_id.items():
            part, notes = parts[trace], found.get(identity, ())
            others = [note for note in notes if note.version != part.version]
            # Of a part that is closed, and the only one, the batch has told everything.
            if others or (notes and part.is_open):
                trees.append(_Tree.of(part, others))
        return trees

    def find_stored(self, trees: Sequence[_Tree]) -> None:
        """Complete trees by calls that are stored and left no note."""
        asked: set[Place] = set()
        for _ in range(_MOST_LEVELS):
            wanted: dict[str, tuple[_Tree, Place]] = {}
            for tree in trees:
                for place in tree.find_missing() - asked:
                    asked.add(place)
                    wanted[self._call_id(place)] = tree, place
            stored = self._get(list(wanted)) if wanted else {}
            if not stored:
                return
            for identity, event in stored.items():
                _add_call(*wanted[identity], from_json(event.body))

    def take_back(self, trees: Sequence[_Tree]) -> None:
        """Take back the stored calls that are wrappings."""
        places: set[Place] = set()
        for tree in trees:
            places |= tree.find_wrappers()
        if places:
            traces = {trace for trace, _ in places}
            ids = list(map(self._call_id, places))
            revise(self.world, self.team, ids, partial(_take_back, traces))

    def _call_id(self, place: Place) -> str:
        return event_id(self.team, "COMPLETION", place[1])

    def _notes_id(self, trace: str) -> str:
        return event_id(self.team, _NOTES, trace)

    def _get(self, identities: Sequence[str]) -> dict[str, EventRecord]:
        found: dict[str, EventRecord] = {}
        for start in range(0, len(identities), _AT_ONCE):
            found |= self.world.events.get(self.team, identities[start : start + _AT_ONCE])
        return found


def _add_call(tree: _Tree, place: Place, row: Row) -> None:
    """Add a stored call to its tree; an event of another trace is another span."""
    if row.get("trace_id") == place[0]:
        tree.parents[place] = row.get("parent_transaction_id") or ""
        tree.calls[place] = CallUsage.of(row)


def _take_back(traces: Collection[str], row: dict[str, Any]) -> dict[str, Any] | None:
    """The columns of a call that turned out to be a wrapping."""
    if row["deleted"] or row.get("trace_id") not in traces:
        return None
    extras = from_json(row.get("extras") or "{}")
    return {"deleted": True, "extras": pack({**extras, WRAPPING: True})}
