"""Sharing: which of several stored calls of one id a record of a file means.

The event of the second call has an id by its time and counts (joining.py), which an id alone does
not tell: that there is one is noted under the event of the first.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from chalicelib.kit.errors import Fault
from chalicelib.metering.enriching import is_other_call
from chalicelib.ports.counters import Counter
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Row = Mapping[str, Any]
_FAMILY, _CALLS = "shared", "calls"
_AT_ONCE = 100
_FACTS = ("requested_at", "input_tokens", "output_tokens")
"""Columns by which two calls of one id are told apart."""

SHARED = Fault(
    "transactionId",
    "two calls have this id, stored or in this file: which one is meant cannot be told",
    "SHARED_ID",
)
_NO_SUCH_RECORD = Fault("transactionId", "there is no such record", "NOT_FOUND")


class Asked(NamedTuple):
    """What a record may mean: the event of its id; where it tells a whole call, its row and the
    events that this would be as another call."""

    event_id: str
    row: Row | None = None
    others: Sequence[str] = ()


def note_shared(world: World, team: Scope, event_ids: Iterable[str]) -> None:
    """Note that another call has the id of each event; once, however often it comes."""
    for identity in event_ids:
        world.counters.add(team, Counter(_FAMILY, identity), {_CALLS: 1}, f"{_FAMILY}-{identity}")


def find_meant(world: World, team: Scope, asked: Sequence[Asked]) -> list[str | Fault]:
    """The id of the stored event that each record means, or why it means none."""
    ids = list(dict.fromkeys(chain.from_iterable(map(_ids_of, asked))))
    stored: dict[str, Row] = {}
    shared: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        known = world.events.get(team, some)
        for name, event in known.items():
            stored[name] = json.loads(event.body)
        counters = [Counter(_FAMILY, name) for name in known]
        for counter, amounts in world.counters.read(team, counters, world.now()).items():
            if amounts.get(_CALLS):
                shared.add(counter.member)
    return [_choose(each, stored, each.event_id in shared) for each in asked]


def _choose(asked: Asked, stored: Mapping[str, Row], is_shared: bool) -> str | Fault:
    known = list(filter(stored.__contains__, _ids_of(asked)))
    if not known:
        return _NO_SUCH_RECORD
    row = asked.row
    if row is not None:
        same = [name for name in known if _is_same(stored[name], row)]
        if len(same) == 1:
            return same[0]
    if is_shared or len(known) > 1:
        return SHARED
    (name,) = known
    if row is not None and is_other_call(stored[name], row):
        return _NO_SUCH_RECORD
    return name


def _ids_of(asked: Asked) -> Sequence[str]:
    return (asked.event_id, *asked.others)


def _is_same(known: Row, row: Row) -> bool:
    return list(map(known.get, _FACTS)) == list(map(row.get, _FACTS))
