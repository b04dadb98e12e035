"""Wrapping: spans around the span of a call that tell of the same call (nesting.py), when they come
in different batches, in any order.

Within a batch the tree is at hand. Of a batch after which something may still come that changes
what it says, a note stays of each trace: its calls with their usage, and the parents of its other
spans. Whichever of two batches is stored last reads the notes of the other one, so the whole tree
is at hand again, and a stored call that turns out to be a wrapping is taken back.

No note stays of a trace whose spans all stand below its root in the batch when no call can become
the sum of the calls below it, and none but calls stand below calls: what comes below such a call
later finds its event by its id. So a sibling that comes after such a trace is not known as one.
The notes of a trace are the versions of one event of the table of spans, which is deleted from its
beginning, so that no report sees it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from secrets import randbelow
from typing import Any

from pydantic_core import from_json

from chalicelib.identity.records import Principal
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import TRACE_SPANS
from chalicelib.metering import prompts
from chalicelib.metering.drafts import Draft
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import COMPLETION, event_record
from chalicelib.otlp.call_usage import CallUsage, Row
from chalicelib.otlp.filling import fill_calls
from chalicelib.otlp.frames import Place
from chalicelib.otlp.moving import is_wrapping, settle_ids, take_back
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.otlp.trees import Part, Tree, parts_of, parts_to_note
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_NOTES = "INNER"
_MOST_NOTES = 100
"""Notes of a trace that are read, the newest."""
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
        self._parts = parts_of(batch)
        self.notes: Sequence[EventRecord] = ()
        """What other batches must know of this one."""
        if self._parts:
            instant = min(_times(batch.drafts), default=world.now())
            self.notes = [
                self._run.note(part, instant) for part in parts_to_note(self._parts.values())
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

    def note(self, part: Part, instant: int) -> EventRecord:
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

    def read_trees(self, parts: Mapping[str, Part]) -> Sequence[Tree]:
        """The trees of the traces of which more is known than the batch tells, or may be."""
        by_id = {self._notes_id(trace): trace for trace in parts}
        ids = list(by_id)
        found: dict[str, Sequence[EventRecord]] = {}
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            found |= self.world.events.versions(self.team, some, _MOST_NOTES)
        trees: list[Tree] = []
        for identity, trace in by_id.items():
            part, notes = parts[trace], found.get(identity, ())
            others = [note for note in notes if note.version != part.version]
            # Of a part that is closed, and the only one, the batch has told everything.
            if others or (notes and part.is_open):
                trees.append(Tree.of(part, others))
        return trees

    def find_stored(self, trees: Sequence[Tree]) -> None:
        """Complete trees by calls that are stored and left no note."""
        asked: set[Place] = set()
        for _ in range(_MOST_LEVELS):
            wanted: dict[str, tuple[Tree, Place]] = {}
            for tree in trees:
                for place in tree.find_missing() - asked:
                    asked.add(place)
                    wanted[self._call_id(place[1])] = tree, place
            stored = self._get(list(wanted)) if wanted else {}
            if not stored:
                return
            for identity, event in stored.items():
                _add_call(*wanted[identity], from_json(event.body))

    def take_back(self, trees: Sequence[Tree]) -> None:
        """Take back the stored calls that are wrappings."""
        found = [(tree, tree.find_wrappers()) for tree in trees]
        places = list(chain.from_iterable(wrappings for _, wrappings in found))
        if not places:
            return
        traces = {trace for trace, _ in places}
        ids = [self._call_id(span) for _, span in places]
        taken: dict[Place, Row] = {}
        revise(self.world, self.team, ids, partial(_take_back, traces, taken))
        for row in taken.values():
            if prompts.are_told(row):
                # As of a wrapping that came with its call: the call has them, under its person.
                prompts.blank(self.world, self.team, row["event_id"])
        settle_ids(self.world, self.team, found)
        fill_calls(self.world, self.team, found, taken)

    def _call_id(self, identity: str) -> str:
        return event_id(self.team, COMPLETION, identity)

    def _notes_id(self, trace: str) -> str:
        return event_id(self.team, _NOTES, trace)

    def _get(self, identities: Sequence[str]) -> dict[str, EventRecord]:
        found: dict[str, EventRecord] = {}
        for start in range(0, len(identities), _AT_ONCE):
            found |= self.world.events.get(self.team, identities[start : start + _AT_ONCE])
        return found


def _add_call(tree: Tree, place: Place, row: Row) -> None:
    """Add a stored call to its tree; an event of another trace is another span."""
    if row.get("trace_id") == place[0]:
        tree.parents[place] = row.get("parent_transaction_id") or ""
        tree.calls[place] = CallUsage.of(row)


def _take_back(
    traces: Collection[str], taken: dict[Place, Row], row: dict[str, Any]
) -> dict[str, Any] | None:
    """The columns of a call that turned out to be a wrapping; it is added to those that are
    `taken`."""
    if row.get("trace_id") not in traces:
        return None
    columns = take_back(row)
    if columns or is_wrapping(row):
        taken[row["trace_id"], row["transaction_id"]] = row
    return columns
