"""The ledger and the prompts without the person.

Versions keep their numbers and their places, so that an event that is sent again is known and stays
as it is.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.erasure.rows import Row, scrub_row
from chalicelib.erasure.subject import Subject
from chalicelib.kit.jsontext import pack
from chalicelib.metering import prompts
from chalicelib.metering.revisions import revise
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World

_AT_ONCE = 100


def find_suspects(world: World, team: str, subject: Subject) -> tuple[list[str], int]:
    """The ids of the events of which any version names the person, and how many versions do."""
    found = [
        event.event_id for event in world.events.every(team) if _without(event, subject) != event
    ]
    return list(dict.fromkeys(found)), len(found)


def erase(world: World, team: str, subject: Subject, event_ids: Sequence[str]) -> tuple[int, int]:
    """Take the person out of all versions of events; of how many versions, and of how many prompts.

    First comes a next version, which goes to the lake as every correction does: a copy of an older
    one that is still on its way there cannot outlive it. Prompts go before, so that no crash leaves
    them behind. Raises Stale, Throttled.
    """
    changed = blanked = 0
    for start in range(0, len(event_ids), _AT_ONCE):
        ids = event_ids[start : start + _AT_ONCE]
        versions = [event for each in ids for event in world.events.history(team, each)]
        blanked += blank_prompts(
            world, team, (event.event_id for event in versions if subject.owns(_row(event)))
        )
        # What is no row was quarantined, and has no next version.
        rows = {event.event_id for event in versions if _row(event)}
        revise(world, team, sorted(rows), lambda row: _change(row, subject))
        versions = [event for each in ids for event in world.events.history(team, each)]
        wanted = [new for event in versions if (new := _without(event, subject)) != event]
        world.events.overwrite(team, wanted)
        changed += len(wanted)
    return changed, blanked


def blank_prompts(world: World, team: str, event_ids: Iterable[str]) -> int:
    """Blank the prompts of events; of how many there were any."""
    wanted = dict.fromkeys(event_ids)
    if not wanted or not prompts.any_kept(world, team):
        return 0
    return sum(prompts.blank(world, team, each) for each in wanted)


def _row(event: EventRecord) -> Row:
    try:
        row = json.loads(event.body)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _without(event: EventRecord, subject: Subject) -> EventRecord:
    """A version without the person; of a body that is no row, only its texts change."""
    row = _row(event)
    if not row:
        return replace(event, body=subject.json_text(event.body))
    new = scrub_row(row, subject)
    return event if new == row else replace(event, body=pack(new))


def _change(row: Row, subject: Subject) -> Row | None:
    new = scrub_row(row, subject)
    return None if new == row else new
