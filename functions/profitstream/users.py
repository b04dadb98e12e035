"""/profitstream/v2/api/users"""

from typing import Any

from chalicelib.catalog import users
from chalicelib.catalog.schemas import Deleted, EmailQuery, TeamQuery, sent
from chalicelib.catalog.shelf import Shelf
from chalicelib.catalog.user_schemas import UserQuery, UserResource, UserResourcePage
from chalicelib.catalog.users import USERS
from chalicelib.kit.http.doors import Doors
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, USERS)


@doors.get(
    "/users/me",
    operation_id="get_current_user",
    scope="read",
    answer=UserResource,
    errors=(429,),
    aliases=("/profitstream/v2/api/users/current",),
)
def get_current_user(call: Call[None, None]) -> Json:
    """The user behind the credential."""
    return users.me(_shelf(call))


@doors.get(
    "/users/lookup-by-email",
    operation_id="get_user_by_email",
    scope="read",
    query=EmailQuery,
    answer=UserResource,
    errors=(404,),
)
def get_user_by_email(call: Call[EmailQuery, None]) -> Json:
    """Find a user by exact email."""
    shelf = _shelf(call)
    return shelf.row(shelf.find("email", call.query.email))


@doors.get("/users", operation_id="list_users", scope="read", query=UserQuery, answer=UserResourcePage)
def list_users(call: Call[UserQuery, None]) -> Json:
    """Page through the users of a team."""
    return users.members(_shelf(call), call.query, call.request)


@doors.post(
    "/users",
    operation_id="create_user",
    scope="admin",
    query=TeamQuery,
    body=UserResource,
    answer=UserResource,
    errors=(404, 409),
)
def create_user(call: Call[TeamQuery, UserResource]) -> Json:
    """Add a user."""
    shelf = _shelf(call)
    return shelf.row(shelf.create(sent(call.body)))


@doors.get("/users/{id}", operation_id="get_user", scope="read", query=TeamQuery, answer=UserResource, errors=(404,))
def get_user(call: Call[TeamQuery, None]) -> Json:
    """Read one user."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/users/{id}",
    operation_id="update_user",
    scope="admin",
    query=TeamQuery,
    body=UserResource,
    answer=UserResource,
    errors=(404, 409),
)
def update_user(call: Call[TeamQuery, UserResource]) -> Json:
    """Change a user. Members that are not sent stay as they are."""
    shelf = _shelf(call)
    return shelf.row(shelf.change(shelf.get(call.path["id"]), sent(call.body)))


@doors.delete(
    "/users/{id}", operation_id="delete_user", scope="admin", query=TeamQuery, answer=Deleted, errors=(404, 409)
)
def delete_user(call: Call[TeamQuery, None]) -> Json:
    """Delete a user, whose keys stop working."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
