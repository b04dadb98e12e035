"""/profitstream/v2/api/tools"""

from typing import Any

from chalicelib.catalog.tools import TOOLS, ToolQuery, ToolResource, ToolResourcePage
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.schemas import Deleted, TeamQuery, sent
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, TOOLS)


@doors.get(
    "/tools", operation_id="list_tools", scope="read", query=ToolQuery, answer=ToolResourcePage
)
def list_tools(call: Call[ToolQuery, None]) -> Json:
    """Page through the tool registry of a team."""
    return _shelf(call).page(call.query, call.request)


@doors.post(
    "/tools",
    operation_id="create_tool",
    scope="write",
    query=TeamQuery,
    body=ToolResource,
    answer=ToolResource,
    errors=(409,),
)
def create_tool(call: Call[TeamQuery, ToolResource]) -> Json:
    """Register a tool."""
    shelf = _shelf(call)
    return shelf.row(shelf.create(sent(call.body)))


@doors.get(
    "/tools/by-tool-id/{toolId+}",
    operation_id="get_tool_by_tool_id",
    scope="read",
    query=TeamQuery,
    answer=ToolResource,
    errors=(404,),
)
def get_tool_by_tool_id(call: Call[TeamQuery, None]) -> Json:
    """Find a tool by its team-scoped identifier."""
    shelf = _shelf(call)
    return shelf.row(shelf.find("toolId", call.path["toolId"]))


@doors.get(
    "/tools/{id}",
    operation_id="get_tool",
    scope="read",
    query=TeamQuery,
    answer=ToolResource,
    errors=(404,),
)
def get_tool(call: Call[TeamQuery, None]) -> Json:
    """Read one tool."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/tools/{id}",
    operation_id="update_tool",
    scope="write",
    query=TeamQuery,
    body=ToolResource,
    answer=ToolResource,
    errors=(404, 409),
)
def update_tool(call: Call[TeamQuery, ToolResource]) -> Json:
    """Update a tool."""
    shelf = _shelf(call)
    return shelf.row(shelf.change(shelf.get(call.path["id"]), {"enabled": None, **sent(call.body)}))


@doors.delete(
    "/tools/{id}",
    operation_id="delete_tool",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_tool(call: Call[TeamQuery, None]) -> Json:
    """Remove a tool from the registry."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
