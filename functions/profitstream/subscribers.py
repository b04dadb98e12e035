"""/profitstream/v2/api/subscribers"""

from typing import Any

from chalicelib.catalog.subscribers import SUBSCRIBERS, SubscriberResource, SubscriberResourcePage
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.schemas import Deleted, EmailQuery, SearchQuery, TeamQuery, sent
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, SUBSCRIBERS)


@doors.get(
    "/subscribers",
    operation_id="list_subscribers",
    scope="read",
    query=SearchQuery,
    answer=SubscriberResourcePage,
)
def list_subscribers(call: Call[SearchQuery, None]) -> Json:
    """Page through the subscribers of a team."""
    return _shelf(call).page(call.query, call.request)


@doors.post(
    "/subscribers",
    operation_id="create_subscriber",
    scope="write",
    query=TeamQuery,
    body=SubscriberResource,
    answer=SubscriberResource,
    errors=(404, 409),
)
def create_subscriber(call: Call[TeamQuery, SubscriberResource]) -> Json:
    """Add a subscriber."""
    shelf = _shelf(call)
    return shelf.row(shelf.create(sent(call.body)))


@doors.get(
    "/subscribers/lookup-by-email",
    operation_id="get_subscriber_by_email",
    scope="read",
    query=EmailQuery,
    answer=SubscriberResource,
    errors=(404,),
)
def get_subscriber_by_email(call: Call[EmailQuery, None]) -> Json:
    """Find a subscriber by exact email."""
    shelf = _shelf(call)
    return shelf.row(shelf.find("email", call.query.email))


@doors.get(
    "/subscribers/{id}",
    operation_id="get_subscriber",
    scope="read",
    query=TeamQuery,
    answer=SubscriberResource,
    errors=(404,),
)
def get_subscriber(call: Call[TeamQuery, None]) -> Json:
    """Read one subscriber."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/subscribers/{id}",
    operation_id="update_subscriber",
    scope="write",
    query=TeamQuery,
    body=SubscriberResource,
    answer=SubscriberResource,
    errors=(404, 409),
)
def update_subscriber(call: Call[TeamQuery, SubscriberResource]) -> Json:
    """Change a subscriber. Members that are not sent stay as they are."""
    shelf = _shelf(call)
    return shelf.row(shelf.change(shelf.get(call.path["id"]), sent(call.body)))


@doors.delete(
    "/subscribers/{id}",
    operation_id="delete_subscriber",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_subscriber(call: Call[TeamQuery, None]) -> Json:
    """Delete a subscriber and its credentials."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
