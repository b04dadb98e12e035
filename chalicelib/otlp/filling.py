"""Filling: a stored call takes from what turned out to be its wrapping (wrapping.py) what it leaves
open of whom and what it is for, as another record of the call would tell it (enriching.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json

from chalicelib.directory.prices import prices_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.jsontext import pack
from chalicelib.metering.enriching import enrich
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import COMPLETION
from chalicelib.otlp.call_usage import Row
from chalicelib.otlp.frames import Place
from chalicelib.otlp.labels import EXTRAS, LABELS, OWNERS, take_open
from chalicelib.otlp.nesting import Wrappings, climb
from chalicelib.otlp.trees import Tree
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_GROUPS = (*OWNERS, *LABELS)
_NOTHING: Row = {}


def fill_calls(
    world: World,
    team: Scope,
    found: Sequence[tuple[Tree, Wrappings]],
    taken: Mapping[Place, Row],
) -> None:
    """Fill the calls that wrappings tell of; `found` are those of each tree, `taken` the rows of
    those that were stored and are taken back. Raises Stale, Throttled."""
    tellers: dict[str, list[Row]] = {}
    for tree, wrappings in found:
        known = wrappings.keys() & taken.keys()
        moved = _moved_ids(tree, wrappings)
        # The nearest first.
        for place in sorted(known, key=lambda each: (-len(climb(each, tree.parents)), each)):
            if _tells_labels(taken[place]):
                for call in wrappings[place]:
                    identity = tree.identities.get(call) or moved.get(call, call[1])
                    tellers.setdefault(event_id(team, COMPLETION, identity), []).append(
                        taken[place]
                    )
    if not tellers:
        return
    prices = prices_of(world, team)

    def fill(row: dict[str, Any]) -> Row | None:
        trace = row.get("trace_id")
        # An id may be of another call, in another trace.
        mine = [each for each in tellers[row["event_id"]] if each.get("trace_id") == trace]
        coming = _open_labels(row, mine)
        return enrich(row, coming, prices) if coming else None

    revise(world, team, list(tellers), fill)


def _moved_ids(tree: Tree, wrappings: Wrappings) -> Mapping[Place, str]:
    """The ids of calls that have those of their wrappings (moving.py)."""
    moved: dict[Place, str] = {}
    for place in wrappings.keys() & tree.identities.keys():
        moved |= dict.fromkeys(wrappings[place], tree.identities[place])
    return moved


def _tells_labels(row: Row) -> bool:
    extras = from_json(row.get("extras") or "{}")
    return bool(take_open(_GROUPS, _NOTHING, row) or take_open(EXTRAS, _NOTHING, extras))


def _open_labels(row: Row, tellers: Sequence[Row]) -> Row | None:
    """As a record of the call, what others tell that it leaves open; None when that is nothing."""
    told = dict(row)
    extras = from_json(row.get("extras") or "{}")
    columns: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for teller in tellers:
        columns |= take_open(_GROUPS, told | columns, teller)
        theirs = from_json(teller.get("extras") or "{}")
        more |= take_open(EXTRAS, extras | more, theirs)
    if not (columns or more):
        return None
    # It tells of no answer of its own: that of the call is as full.
    end = {"channel": "OTLP", "stop_reason": row.get("stop_reason")}
    return columns | end | ({"extras": pack(more)} if more else {})
