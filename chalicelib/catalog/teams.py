"""Teams: whose records and events are kept apart, and their settings."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.catalog.parties import (
    check_childless,
    check_still_a_tree,
    check_unoccupied,
    complete_party,
)
from chalicelib.catalog.party_schemas import HoldingPeriod
from chalicelib.directory.registry import CREDENTIAL, PRODUCT, SOURCE, SUBSCRIPTION
from chalicelib.identity.key_service import revoke_keys_of
from chalicelib.identity.keys import Permission
from chalicelib.identity.records import TEAM, USER, User
from chalicelib.identity.settings import TeamSettings
from chalicelib.kit.http.messages import Request
from chalicelib.metering.prompts import SYSTEM_LIMIT, forget_limit
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.scope import Scope
from chalicelib.resources import listing
from chalicelib.resources.checks import check_team
from chalicelib.resources.errors import InUse
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.hal import self_link
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import OWN_TENANT, TO_TEAM, Reference, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import (
    READ_ONLY,
    HalLinks,
    Members,
    PageQuery,
    TenantPageQuery,
    Wire,
    build_page_model,
)
from chalicelib.resources.store import Store

_TAGGED = (PRODUCT, SOURCE, CREDENTIAL, SUBSCRIPTION)


class CatalogWarning(Wire):
    """What was done although it may not be meant."""

    code: str | None = None
    message: str | None = None


class TeamResource(HoldingPeriod):
    """A team."""

    types: list[Literal["MANAGING"]] | None = None
    promptCaptureEnabled: bool | None = None
    aiDataIngested: Annotated[bool | None, READ_ONLY] = None
    isDemo: Annotated[bool | None, READ_ONLY] = None
    userCount: Annotated[int | None, READ_ONLY] = Field(
        None, description="members without subscriber; in lists only"
    )
    warnings: Annotated[list[CatalogWarning] | None, READ_ONLY] = Field(
        None, description="on create only"
    )


TeamResourcePage = build_page_model("TeamResourcePage", "teamResourceList", TeamResource)


class ChildTeamsQuery(PageQuery):
    """What the list of child teams may be asked."""

    isDemo: bool | None = None


class TeamPromptSettings(Members):
    """Whether the texts of calls are kept, and how much of each."""

    promptCaptureEnabled: bool = False
    enabled: Annotated[bool, READ_ONLY] = Field(
        False, description="The same as promptCaptureEnabled."
    )
    maxPromptLength: int | None = Field(
        None, ge=1, le=SYSTEM_LIMIT, description="Characters of each text."
    )
    systemMaxPromptLength: Annotated[int, READ_ONLY] = SYSTEM_LIMIT
    links: Annotated[HalLinks | None, READ_ONLY] = Field(None, alias="_links")


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    return complete_party(store, doc, before, ["MANAGING"])


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": record.name, "types": ["MANAGING"], "isDemo": False}


def _check_removal(store: Store, record: Record) -> None:
    """A tenant keeps the team that is asking, and so its last one too."""
    if record.id == store.principal.team:
        raise InUse(
            f"Team {record.id} is the one that this API key belongs to:"
            " delete it with a key of another team"
        )
    check_childless(store, record)
    check_unoccupied(store, record)


def _after_write(store: Store, _before: Record | None, after: Record) -> None:
    forget_limit(store.world, Scope(after.id))
    if after.deleted:
        revoke_keys_of(store.world, store.scope, after.id)


TEAMS = Resource(
    kind=TEAM,
    name="Team",
    resource_type="team",
    path=TO_TEAM.path,
    embedded="teamResourceList",
    model=TeamResource,
    filters={"query": build_text_filter("name", "label")},
    references=(
        OWN_TENANT,
        Reference("parent", "parentId", TO_TEAM),
    ),
    scope=of_tenant,
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
    confirm=check_still_a_tree,
    after_write=_after_write,
)


def page_teams(store: Store, query: TenantPageQuery, asked: Request) -> dict[str, Any]:
    """A page of teams with the number of their members."""
    page = store.page(query, asked)
    members: Counter[str] = Counter()
    for user in map(User.of, read_all(store.world, store.scope, USER)):
        if not user.subscriber_id:
            members.update(user.team_ids)
    for row in page["_embedded"]["teamResourceList"]:
        row["userCount"] = members[row["id"]]
    return page


def page_children(
    store: Store, parent: str, query: ChildTeamsQuery, asked: Request
) -> dict[str, Any]:
    """A page of the teams directly beneath one; none of ours is a demo."""
    beneath = store.get(parent).id
    return store.page(query, asked, lambda doc: doc.get("parentId") == beneath and not query.isDemo)


def create(store: Store, members: Mapping[str, Any]) -> dict[str, Any]:
    """A new team; a name that another one has is told, not refused."""
    name = members["name"]
    alike = store.world.documents.page(store.scope, TEAM, prefix=name).records
    namesakes = [team for team in alike if fold(team.name) == fold(name)]
    row = store.row(store.create(members))
    if namesakes:
        other = namesakes[0]
        message = f"Team {other.id} is named {other.name!r} too"
        row["warnings"] = [{"code": "TEAM_NAME_COLLISION", "message": message}]
    return row


def list_team_tags(store: Store, team_id: str) -> list[str]:
    """The distinct tags on what a team has, sorted. Raises TeamNotInMembership for another team
    than the caller's, unless the caller may make teams."""
    team = Scope(store.get(team_id).id)
    if Permission.ADMIN not in store.principal.scopes:
        check_team(team, store.principal.team)
    return listing.list_tags(store.world, team, _TAGGED)


def present_prompt_settings(record: Record) -> dict[str, Any]:
    """The prompt settings of a team, as they are shown."""
    settings = TeamSettings.of(record)
    return {
        "promptCaptureEnabled": settings.captures_prompts,
        "enabled": settings.captures_prompts,
        "maxPromptLength": settings.prompt_limit,
        "systemMaxPromptLength": SYSTEM_LIMIT,
        "_links": self_link(f"{TO_TEAM.path}/{record.id}/settings/prompts"),
    }
