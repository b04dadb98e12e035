"""Verbs of metering: record a call."""

import hashlib
import json
from typing import Any
from uuid import uuid4

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import DAY, iso, millis, parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.ids import event_id
from chalicelib.metering.attribution import attribute
from chalicelib.metering.records import completion_event, usage_of
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate

_TRANSACTION_ID = 512
_OLDEST = parse_instant("2020-01-01T00:00:00Z")
"""The lake begins here (the partition range that Athena projects)."""
_MOST_AHEAD = DAY
"""Clocks are wrong by minutes or by a time zone, not by more."""


def record_completion(world: World, principal: Principal, body: AiCompletionIngest) -> dict[str, Any]:
    """Attribute, rate and store a completion; its acknowledgement (MeteringAck).

    A transaction id that the team has sent before, through whatever channel, is acknowledged with what was stored then.
    Raises Invalid for times that no clock can mean.
    """
    now = world.now()
    _check_times(body, now)
    # The identity is that of the whole id: of two that only differ behind the stored length, none may be lost.
    transaction_id = body.spanId or body.transactionId or uuid4().hex
    identity = event_id(principal.team, "COMPLETION", transaction_id)
    attribution, rating = attribute(world, principal, body), rate(usage_of(body), book())
    event = completion_event(principal, identity, transaction_id[:_TRANSACTION_ID], now, body, attribution, rating)
    return _acknowledgement(world, identity, _store(world, principal.team, event, now))


def _check_times(body: AiCompletionIngest, now: int) -> None:
    faults = [
        Fault(field, f"must lie between {iso(_OLDEST)} and a day from now", "TIME_OUT_OF_RANGE", str(moment))
        for field, moment in (("requestTime", body.requestTime), ("responseTime", body.responseTime))
        if not _OLDEST <= millis(moment) <= now + _MOST_AHEAD
    ]
    if faults:
        raise Invalid(f"{faults[0].field} {faults[0].message}", faults=faults)


def _store(world: World, team: str, event: EventRecord, now: int) -> int:
    """When the event was first received: now, or when it was first sent."""
    if world.events.append(team, [event])[0]:
        return now
    known = world.events.get(team, [event.event_id])[event.event_id]
    return int(json.loads(known.body)["received_at"])


def _acknowledgement(world: World, identity: str, received_at: int) -> dict[str, Any]:
    key = world.secrets.digest_key()  # unscoped: one signing key serves the whole deployment
    created = iso(received_at)
    return {
        "id": identity,
        "label": "metered-event",
        "resourceType": "metered-event",
        "signature": hashlib.blake2b(identity.encode(), key=key, digest_size=16).hexdigest(),
        "created": created,
        "updated": created,
        "_links": {},
    }
