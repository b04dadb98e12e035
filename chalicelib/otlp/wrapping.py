"""Wrapping: spans around the span of a call that tell of the same call. The innermost span with
usage is the call; those above it with the same model and usage are none.

Spans of a trace come in batches, in any order. Within a batch the tree is at hand. Beyond it, what
a batch says of a call is carried upwards through what is stored (`settle`): a stored call with the
same usage is taken back; where the next span above has not come yet, a mark waits for it. The mark
is an event of the table of spans that is deleted from its beginning, so that no report sees it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

from chalicelib.identity.records import Principal
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import AI_EVENTS, TRACE_SPANS
from chalicelib.metering.drafts import Draft
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import event_record
from chalicelib.otlp.genai import UNKNOWN_MODEL
from chalicelib.otlp.rejects import DraftBatch
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

REASON = "wrapping"
"""The extra of an event that was taken back because it stood around the call itself."""
_MARK = "INNER"
_SPAN_KINDS = ("AGENT", "TOOL", "OTHER")
_MOST_LEVELS, _MOST_CALLS, _AT_ONCE, _ATTEMPTS = 32, 64, 100, 5
Place = tuple[str, str]
"""A span by its trace and its own id."""
Row = Mapping[str, Any]


class CallUsage(NamedTuple):
    """What tells that two spans are of one call: a part of the name of the model, all counts that
    may be meant by its input, and its output."""

    model: str
    inputs: frozenset[int]
    output: int

    @classmethod
    def of(cls, row: Row) -> "CallUsage":
        """That of a row of a call."""
        given = row.get("input_tokens") or 0
        read = row.get("cache_read_tokens") or 0
        written = row.get("cache_creation_tokens") or 0
        inputs = frozenset((given, given + written, given + read + written))
        return cls(_fold_model(row.get("model") or ""), inputs, row.get("output_tokens") or 0)

    def is_same(self, other: "CallUsage") -> bool:
        """Whether both can be of one call."""
        if self.output != other.output or self.inputs.isdisjoint(other.inputs):
            return False
        mine, theirs = self.model, other.model
        return UNKNOWN_MODEL in (mine, theirs) or mine in theirs or theirs in mine

    def as_json(self) -> list[Any]:
        """As a mark keeps it."""
        return [self.model, sorted(self.inputs), self.output]

    @classmethod
    def from_json(cls, kept: Sequence[Any]) -> "CallUsage":
        """From what a mark keeps."""
        return cls(kept[0], frozenset(kept[1]), kept[2])


def _fold_model(name: str) -> str:
    """The name without what gateways write before it."""
    return name.lower().rpartition("/")[2]


def find_wrappers(calls: Mapping[Place, Row], parents: Mapping[Place, str]) -> set[Place]:
    """Which of the calls of a batch stand around another one of the same usage; `parents` are all
    spans of the batch."""
    wrappers: set[Place] = set()
    for place, row in calls.items():
        for above in climb(place, parents):
            outer = calls.get(above)
            if outer is not None and CallUsage.of(row).is_same(CallUsage.of(outer)):
                wrappers.add(above)
    return wrappers


def climb(place: Place, parents: Mapping[Place, str]) -> Iterator[Place]:
    """The spans above a span, nearest first, up to the first one that the batch does not have (that
    one too). A circle ends."""
    trace, span = place
    passed = {span}
    while (parent := parents.get((trace, span), "")) and parent not in passed:
        yield trace, parent
        passed.add(parent)
        span = parent


Claims = dict[Place, set[CallUsage]]
"""The usage of inner calls, by the span that they have been carried up to."""


def settle(world: World, principal: Principal, batch: DraftBatch) -> Collection[Place]:
    """Make what is stored tell each call once, after a batch of spans was stored. Whichever of two
    batches that belong together is stored last finds what the other one left. The spans of the
    batch below which calls had been stored before. Raises Stale, Throttled."""
    instant = min(_times(batch.drafts), default=0)
    run = _Run(world, principal.team, instant, batch.wrappers)
    claims: Claims = {}
    places: list[Place] = []
    for draft in batch.drafts:
        place = _place_of(draft)
        if place is None:
            continue
        places.append(place)
        if draft.table is AI_EVENTS:
            _claim(claims, place, draft.row, batch)
    marked = run.read_marks(places)
    for place, usages in marked.items():
        claims.setdefault(place, set()).update(usages)
    run.carry(claims)
    return marked.keys()


def _claim(claims: Claims, place: Place, row: Row, batch: DraftBatch) -> None:
    """Add a call to what is claimed of the first span above it that the batch does not have, and of
    its wrappers in the batch, which may have been stored as calls before."""
    usage: CallUsage | None = None
    for above in climb(place, batch.parents):
        if above in batch.wrappers or above not in batch.parents:
            usage = usage or CallUsage.of(row)
            claims.setdefault(above, set()).add(usage)


def _times(drafts: Iterable[Draft]) -> Iterator[int]:
    for draft in drafts:
        yield draft.row["requested_at"]


def _place_of(draft: Draft) -> Place | None:
    """Where a draft stands in its trace; None where it stands in none."""
    row = draft.row
    if draft.kind == "COMPLETION" or draft.table is TRACE_SPANS:
        trace, span = row.get("trace_id"), row["transaction_id"]
        return (trace, span) if trace else None
    return None


@dataclass(slots=True)
class _Run:
    """One settling, of a team; `instant` is when its first span began (epoch ms), `wrappers` are
    the batch's."""

    world: World
    team: Scope
    instant: int
    wrappers: Collection[Place]

    def read_marks(self, places: Sequence[Place]) -> Claims:
        """The calls that wait for some spans."""
        by_id = {self._mark_id(place): place for place in places}
        claims: Claims = {}
        for identity, event in self._get(list(by_id)).items():
            claims[by_id[identity]] = _usages_of(event)
        return claims

    def carry(self, claims: Claims) -> None:
        """Carry calls upwards as far as the ledger knows the way, and mark where it ends."""
        waiting: Claims = {}
        for _ in range(_MOST_LEVELS):
            if not claims:
                break
            claims = self._carry_level(claims, waiting)
        if waiting:
            self._mark(waiting)

    def _carry_level(self, claims: Claims, waiting: Claims) -> Claims:
        ids = {place: self._span_ids(place) for place in claims}
        known = self._get(list(chain.from_iterable(ids.values())))
        above: Claims = {}
        outer: list[str] = []
        for place, usages in claims.items():
            row = _row_at(place, ids[place], known) if known else None
            if row is None or (place in self.wrappers and not _is_call(row)):
                # A wrapper may come again, alone: it would be taken for a call.
                waiting.setdefault(place, set()).update(usages)
            if row is None:
                continue
            if _is_call(row) and any(map(CallUsage.of(row).is_same, usages)):
                outer.append(row["event_id"])
            parent = row.get("parent_transaction_id")
            if parent:
                above.setdefault((place[0], parent), set()).update(usages)
        if outer:
            revise(self.world, self.team, outer, _take_back)
        return above

    def _span_ids(self, place: Place) -> list[str]:
        """The ids of the events that the span of a place may have become."""
        ids = [event_id(self.team, "COMPLETION", place[1])]
        ids.extend(event_id(self.team, kind, place[0] + place[1]) for kind in _SPAN_KINDS)
        return ids

    def _mark_id(self, place: Place) -> str:
        return event_id(self.team, _MARK, place[0] + place[1])

    def _mark(self, waiting: Claims) -> None:
        """Leave what waits for each span, beside what waits already."""
        places = {self._mark_id(place): place for place in waiting}
        known: Mapping[str, EventRecord] = {}
        for _ in range(_ATTEMPTS):
            wanted: list[EventRecord] = []
            for identity, place in places.items():
                before = known.get(identity)
                mark = self._next_mark(identity, place, before, waiting[place])
                if mark is not None:
                    wanted.append(mark)
            done = self.world.events.append(self.team, wanted) if wanted else []
            late = [mark for mark, is_new in zip(wanted, done, strict=True) if not is_new]
            places = {mark.event_id: places[mark.event_id] for mark in late}
            if not places:
                return
            # Nearly all marks are new; those that are not are read and added to.
            known = self._get(list(places))

    def _next_mark(
        self, identity: str, place: Place, before: EventRecord | None, usages: set[CallUsage]
    ) -> EventRecord | None:
        """The next version of a mark; None when it says all of it already."""
        kept = _usages_of(before) if before else set()
        if usages <= kept or len(kept) >= _MOST_CALLS:
            return None
        texts = sorted(usage.as_json() for usage in kept | usages)
        row = {
            "event_id": identity,
            "version": before.version + 1 if before else 1,
            "deleted": True,
            "transaction_id": place[1],
            "channel": "OTLP",
            "requested_at": self.instant,
            "received_at": self.world.now(),
            "kind": "OTHER",
            "trace_id": place[0],
            "extras": pack({"inner": texts[:_MOST_CALLS]}),
        }
        mark = event_record(self.team, TRACE_SPANS, row)
        return replace(mark, day=before.day) if before else mark

    def _get(self, identities: Sequence[str]) -> dict[str, EventRecord]:
        found: dict[str, EventRecord] = {}
        for start in range(0, len(identities), _AT_ONCE):
            found |= self.world.events.get(self.team, identities[start : start + _AT_ONCE])
        return found


def _row_at(
    place: Place, ids: Sequence[str], known: Mapping[str, EventRecord]
) -> dict[str, Any] | None:
    """The stored row of a span; None where nothing is stored of it."""
    for identity in ids:
        if identity in known:
            row: dict[str, Any] = json.loads(known[identity].body)
            if row.get("trace_id") == place[0]:
                return row
    return None


def _is_call(row: Row) -> bool:
    return "operation_type" in row and not row["deleted"]


def _usages_of(mark: EventRecord) -> set[CallUsage]:
    extras = json.loads(json.loads(mark.body).get("extras") or "{}")
    return {CallUsage.from_json(kept) for kept in extras.get("inner", ())}


def _take_back(row: dict[str, Any]) -> dict[str, Any] | None:
    """The columns of a call that turned out to be another one's wrapping."""
    if row["deleted"]:
        return None
    extras = json.loads(row.get("extras") or "{}")
    return {"deleted": True, "extras": pack({**extras, REASON: True})}
