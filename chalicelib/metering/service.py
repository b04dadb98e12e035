"""Verbs of metering: record what happened, one by one or in batches, exactly once."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from chalicelib.directory.attribution import attribute
from chalicelib.directory.jobs import note_call
from chalicelib.directory.prices import prices_of
from chalicelib.directory.tools import tool_of
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, day_of, iso, parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.ids import event_id
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.metering import prompts
from chalicelib.metering.drafts import Draft
from chalicelib.metering.joining import Joined, join_known
from chalicelib.metering.rating import rate_tool
from chalicelib.metering.rows import COMPLETION, cost_columns, event_of, usage_of
from chalicelib.metering.unpriced import tell_unpriced
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rating import rate

OLDEST = parse_instant("2020-01-01T00:00:00Z")
"""The lake begins here (the partition range that Athena projects)."""
MOST_AHEAD = DAY
"""Clocks are wrong by minutes or by a time zone, not by more."""
_TIMES = {
    AI_EVENTS.name: {"requested_at": "requestTime", "responded_at": "responseTime"},
    TOOL_EVENTS.name: {"requested_at": "timestamp"},
}
"""Column → wire member, by table: the times that the client tells."""


class Receipt(NamedTuple):
    """What became of a record: `fresh` and received at that instant (epoch ms), or known before;
    then its event is `richer` now or left as it was."""

    event_id: str
    received_at: int | None
    fresh: bool
    richer: bool = False


def record(
    world: World,
    principal: Principal,
    drafts: Sequence[Draft],
    beside: Sequence[EventRecord] = (),
) -> list[Receipt]:
    """Attribute, rate and store a batch, durably; one answer a draft, in order. Further events that
    are ready are stored `beside` it.

    A record of a call that the team has told of before, through whatever channel, makes the event
    richer where it can (enriching.py), or changes nothing. Raises Throttled when the store is
    overloaded: whatever of the batch it has taken by then is known when the batch comes again.
    """
    if not drafts and not beside:
        return []
    prompts.mark(world, principal, drafts)
    events = events_of(world, principal, drafts, world.now())
    texts = [(event.event_id, draft.prompts) for event, draft in zip(events, drafts, strict=True)]
    prompts.keep(world, principal, texts)
    fresh = world.events.append(principal.team, [*events, *beside])[: len(events)]
    new_drafts: list[Draft] = []
    receipts: list[Receipt] = []
    known: list[int] = []
    for event, draft, is_new in zip(events, drafts, fresh, strict=True):
        received = None
        if is_new:
            new_drafts.append(draft)
            received = draft.row["received_at"]
        elif draft.kind == COMPLETION:
            known.append(len(receipts))
        receipts.append(Receipt(event.event_id, received, is_new))
    joined: Sequence[Joined] = ()
    if known:
        joined = join_known(world, principal.team, [events[place] for place in known])
    for place, each in zip(known, joined, strict=True):
        received = drafts[place].row["received_at"] if each.fresh else None
        receipts[place] = Receipt(each.event_id, received, each.fresh, each.richer)
    tell_unpriced(world, principal.team, new_drafts)
    return receipts


def events_of(
    world: World, principal: Principal, drafts: Sequence[Draft], now: int
) -> list[EventRecord]:
    """Version 1 of each draft, attributed and rated, received at `now` (epoch ms); nothing is
    stored but names. What rating found is noted in the row of the draft."""
    prices = prices_of(world, principal.team)
    return [_event(world, principal, prices, draft, now) for draft in drafts]


def _event(
    world: World, principal: Principal, prices: PriceSource, draft: Draft, now: int
) -> EventRecord:
    identity = event_id(principal.team, draft.kind, draft.identity)
    if draft.table is AI_EVENTS:
        draft.row["kind"] = draft.kind
        draft.row |= cost_columns(rate(usage_of(draft.row, draft.extras), prices))
    elif draft.table is TOOL_EVENTS:
        draft.row |= rate_tool(tool_of(world, principal.team, draft.row["tool_id"]), draft.extras)
    draft.row["received_at"] = now
    if draft.names.job_id:
        note_call(world, principal.team, draft.names, day_of(draft.row["requested_at"]))
    return event_of(principal, identity, draft, attribute(world, principal, draft.names))


def record_one(
    world: World, principal: Principal, draft: Draft, resource_type: str = "metered-event"
) -> dict[str, Any]:
    """Record and acknowledge (MeteringAck). A known transaction id is acknowledged with what was
    stored then.

    Raises Invalid for times that no clock can mean, Throttled.
    """
    faults = time_faults(draft, world.now())
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    (receipt,) = record(world, principal, [draft])
    received = receipt.received_at or received_at(world, principal.team, receipt.event_id)
    return acknowledgement(world, receipt.event_id, received, resource_type)


def time_faults(draft: Draft, now: int) -> list[Fault]:
    """What is wrong with the times of a draft, by the names of the wire; `now` in epoch ms."""
    faults = []
    for column, member in _TIMES.get(draft.table.name, {}).items():
        instant = draft.row.get(column)
        if instant is not None and not OLDEST <= instant <= now + MOST_AHEAD:
            problem = f"must lie between {iso(OLDEST)} and a day from now"
            faults.append(Fault(member, problem, "TIME_OUT_OF_RANGE", iso(instant)))
    return faults


def received_at(world: World, team: Scope, identity: str) -> int:
    """When a stored record first came (epoch ms)."""
    return int(json.loads(world.events.get(team, [identity])[identity].body)["received_at"])


def acknowledgement(
    world: World, identity: str, received: int, resource_type: str
) -> dict[str, Any]:
    """The answer for a record that is stored, now or before."""
    key = world.secrets.digest_key()  # unscoped: one signing key serves the whole deployment
    created = iso(received)
    return {
        "id": identity,
        "label": resource_type,
        "resourceType": resource_type,
        "signature": hashlib.blake2b(identity.encode(), key=key, digest_size=16).hexdigest(),
        "created": created,
        "updated": created,
        "_links": {},
    }
