"""/profitstream/v2/api/teams"""

from typing import Any

from chalicelib.catalog import teams
from chalicelib.catalog.teams import (
    TEAMS,
    ChildTeamsQuery,
    TeamPromptSettings,
    TeamResource,
    TeamResourcePage,
    present_prompt_settings,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.errors import check_tenant
from chalicelib.resources.schemas import Deleted, Tags, TenantPageQuery, TenantQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.profitstream import logos
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog")
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    check_tenant(getattr(call.query, "tenantId", None), call.principal)
    return Store(call.world, call.principal, TEAMS)


@router.get(
    "/teams",
    operation_id="list_teams",
    scope="read",
    query=TenantPageQuery,
    answer=TeamResourcePage,
)
def list_teams(call: Call[TenantPageQuery, None]) -> Json:
    """Page through the teams of a tenant."""
    return teams.page_teams(_store(call), call.query, call.request)


@router.post(
    "/teams",
    operation_id="create_team",
    scope="admin",
    query=TenantQuery,
    body=TeamResource,
    answer=TeamResource,
    errors=(404,),
)
def create_team(call: Call[TenantQuery, TeamResource]) -> Json:
    """Create a team."""
    return teams.create(_store(call), sent_members(call.body))


@router.get(
    "/teams/parent/{parentId}",
    operation_id="list_teams_by_parent",
    scope="read",
    query=ChildTeamsQuery,
    answer=TeamResourcePage,
    errors=(404,),
)
def list_teams_by_parent(call: Call[ChildTeamsQuery, None]) -> Json:
    """Page through the child teams of a team."""
    return teams.page_children(_store(call), call.path["parentId"], call.query, call.request)


@router.get(
    "/teams/{id}/tags",
    operation_id="get_team_tags",
    scope="read",
    query=TenantQuery,
    answer=Tags,
    errors=(404,),
)
def get_team_tags(call: Call[TenantQuery, None]) -> list[str]:
    """List the tags used within a team."""
    return teams.list_team_tags(_store(call), call.path["id"])


@router.get(
    "/teams/{id}",
    operation_id="get_team",
    scope="read",
    query=TenantQuery,
    answer=TeamResource,
    errors=(404,),
)
def get_team(call: Call[TenantQuery, None]) -> Json:
    """Read one team."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    "/teams/{id}",
    operation_id="update_team",
    scope="admin",
    query=TenantQuery,
    body=TeamResource,
    answer=TeamResource,
    errors=(404, 409),
)
def update_team(call: Call[TenantQuery, TeamResource]) -> Json:
    """Change a team. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(
    "/teams/{id}",
    operation_id="delete_team",
    scope="admin",
    query=TenantQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_team(call: Call[TenantQuery, None]) -> Json:
    """Delete a team, whose keys stop working. What it metered is kept."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.get(
    "/teams/{id}/settings/prompts",
    operation_id="get_team_prompt_settings",
    scope="read",
    answer=TeamPromptSettings,
    errors=(404,),
)
def get_team_prompt_settings(call: Call[None, None]) -> Json:
    """Whether a team's prompts are kept."""
    return present_prompt_settings(_store(call).get(call.path["id"]))


@router.put(
    "/teams/{id}/settings/prompts",
    operation_id="update_team_prompt_settings",
    scope="admin",
    body=TeamPromptSettings,
    answer=TeamPromptSettings,
    errors=(404, 409),
)
def update_team_prompt_settings(call: Call[None, TeamPromptSettings]) -> Json:
    """Have a team's prompts kept, or no longer. Members that are not sent stay as they are."""
    store = _store(call)
    return present_prompt_settings(
        store.change(store.get(call.path["id"]), sent_members(call.body))
    )


logos.declare(
    router, "/teams", "team", _store, answer=TeamResource, query=TenantQuery, scope="admin"
)


handler = gateway_handler(router)
