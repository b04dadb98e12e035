"""/profitstream/v2/api/subscribers"""

from typing import Any

from chalicelib.catalog.subscribers import SUBSCRIBERS, SubscriberResource, SubscriberResourcePage
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, EmailQuery, SearchQuery, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, SUBSCRIBERS)


@router.get("/subscribers", query=SearchQuery, answer=SubscriberResourcePage)
def list_subscribers(call: Call[SearchQuery, None]) -> Json:
    """Page through the subscribers of a team."""
    return _store(call).page(call.query, call.request)


@router.post("/subscribers", body=SubscriberResource, answer=SubscriberResource, errors=(404, 409))
def create_subscriber(call: Call[TeamQuery, SubscriberResource]) -> Json:
    """Add a subscriber."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get(
    "/subscribers/lookup-by-email", query=EmailQuery, answer=SubscriberResource, errors=(404,)
)
def get_subscriber_by_email(call: Call[EmailQuery, None]) -> Json:
    """Find a subscriber by exact email."""
    store = _store(call)
    return store.row(store.find("email", call.query.email))


@router.get("/subscribers/{id}", answer=SubscriberResource)
def get_subscriber(call: Call[TeamQuery, None]) -> Json:
    """Read one subscriber."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/subscribers/{id}", body=SubscriberResource, answer=SubscriberResource)
def update_subscriber(call: Call[TeamQuery, SubscriberResource]) -> Json:
    """Change a subscriber. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/subscribers/{id}", answer=Deleted)
def delete_subscriber(call: Call[TeamQuery, None]) -> Json:
    """Delete a subscriber and its credentials."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
