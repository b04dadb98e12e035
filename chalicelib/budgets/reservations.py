"""Reservations, once they are made: read, given back, settled by the event of their transaction."""

import json
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.ids import event_id
from chalicelib.kit.memory import Memory
from chalicelib.kit.money import to_usd
from chalicelib.metering.bodies import TRANSACTION_ID
from chalicelib.ports.counters import Reservation
from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.errors import UnknownRecord

Json = dict[str, Any]
HELD, SETTLED, RELEASED, EXPIRED, REFUSED = "HELD SETTLED RELEASED EXPIRED REFUSED".split()
RESERVING, RESERVING_ID = "RESERVING", "until"
_AHEAD = 10 * MINUTE
_MOST_TEAMS = 1_000
MOST_ATTEMPTS = 100
"""Reservations of one transaction, one after the other."""
_noted: Memory[tuple[Documents, Scope], int] = Memory(_MOST_TEAMS)


def reservation_id(team: Scope, transaction_id: str, attempt: int = 0) -> str:
    """The id of a transaction's reservation: 32 hex digits, and which attempt it is, for those
    after the first."""
    first = event_id(team, "RESERVATION", transaction_id[:TRANSACTION_ID])
    return f"{first}-{attempt}" if attempt else first


def find_attempts(world: World, team: Scope, transaction_id: str) -> list[Reservation]:
    """All reservations of a transaction, the first one first."""
    attempts: list[Reservation] = []
    for number in range(MOST_ATTEMPTS):
        identity = reservation_id(team, transaction_id, number)
        found = world.counters.find(team, [identity])
        if not found:
            break
        attempts.append(found[identity])
    return attempts


def is_over(reservation: Reservation, now: int) -> bool:
    """Whether it holds nothing any more, without a call that came of it."""
    return state_of(reservation, now) in (RELEASED, EXPIRED)


def state_of(reservation: Reservation, now: int) -> str:
    """HELD, SETTLED, RELEASED or EXPIRED at an instant (UTC epoch ms)."""
    if reservation.state == HELD and reservation.expires <= now:
        return EXPIRED
    return reservation.state


def present(reservation: Reservation, now: int) -> Json:
    """A reservation as it was answered, and how it stands."""
    doc = json.loads(reservation.doc, parse_float=Decimal)
    answer: Json = doc["answer"]
    actual = doc.get("actualNano")
    return answer | {
        "state": state_of(reservation, now),
        "actualCost": None if actual is None else to_usd(actual),
    }


def read_reservation(world: World, team: Scope, identity: str) -> Json:
    """One reservation. Raises UnknownRecord."""
    return present(_find(world, team, identity), world.now())


def release(world: World, team: Scope, identity: str) -> None:
    """Give back what a reservation holds; nothing happens to one that holds nothing any more.
    Raises UnknownRecord, Unavailable."""
    reservation = _find(world, team, identity)
    if state_of(reservation, world.now()) == HELD:
        world.counters.end(team, reservation, RELEASED, reservation.doc)


def note_reserving(world: World, team: Scope, expires: int) -> None:
    """Have the calls of a team looked up among its reservations until the last one has expired
    (UTC epoch ms). Written once in ten minutes."""
    key = (world.documents, team)
    now = world.now()
    if _noted.recall(key, now, _AHEAD, lambda: 0) >= expires:
        return
    until = expires + _AHEAD

    def change(doc: Doc) -> Doc | None:
        return {**doc, "until": until} if until > doc.get("until", 0) else None

    amend(world.documents, team, RESERVING, RESERVING_ID, change)
    _noted.forget(key)
    _noted.recall(key, now, _AHEAD, lambda: until)


def is_reserving(world: World, team: Scope) -> bool:
    """Whether calls of a team have to be looked up among its reservations."""
    record = world.documents.get(team, RESERVING, RESERVING_ID)
    return record is not None and int(record.doc["until"]) + _AHEAD >= world.now()


def _find(world: World, team: Scope, identity: str) -> Reservation:
    found = world.counters.find(team, [identity]).get(identity)
    if found is None:
        raise UnknownRecord("reservation", identity)
    return found
