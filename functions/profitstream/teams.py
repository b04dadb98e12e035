"""/profitstream/v2/api/teams"""

from typing import Any

from chalicelib.catalog import teams
from chalicelib.catalog.assistant_modes import (
    CodingAssistantModes,
    present_assistant_modes,
    set_assistant_modes,
)
from chalicelib.catalog.teams import (
    TEAMS,
    ChildTeamsQuery,
    TeamPromptSettings,
    TeamResource,
    TeamResourcePage,
    present_prompt_settings,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.checks import check_tenant
from chalicelib.resources.schemas import Deleted, Tags, TenantPageQuery, TenantQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.profitstream.logos import Logo, declare_logo
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TenantQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    check_tenant(getattr(call.query, "tenantId", None), call.principal)
    return Store(call.world, call.principal, TEAMS)


@router.get("/teams", query=TenantPageQuery, answer=TeamResourcePage)
def list_teams(call: Call[TenantPageQuery, None]) -> Json:
    """Page through the teams of a tenant."""
    return teams.page_teams(_store(call), call.query, call.request)


@router.post("/teams", scope="admin", body=TeamResource, answer=TeamResource, errors=(404,))
def create_team(call: Call[TenantQuery, TeamResource]) -> Json:
    """Create a team."""
    return teams.create(_store(call), sent_members(call.body))


@router.get("/teams/parent/{parentId}", query=ChildTeamsQuery, answer=TeamResourcePage)
def list_teams_by_parent(call: Call[ChildTeamsQuery, None]) -> Json:
    """Page through the child teams of a team."""
    return teams.page_children(_store(call), call.path["parentId"], call.query, call.request)


@router.get("/teams/{id}/tags", answer=Tags)
def get_team_tags(call: Call[TenantQuery, None]) -> list[str]:
    """List the tags used within a team."""
    return teams.list_team_tags(_store(call), call.path["id"])


@router.get("/teams/{id}", answer=TeamResource)
def get_team(call: Call[TenantQuery, None]) -> Json:
    """Read one team."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/teams/{id}", scope="admin", body=TeamResource, answer=TeamResource)
def update_team(call: Call[TenantQuery, TeamResource]) -> Json:
    """Change a team. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/teams/{id}", scope="admin", answer=Deleted)
def delete_team(call: Call[TenantQuery, None]) -> Json:
    """Delete a team, whose keys stop working. What it metered is kept."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.get("/teams/{id}/settings/prompts", answer=TeamPromptSettings, query=None)
def get_team_prompt_settings(call: Call[None, None]) -> Json:
    """Whether a team's prompts are kept."""
    return present_prompt_settings(_store(call).get(call.path["id"]))


@router.put(
    "/teams/{id}/settings/prompts",
    scope="admin",
    body=TeamPromptSettings,
    answer=TeamPromptSettings,
    query=None,
)
def update_team_prompt_settings(call: Call[None, TeamPromptSettings]) -> Json:
    """Have a team's prompts kept, or no longer. Members that are not sent stay as they are."""
    store = _store(call)
    return present_prompt_settings(
        store.change(store.get(call.path["id"]), sent_members(call.body))
    )


@router.get("/teams/{id}/settings/coding-assistant-filter", answer=CodingAssistantModes, query=None)
def get_coding_assistant_modes(call: Call[None, None]) -> Json:
    """Which coding assistants a team pays by use, and which a flat plan covers."""
    return present_assistant_modes(_store(call), call.path["id"])


@router.put(
    "/teams/{id}/settings/coding-assistant-filter",
    scope="admin",
    body=CodingAssistantModes,
    answer=CodingAssistantModes,
    query=None,
)
def update_coding_assistant_modes(call: Call[None, CodingAssistantModes]) -> Json:
    """Say which coding assistants a team pays by use: their calls count in reports on costs and in
    exports, those of all others do not."""
    return set_assistant_modes(_store(call), call.path["id"], call.body.apiRateProviders)


declare_logo(router, Logo("/teams", "team", TeamResource, scope="admin"), _store)


handler = gateway_handler(router)
