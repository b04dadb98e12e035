"""/profitstream/v2/api/tools"""

from typing import Any

from chalicelib.catalog.tools import TOOLS, ToolQuery, ToolResource, ToolResourcePage
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, TOOLS)


@router.get("/tools", query=ToolQuery, answer=ToolResourcePage)
def list_tools(call: Call[ToolQuery, None]) -> Json:
    """Page through the tool registry of a team."""
    return _store(call).page(call.query, call.request)


@router.post("/tools", body=ToolResource, answer=ToolResource, errors=(409,))
def create_tool(call: Call[TeamQuery, ToolResource]) -> Json:
    """Register a tool."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get("/tools/by-tool-id/{toolId+}", answer=ToolResource)
def get_tool_by_tool_id(call: Call[TeamQuery, None]) -> Json:
    """Find a tool by its team-scoped identifier."""
    store = _store(call)
    return store.row(store.find("toolId", call.path["toolId"]))


@router.get("/tools/{id}", answer=ToolResource)
def get_tool(call: Call[TeamQuery, None]) -> Json:
    """Read one tool."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/tools/{id}", body=ToolResource, answer=ToolResource)
def update_tool(call: Call[TeamQuery, ToolResource]) -> Json:
    """Update a tool."""
    store = _store(call)
    return store.row(
        store.change(store.get(call.path["id"]), {"enabled": None, **sent_members(call.body)})
    )


@router.delete("/tools/{id}", answer=Deleted)
def delete_tool(call: Call[TeamQuery, None]) -> Json:
    """Remove a tool from the registry."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
