"""Joining: what becomes of a record whose call is known already. It makes the event richer
(enriching.py), or is another call that only shares its id; then it is an event of its own, and the
conflict is counted."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.directory.prices import prices_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.telemetry import count
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.enriching import enrich, is_left_out, is_other_call
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import COMPLETION, event_record
from chalicelib.metering.sharing import note_shared
from chalicelib.metering.untold import CONFLICT, LEFT_OUT, note_untold
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.book import PriceSource

Row = Mapping[str, Any]
_LEVELS = 2
"""Ids that are tried for a call that shares its own id with another one."""


class Joined(NamedTuple):
    """What became of a record: the event it is of; whether that is new (of a call that shares its
    id with another one), or richer now; whether it was left out though it says something, because
    the event is closed or has had all of its versions."""

    event_id: str
    fresh: bool = False
    richer: bool = False
    left_out: bool = False


def join_known(world: World, team: Scope, events: Sequence[EventRecord]) -> list[Joined]:
    """Take records of completions whose ids are known, as version 1 of each would be; what became
    of each. Raises Stale when others keep changing the same events, Throttled."""
    prices = prices_of(world, team)
    rows = [json.loads(event.body) for event in events]
    found = _join(world, team, prices, rows)
    new = 0
    for level in range(_LEVELS):
        apart = [place for place, each in enumerate(found) if each is None]
        if not apart:
            break
        if not level:
            note_shared(world, team, {rows[place]["event_id"] for place in apart})
        others = [as_other_call(team, rows[place], level) for place in apart]
        records = [event_record(team, AI_EVENTS, row) for row in others]
        fresh = world.events.append(team, records)
        new += sum(fresh)
        old = [row for row, is_new in zip(others, fresh, strict=True) if not is_new]
        joined = iter(_join(world, team, prices, old))
        for place, row, is_new in zip(apart, others, fresh, strict=True):
            found[place] = Joined(row["event_id"], fresh=True) if is_new else next(joined)
    left_out = sum(each is not None and each.left_out for each in found)
    if new or left_out:
        count("ConflictingRecords", new + left_out, world.settings.stage)
        note_untold(world, team, {CONFLICT: new, LEFT_OUT: left_out})
    return [each or Joined(event.event_id) for each, event in zip(found, events, strict=True)]


def _join(
    world: World, team: Scope, prices: PriceSource, rows: Sequence[Row]
) -> list[Joined | None]:
    """Make the events of rows richer; None for a row that is of another call."""
    found: list[Joined | None] = [None] * len(rows)
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        waiting[row["event_id"]].append(place)
    while waiting:
        # Several records of one call in a batch are taken one after the other.
        places = {identity: some.pop(0) for identity, some in waiting.items()}
        waiting = defaultdict(list, {name: some for name, some in waiting.items() if some})
        apart: set[str] = set()
        left_out: set[str] = set()

        def change(
            row: dict[str, Any],
            places: Mapping[str, int] = places,
            apart: set[str] = apart,
            left_out: set[str] = left_out,
        ) -> Row | None:
            coming = rows[places[row["event_id"]]]
            if is_other_call(row, coming):
                apart.add(row["event_id"])
                return None
            if is_left_out(row, coming):
                left_out.add(row["event_id"])
                return None
            return enrich(row, coming, prices)

        revised = revise(world, team, list(places), change)
        for identity, place in places.items():
            if identity not in apart:
                richer, closed = identity in revised, identity in left_out
                found[place] = Joined(identity, richer=richer, left_out=closed)
    return found


def as_other_call(team: Scope, row: Row, level: int = 0) -> Row:
    """The row of a call that shares its id with another one, as an event of its own: by its span,
    and where the span is all that it has, by its time; at last by its tokens too."""
    identity = event_id(team, COMPLETION, row["transaction_id"])
    if level or identity == row["event_id"]:
        marks = [row["transaction_id"], row["requested_at"]]
        if level:
            marks += [row.get("input_tokens"), row.get("output_tokens")]
        identity = event_id(team, COMPLETION, "\n".join(map(str, marks)))
    return {**row, "event_id": identity}
