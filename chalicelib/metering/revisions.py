"""Revisions: the next version of an event that is stored. Nothing is ever changed in place."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.lake.tables import EVENT_TABLES
from chalicelib.metering.rows import event_record
from chalicelib.metering.settling import settle
from chalicelib.ports.documents import Stale
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

Change = Callable[[dict[str, Any]], Mapping[str, Any] | None]
"""From the newest row of an event to the columns that shall differ; None leaves it as it is."""
_AT_ONCE = 100
_ATTEMPTS = 5


def next_version(known: EventRecord, row: Mapping[str, Any], now: int) -> EventRecord:
    """The version after a known one, with the given row, made at `now` (UTC epoch ms). Its day
    stays: a lake row never moves to another partition."""
    event = event_record(
        known.team,
        EVENT_TABLES[known.table],
        {**row, "version": known.version + 1, "revised_at": now},
    )
    return replace(event, day=known.day)


def revise(
    world: World, team: Scope, event_ids: Sequence[str], change: Change
) -> dict[str, EventRecord]:
    """Append the next version of every known event that `change` wants to differ; what was
    appended, by id.

    Unknown ids are left out. Raises Stale when others keep changing the same events, Throttled.
    """
    revised: dict[str, EventRecord] = {}
    ids = list(dict.fromkeys(event_ids))
    for start in range(0, len(ids), _AT_ONCE):
        waiting = ids[start : start + _AT_ONCE]
        for _ in range(_ATTEMPTS):
            wanted = _next_versions(world.events.get(team, waiting), change, world.now())
            done = world.events.append(team, wanted) if wanted else []
            waiting = []
            for event, is_new in zip(wanted, done, strict=True):
                if is_new:
                    revised[event.event_id] = event
                else:
                    # Somebody else wrote that version in between: look again at what it says now.
                    waiting.append(event.event_id)
            if not waiting:
                break
        else:
            raise Stale("event", waiting[0])
    return revised


def _next_versions(known: Mapping[str, EventRecord], change: Change, now: int) -> list[EventRecord]:
    """The next version of each event that `change` wants to differ."""
    wanted = []
    for event in known.values():
        row = json.loads(event.body)
        columns = change(row)
        if columns is not None:
            wanted.append(next_version(event, row | columns, now))
    return wanted


def void(world: World, team: Scope, event_ids: Sequence[str]) -> dict[str, EventRecord]:
    """Take events back: their newest version says `deleted`, and no report counts them any more."""

    def change(row: dict[str, Any]) -> Mapping[str, Any] | None:
        return None if row["deleted"] else {"deleted": True, **settle(row)}

    return revise(world, team, event_ids, change)
