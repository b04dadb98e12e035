"""Joining: what becomes of a record whose call is known already. It makes the event richer
(enriching.py), or is another call that only shares its id; then it is an event of its own, and the
conflict is counted."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.directory.prices import prices_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.telemetry import count
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.enriching import enrich, is_other_call
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import COMPLETION, event_record
from chalicelib.metering.untold import CONFLICT, note_untold
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Row = Mapping[str, Any]
_TELEMETRY = "OTLP"


def join_known(world: World, team: Scope, events: Sequence[EventRecord]) -> None:
    """Take records of completions whose ids are known, as version 1 of each would be. Raises Stale
    when others keep changing the same events, Throttled."""
    prices = prices_of(world, team)
    waiting: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        waiting[event.event_id].append(json.loads(event.body))
    others: dict[str, Row] = {}
    while waiting:
        # Several records of one call in a batch are taken one after the other.
        coming = {identity: rows.pop(0) for identity, rows in waiting.items()}
        waiting = defaultdict(list, {name: rows for name, rows in waiting.items() if rows})

        def change(row: dict[str, Any], coming: Mapping[str, Row] = coming) -> Row | None:
            record = coming[row["event_id"]]
            if not _is_stated_twice(row, record) and is_other_call(row, record):
                others[_other_id(team, record)] = record
                return None
            return enrich(row, record, prices)

        revise(world, team, list(coming), change)
    if others:
        _store_others(world, team, others)


def _is_stated_twice(known: Row, coming: Row) -> bool:
    """Whether both came from clients that say what the call's id is: then it is one call, whatever
    they say of it, and the first record stands."""
    return _TELEMETRY not in (known["channel"], coming["channel"])


def _other_id(team: Scope, row: Row) -> str:
    """The id of the event of a call that shares its own id with another one: by its span, and where
    the span is all that it has, by its time."""
    by_span = event_id(team, COMPLETION, row["transaction_id"])
    if by_span != row["event_id"]:
        return by_span
    return event_id(team, COMPLETION, f"{row['transaction_id']}\n{row['requested_at']}")


def _store_others(world: World, team: Scope, others: Mapping[str, Row]) -> None:
    """Store calls whose ids were taken, and count what is new of them."""
    apart = []
    for identity, row in others.items():
        apart.append(event_record(team, AI_EVENTS, {**row, "event_id": identity}))
    number = sum(world.events.append(team, apart))
    if number:
        count("ConflictingRecords", number, world.settings.stage)
        note_untold(world, team, {CONFLICT: number})
