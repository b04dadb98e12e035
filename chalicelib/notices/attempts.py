"""Attempts: a delivery is taken, tried, and noted with what came of it.

A try is claimed by one conditional write that puts the next one off; whoever dies in between leaves
the delivery due again when the claim has run out. So each is sent at least once, and twice only
after a crash, under the same message id.
"""

import time
from dataclasses import replace
from typing import Any

from chalicelib.kit.clock import MINUTE
from chalicelib.notices.backoff import next_try
from chalicelib.notices.records import DELIVERY, TEST, Delivery, Status, place_in_line
from chalicelib.notices.sending import Outcome, send
from chalicelib.ports.documents import Record, Stale
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

_CLAIM_MS = 5 * MINUTE
"""Longer than any try takes."""
_MOST_LOGGED = 30
"""Attempts that are kept of a delivery, the last ones."""


def attempt(world: World, tenant: Scope, team: Scope, delivery_id: str) -> Outcome | None:
    """Try a delivery that is due; None when it is not, or when somebody else is at it."""
    record = world.documents.get(team, DELIVERY, delivery_id)
    if record is None or not _is_due(record, world.now()):
        return None
    delivery = Delivery.of(record)
    try:
        world.documents.update(team, _claim(record, world.now()))
    except Stale:
        return None
    began = time.monotonic()
    outcome = send(world, tenant, delivery)
    elapsed_ms = round((time.monotonic() - began) * 1_000)
    return _note(world, team, delivery, outcome, elapsed_ms)


def _is_due(record: Record, now: int) -> bool:
    delivery = Delivery.of(record)
    return delivery.status is Status.PENDING and delivery.due <= now


def _claim(record: Record, now: int) -> Record:
    due = now + _CLAIM_MS
    marker = place_in_line(Status.PENDING, due)
    return replace(record, doc={**record.doc, "due": due, "reference": marker}, reference=marker)


def _note(
    world: World, team: Scope, delivery: Delivery, outcome: Outcome, elapsed_ms: int
) -> Outcome:
    """Keep what came of a try; the outcome, FAILED when no further try is due."""
    now = world.now()
    tries = delivery.tries + 1
    settled, due = outcome, delivery.due
    if outcome.status is Status.PENDING:
        following = next_try(delivery.id, tries, now, outcome.wait_ms)
        if following is None or delivery.event == TEST:
            settled = replace(outcome, status=Status.FAILED)
        else:
            due = following
    entry: dict[str, Any] = {
        "at": now,
        "status": outcome.http,
        "ms": elapsed_ms,
        "error": outcome.error,
        "answer": outcome.answer,
    }
    at = due if settled.status is Status.PENDING else now

    def change(doc: Doc) -> Doc | None:
        if not doc:
            return None  # erased meanwhile
        return {
            **doc,
            "status": settled.status,
            "reason": settled.error,
            "due": due,
            "tries": tries,
            "attempts": doc["attempts"] + 1,
            "changed": now,
            "log": [*doc["log"], entry][-_MOST_LOGGED:],
            "reference": place_in_line(settled.status, at),
        }

    amend(world.documents, team, DELIVERY, delivery.id, change)
    return settled
