"""Deliveries, listed, looked at, sent again; and messages that test a destination."""

from collections.abc import Iterator
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import millis
from chalicelib.kit.errors import Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.notices.attempts import attempt
from chalicelib.notices.presenting import present
from chalicelib.notices.records import DELIVERY, TEST, Channel, Delivery, Status, place_in_line
from chalicelib.notices.schemas import DELIVERY_ROWS, DeliveryQuery
from chalicelib.notices.service import Notice, enqueue_one
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import TooMany, UnknownRecord
from chalicelib.resources.hal import build_page, parse_sort, sort_rows
from chalicelib.resources.listing import MOST, read_page

Json = dict[str, Any]
_SORTED = ("created", "updated", "status", "event", "destination", "attempts")


def page_deliveries(world: World, team: Scope, query: DeliveryQuery, asked: Request) -> Json:
    """A HAL page of deliveries, the newest first. Raises Invalid, TooMany."""
    if query.since and query.until and millis(query.since) > millis(query.until):
        raise Invalid("since: must not be after until", field="since")
    orders = parse_sort(query.sort, _SORTED, "delivery")
    narrow = (query.status, query.destination, query.event, query.since, query.until)
    if not any(narrow) and not orders:
        records, total = read_page(world, team, DELIVERY, query.request)
        rows = [present(Delivery.of(record)) for record in records]
        return build_page(asked, query.request, DELIVERY_ROWS, rows, total)
    found = [present(delivery) for delivery in find_deliveries(world, team, query)]
    ordered = sort_rows(found, orders, lambda row, member: row.get(member))
    page = query.request.cut(ordered)
    return build_page(asked, query.request, DELIVERY_ROWS, page, len(ordered))


def find_deliveries(world: World, team: Scope, query: DeliveryQuery) -> list[Delivery]:
    """The deliveries that are asked for, the newest first. Raises TooMany over 10,000."""
    found: list[Delivery] = []
    for delivery in _walk_back(world, team, query):
        if _passes(delivery, query):
            found.append(delivery)
        if len(found) > MOST:
            raise TooMany(f"there are over {MOST} deliveries: narrow the time (since, until)")
    return found


def read_delivery(world: World, team: Scope, delivery_id: str) -> Delivery:
    """One delivery. Raises UndecodableId, UnknownRecord."""
    check_id(delivery_id)
    record = world.documents.get(team, DELIVERY, delivery_id)
    if record is None:
        raise UnknownRecord("Delivery", delivery_id)
    return Delivery.of(record)


def replay(world: World, team: Scope, delivery_id: str) -> Delivery:
    """Have a delivery sent once more, with as many tries as a new one, whatever became of it.
    Raises what read_delivery raises."""
    read_delivery(world, team, delivery_id)
    now = world.now()

    def change(doc: Doc) -> Doc | None:
        if not doc:
            return None  # erased meanwhile
        fresh = {"status": Status.PENDING, "due": now, "tries": 0, "reason": "", "changed": now}
        return {**doc, **fresh, "reference": place_in_line(Status.PENDING, now)}

    amend(world.documents, team, DELIVERY, delivery_id, change)
    return read_delivery(world, team, delivery_id)


def send_test(world: World, principal: Principal, channel: Channel, target: str) -> Delivery:
    """Send a message that says nothing to a destination, once and at once, and tell what came of
    it."""
    text = "This is a test message. Whoever reads it would have been told."
    notice = Notice(f"{TEST}:{new_id()}", TEST, "Meterlake: a test", text, {"message": text})
    tenant, team = principal.tenant, principal.team
    delivery_id = enqueue_one(world, tenant, team, notice, (channel, target))
    attempt(world, tenant, team, delivery_id)
    return read_delivery(world, team, delivery_id)


def _walk_back(world: World, team: Scope, query: DeliveryQuery) -> Iterator[Delivery]:
    """Deliveries that were made in the time that is asked for, the newest first."""
    since = millis(query.since) if query.since else 0
    until = millis(query.until) if query.until else None
    for record in walk(world.documents, team, DELIVERY):
        if record.created_at < since:
            return
        if until is None or record.created_at < until:
            yield Delivery.of(record)


def _passes(delivery: Delivery, query: DeliveryQuery) -> bool:
    if query.status is not None and delivery.status is not query.status:
        return False
    if query.event is not None and delivery.event != query.event:
        return False
    wanted = query.destination
    return wanted is None or wanted in (delivery.channel, delivery.destination)
