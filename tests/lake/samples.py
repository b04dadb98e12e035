"""Events and batches for tests of the lake and of reports."""

import json
from typing import Any

from chalicelib.kit.clock import day_of, parse_instant
from chalicelib.kit.ids import event_id
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch

NOON = parse_instant("2026-03-10T12:00:00Z")
DAY = day_of(NOON)


def event(
    team: str, transaction: str, version: int = 1, at: int = NOON, **columns: Any
) -> EventRecord:
    """A completion; `columns` are added to its body, or replace what is there."""
    identity = event_id(team, "completion", transaction)
    body = {
        "event_id": identity,
        "version": version,
        "deleted": False,
        "kind": "completion",
        "transaction_id": transaction,
        "requested_at": at,
        "received_at": at + 500,
    }
    text = json.dumps(
        {name: value for name, value in (body | columns).items() if value is not None}
    )
    return EventRecord(team, identity, version, "ai_events", day_of(at), text)


def batch(*events: EventRecord, first: str = "0001", last: str = "", shard: str = "s") -> FeedBatch:
    """A batch whose name follows from its bounds."""
    return FeedBatch(shard, first, last or first, events)
