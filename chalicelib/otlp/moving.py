"""Moving: of a call that is stored under the id of its span, because only a span around it has the
id of the response, what becomes once both are known (wrapping.py).

The event of that id stays, because other records of the call know it by nothing else: what the
call's own span told makes it richer, and the event of that span is taken back. Where the span
around stands for several calls, or for one that has another id, both stay: a call of that id can
come yet, and a call that is lost is worse than one that counts twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, starmap
from typing import Any, NamedTuple

from pydantic_core import from_json

from chalicelib.directory.prices import prices_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.metering import prompts
from chalicelib.metering.correcting import WRAPPING
from chalicelib.metering.enriching import enrich, is_other_call
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import COMPLETION
from chalicelib.otlp.call_usage import Row
from chalicelib.otlp.frames import Place
from chalicelib.otlp.nesting import Wrappings
from chalicelib.otlp.trees import Tree
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_AT_ONCE = 100


class _Case(NamedTuple):
    """A wrapping that has the id of a response."""

    identity: str
    inner: Sequence[Place]
    """Of the calls that it tells of, those that can be the one of its id."""
    is_sure: bool
    """Nobody else settles the same at the same time in another way."""


def settle_ids(world: World, team: Scope, found: Sequence[tuple[Tree, Wrappings]]) -> None:
    """Make each call count once that a wrapping with the id of its response tells of too; `found`
    are the wrappings of each tree. Raises Stale, Throttled."""
    cases = list(chain.from_iterable(starmap(_cases, found)))
    if not cases:
        return
    stored = _get(world, team, cases)
    moves: dict[str, Row] = {}
    for case in cases:
        if row := _find_call(case, stored, team):
            moves[event_id(team, COMPLETION, case.identity)] = row
    if moves:
        _move(world, team, moves)


def _cases(tree: Tree, wrappings: Wrappings) -> Iterator[_Case]:
    for place in wrappings:
        identity = tree.identities.get(place)
        if not identity or not wrappings[place]:
            continue
        can_be = partial(_can_be, tree, place)
        inner = sorted(filter(can_be, wrappings[place]))
        is_sure = place in tree.part.parents or tree.part.parents.keys() >= set(inner)
        if inner:
            yield _Case(identity, inner, is_sure)


def _can_be(tree: Tree, place: Place, inner: Place) -> bool:
    """Whether a call can be the one of the id of a wrapping: that of one of its summands is not."""
    identity = tree.identities[place]
    has_none = tree.identities.get(inner, identity) == identity
    return has_none and tree.calls[place].may_wrap(tree.calls[inner])


def _find_call(case: _Case, stored: Mapping[str, Row], team: Scope) -> Row | None:
    """The row of the call of a wrapping; None where it has moved already, or where nobody can tell
    which it is."""
    if len(case.inner) > 1 and not case.is_sure:
        return None
    rows: list[Row] = []
    for place in case.inner:
        row = stored.get(event_id(team, COMPLETION, place[1]))
        # Of several like calls one has moved, where any is not stored under its span.
        if row is None or not _is_of_span(row, place[0]):
            return None
        rows.append(row)
    return rows[0]


def _is_of_span(row: Row, trace: str) -> bool:
    """Whether an event is that of a span of a trace, and nobody else told of it."""
    return row["channel"] == "OTLP" and not row["deleted"] and row.get("trace_id") == trace


def _move(world: World, team: Scope, moves: Mapping[str, Row]) -> None:
    """Join calls to the events of other ids."""
    prices = prices_of(world, team)
    joined: list[str] = []

    def join(known: dict[str, Any]) -> Row | None:
        coming = moves[known["event_id"]]
        if is_wrapping(known) or is_other_call(known, coming):
            return None
        joined.append(coming["event_id"])
        if prompts.are_told(coming):
            prompts.lend(world, team, coming["event_id"], known["event_id"])
        # It stays where it is in the tree of its trace.
        own = {
            "transaction_id": known["transaction_id"],
            "parent_transaction_id": known.get("parent_transaction_id"),
        }
        return enrich(known, {**coming, **own}, prices)

    revise(world, team, list(moves), join)
    revise(world, team, joined, take_back)
    # What is no call has no prompts: erasing the person who is named by the call would leave them.
    for identity in joined:
        prompts.blank(world, team, identity)


def is_wrapping(row: Row) -> bool:
    """Whether an event was taken back as a wrapping."""
    return row["deleted"] and WRAPPING in from_json(row.get("extras") or "{}")


def take_back(row: Row) -> dict[str, Any] | None:
    """The columns of a call that is told of by another event; what a client stated stays."""
    if row["deleted"] or row["channel"] != "OTLP":
        return None
    extras = from_json(row.get("extras") or "{}")
    return {"deleted": True, "extras": pack({**extras, WRAPPING: True})}


def _get(world: World, team: Scope, cases: Sequence[_Case]) -> Mapping[str, Row]:
    """The rows of the calls of cases that are stored under their spans, by event."""
    ids: list[str] = []
    for case in cases:
        ids += (event_id(team, COMPLETION, place[1]) for place in case.inner)
    found: dict[str, EventRecord] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= world.events.get(team, ids[start : start + _AT_ONCE])
    return {identity: from_json(event.body) for identity, event in found.items()}
