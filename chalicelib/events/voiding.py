"""Voiding: events that are taken back. Nothing is removed from the ledger: the newest version says
`deleted`, who wanted that, when and why, and no list, report or invoice counts the event any more.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.events.listing import Listing
from chalicelib.events.service import find_event
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.clock import day_of, iso
from chalicelib.kit.errors import Forbidden, Invalid
from chalicelib.kit.parallel import at_once
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.correcting import VOIDED
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import extras_text
from chalicelib.metering.settling import settle
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.audit import VOID, note_change
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.listing import read_all

MOST_IDS = 1_000
_AT_ONCE = 100


def void_event(
    world: World, principal: Principal, listing: Listing, identity: str, reason: str = ""
) -> None:
    """Take one event of a list back, by its id or its transaction id. Raises UnknownRecord, for one
    too that the ledger has forgotten, Stale, Throttled, EngineBusy."""
    event = find_event(world, principal.team, listing, identity)
    records = list(_look_up(world, principal.team, [event.id]).values())
    if not records:
        raise UnknownRecord(listing.noun, identity)
    _void(world, principal, records, reason)


def void_events(
    world: World, principal: Principal, listing: Listing, ids: Sequence[str], reason: str = ""
) -> int:
    """Take several events of a list back; how many those were. Ids that nobody knows, and events
    that were taken back before, are passed over.

    Raises Invalid without any id, with over 1,000 and with one of another list, Forbidden when one
    is another team's: before anything changes; Stale, Throttled.
    """
    wanted = list(dict.fromkeys(each.strip() for each in ids if each.strip()))
    if not wanted:
        raise Invalid("ids: name what to delete; without an id nothing is deleted", field="ids")
    if len(wanted) > MOST_IDS:
        raise Invalid(f"ids: at most {MOST_IDS} at once", field="ids")
    known = _look_up(world, principal.team, wanted)
    unknown = [each for each in wanted if each not in known]
    if unknown and _is_of_other_team(world, principal, unknown):
        raise Forbidden("ids: one of them is another team's; nothing was deleted", field="ids")
    mine: list[EventRecord] = []
    for each in known.values():
        row = json.loads(each.body)
        if row["deleted"]:
            continue
        if not _stands_in(listing, each.table, row):
            message = f"{each.event_id} is no {listing.noun}; nothing was deleted"
            raise Invalid(f"ids: {message}", field="ids")
        mine.append(each)
    if mine:
        _void(world, principal, mine, reason)
    return len(mine)


def _look_up(world: World, team: Scope, ids: Sequence[str]) -> dict[str, EventRecord]:
    known: dict[str, EventRecord] = {}
    for start in range(0, len(ids), _AT_ONCE):
        known |= world.events.get(team, ids[start : start + _AT_ONCE])
    return known


def _is_of_other_team(world: World, principal: Principal, ids: Sequence[str]) -> bool:
    """Whether another team of the tenant knows one of some ids."""
    teams = [Scope(record.id) for record in read_all(world, principal.tenant, TEAM)]
    others = [team for team in teams if team != principal.team]
    return any(at_once(lambda team: bool(_look_up(world, team, ids)), others))


def _stands_in(listing: Listing, table: str, row: Mapping[str, Any]) -> bool:
    """Whether an event of a table stands in a list."""
    if table != listing.fact.table.name:
        return False
    return table != AI_EVENTS.name or row["kind"] in listing.kinds


def _void(world: World, principal: Principal, records: Sequence[EventRecord], reason: str) -> None:
    """Note who takes which events back, and do it: a note too many is better than a change that
    nobody knows of. Each version says it too."""
    now, author = world.now(), principal.user or principal.key_id
    note = {"by": author, "at": iso(now), "reason": reason}

    def change(row: dict[str, Any]) -> Mapping[str, Any] | None:
        if row["deleted"]:
            return None
        extras = json.loads((row | settle(row)).get("extras") or "{}")
        return {"deleted": True, "extras": extras_text({**extras, VOIDED: note})}

    days = sorted({day_of(json.loads(each.body)["requested_at"]) for each in records})
    facts = {
        "firstDay": days[0],
        "lastDay": days[-1],
        "reason": reason,
        "events": [each.event_id for each in records],
    }
    note_change(world, principal.team, VOID, author, facts)
    ids = [each.event_id for each in records]
    revise(world, principal.team, ids, change)
