"""/profitstream/v2/api/workspaces"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.providers import workspaces
from chalicelib.providers.schemas import (
    WorkspaceMetadataResource,
    WorkspacePage,
    WorkspaceQuery,
    WorkspaceReveniumNameRequest,
)
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=TeamQuery)
Json = dict[str, Any]


@router.get("/workspaces", query=WorkspaceQuery, answer=WorkspacePage)
def list_workspaces(call: Call[WorkspaceQuery, None]) -> Json:
    """Page through the workspaces that bills are told apart by, one row a display name."""
    return workspaces.list_workspaces(call.world, call.principal.team, call.query, call.request)


@router.patch(
    "/workspaces/{id}/name",
    body=WorkspaceReveniumNameRequest,
    answer=WorkspaceMetadataResource,
    aliases=("/workspaces/{id}/revenium-name",),
)
def set_workspace_revenium_name(call: Call[TeamQuery, WorkspaceReveniumNameRequest]) -> Json:
    """Give a workspace a name of one's own; null or blank takes it back."""
    name = call.body.reveniumName if call.body.reveniumName is not None else call.body.name
    return workspaces.rename(call.world, call.principal.team, call.path["id"], name)


handler = gateway_handler(router)
