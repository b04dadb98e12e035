"""The ledger and the prompts without the person.

Versions keep their numbers and their places, so that an event that is sent again is known and stays
as it is.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chalicelib.erasure.rows import Row, scrub_row
from chalicelib.erasure.subject import Subject
from chalicelib.erasure.task import Task
from chalicelib.kit.jsontext import pack
from chalicelib.metering import prompts
from chalicelib.metering.revisions import revise
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_AT_ONCE = 100
"""Events whose versions are held in memory."""


def find_suspects(task: Task) -> tuple[list[str], int]:
    """The ids of the events of which any version names the person, and how many versions do."""
    ids: dict[str, None] = {}
    versions = 0
    for event in task.world.events.every(task.team):
        if _scrub_version(event, task.subject) != event:
            ids[event.event_id] = None
            versions += 1
    return list(ids), versions


def erase(task: Task, event_ids: Sequence[str]) -> tuple[int, int]:
    """Take the person out of all versions of events; of how many versions, and of how many prompts.

    Raises Stale, Throttled.
    """
    changed = blanked = 0
    for start in range(0, len(event_ids), _AT_ONCE):
        versions, texts = _erase_events(task, event_ids[start : start + _AT_ONCE])
        changed += versions
        blanked += texts
    return changed, blanked


def _erase_events(task: Task, event_ids: Sequence[str]) -> tuple[int, int]:
    """Prompts go first, so that no crash leaves them behind. Then comes a next version, which goes
    to the lake as every correction does: a copy of an older one that is still on its way there
    cannot outlive it."""
    world, team, subject = task.world, task.team, task.subject
    own: list[str] = []
    correctable: set[str] = set()
    for event in _read_versions(world, team, event_ids):
        row = _parse_row(event)
        if subject.owns(row):
            own.append(event.event_id)
        if row:  # what is no row was quarantined, and has no next version
            correctable.add(event.event_id)
    blanked = blank_prompts(world, team, own)
    revise(world, team, sorted(correctable), lambda row: _change_row(row, subject))
    wanted: list[EventRecord] = []
    for event in _read_versions(world, team, event_ids):
        scrubbed = _scrub_version(event, subject)
        if scrubbed != event:
            wanted.append(scrubbed)
    world.events.overwrite(team, wanted)
    return len(wanted), blanked


def _read_versions(world: World, team: Scope, event_ids: Sequence[str]) -> list[EventRecord]:
    versions: list[EventRecord] = []
    for event_id in event_ids:
        versions += world.events.history(team, event_id)
    return versions


def blank_prompts(world: World, team: Scope, event_ids: Iterable[str]) -> int:
    """Blank the prompts of events; how many of them had any."""
    wanted = dict.fromkeys(event_ids)
    if not wanted or not prompts.any_kept(world, team):
        return 0
    return sum(prompts.blank(world, team, event_id) for event_id in wanted)


def _parse_row(event: EventRecord) -> Row:
    """The lake row of a version; empty for a body that is none."""
    try:
        row = json.loads(event.body)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _scrub_version(event: EventRecord, subject: Subject) -> EventRecord:
    """A version without the person; of a body that is no row, only its texts change."""
    row = _parse_row(event)
    if not row:
        return replace(event, body=subject.json_text(event.body))
    changed = _change_row(row, subject)
    return event if changed is None else replace(event, body=pack(changed))


def _change_row(row: Row, subject: Subject) -> Row | None:
    """The row without the person; None when it does not name them."""
    scrubbed = scrub_row(row, subject)
    return None if scrubbed == row else scrubbed
