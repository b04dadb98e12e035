"""Settling: reservations end with the event of their call, once it has been counted.

A call that was made before a rule was counted stands in the rule's base, which the lake may tell
a little later. Its reservation is held until the base is final: a budget then has too little room
for a moment, and never too much.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.budgets.generations import read_counting, since_of
from chalicelib.budgets.reservations import (
    HELD,
    RESERVING,
    RESERVING_ID,
    SETTLED,
    find_attempts,
    is_over,
    is_reserving,
    note_reserving,
    reservation_id,
)
from chalicelib.kit.clock import DAY
from chalicelib.kit.jsontext import dumps
from chalicelib.ports.counters import USED, Counter, Reservation
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

Json = dict[str, Any]
Row = Mapping[str, Any]
ESTIMATED = "estimated"
"""The field of a counter that tells how much of what was used is estimated."""
_ESTIMATES_KEPT = 7 * DAY
_MOST_DEFERRED = 1_000
"""Reservations that wait for a base; further ones expire by themselves."""


def settle(world: World, team: Scope, rows: Sequence[Row]) -> int:
    """End the reservations of calls that were metered and counted; how many. Whatever a call cost
    beyond what was held for it has been counted by then. Raises Unavailable."""
    if not is_reserving(world, team):
        return 0
    by_id: dict[str, Row] = {}
    for row in rows:
        if transaction_id := row.get("transaction_id"):
            # Of several versions the newest says what the call costs.
            by_id[reservation_id(team, transaction_id)] = row
    settled = 0
    deferred: dict[str, int | None] = {}
    for identity, reservation in world.counters.find(team, list(by_id)).items():
        row = by_id[identity]
        if is_over(reservation, world.now()):
            # It was given back or ran out, and the call may have been reserved for once more.
            reservation = find_attempts(world, team, row["transaction_id"])[-1]
        if _is_early(world, team, reservation, row):
            deferred[reservation.id] = row.get("cost_nano")
            continue
        settled += _settle(world, team, reservation, row)
    if deferred:
        _defer(world, team, deferred)
    return settled


def settle_deferred(world: World, team: Scope) -> None:
    """End the reservations that have waited for a base. Raises Unavailable."""
    record = world.documents.get(team, RESERVING, RESERVING_ID)
    deferred: Mapping[str, int | None] = record.doc.get("deferred", {}) if record else {}
    for identity, reservation in world.counters.find(team, list(deferred)).items():
        _settle(world, team, reservation, {"cost_nano": deferred[identity]})
    if deferred:
        amend(world.documents, team, RESERVING, RESERVING_ID, lambda doc: _without(doc, deferred))


def _is_early(world: World, team: Scope, reservation: Reservation, row: Row) -> bool:
    """Whether a call is of before a counting whose base is not final, whatever its version."""
    families = [
        hold.counter.family
        for hold in reservation.holds
        if row["received_at"] < since_of(hold.counter.family)
    ]
    if reservation.state != HELD or not families:
        return False
    counting = read_counting(world, team)
    return any(counting.awaits_base(family) for family in families)


def _defer(world: World, team: Scope, deferred: Mapping[str, int | None]) -> None:
    def change(doc: Doc) -> Doc:
        waiting = {**doc.get("deferred", {}), **deferred}
        return {**doc, "deferred": dict(list(waiting.items())[:_MOST_DEFERRED])}

    amend(world.documents, team, RESERVING, RESERVING_ID, change)


def _without(doc: Doc, done: Mapping[str, int | None]) -> Doc:
    waiting = {name: cost for name, cost in doc.get("deferred", {}).items() if name not in done}
    return {**doc, "deferred": waiting}


def _settle(world: World, team: Scope, reservation: Reservation, row: Row) -> bool:
    """End the reservation of a call."""
    doc = json.loads(reservation.doc, parse_float=Decimal)
    is_unknown = row.get("cost_nano") is None and not row.get("deleted")
    if reservation.state == SETTLED and doc.get("isEstimated") and not is_unknown:
        _add_estimates(world, team, reservation, doc, -1)
    if reservation.state != HELD:
        return False
    doc |= {"actualNano": row.get("cost_nano"), "isEstimated": is_unknown}
    if is_unknown and doc["estimates"]:
        _add_estimates(world, team, reservation, doc, 1)
        note_reserving(world, team, world.now() + _ESTIMATES_KEPT)
    return world.counters.end(team, reservation, SETTLED, dumps(doc).decode())


def _add_estimates(
    world: World, team: Scope, reservation: Reservation, doc: Json, sign: int
) -> None:
    """Count a call at what was reserved for it, as nobody knows its price, in the budgets that say
    so; or take that back, as somebody does by now. Either once."""
    for family, member, amount in doc["estimates"]:
        change = {USED: sign * amount, ESTIMATED: sign * amount}
        token = f"estimate {sign} {reservation.id}"
        world.counters.add(team, Counter(family, member), change, token)
