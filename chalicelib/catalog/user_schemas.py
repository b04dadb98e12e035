"""The wire of users."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.resources.schemas import (
    READ_ONLY,
    Email,
    RecordMembers,
    ResourceReference,
    SearchQuery,
    Text,
    build_page_model,
    nullable_words,
)

Persona = Literal["cxo_finance", "product_leaders", "platform_engineering"]
Homepage = Literal[
    "PRODUCTS",
    "CUSTOMERS",
    "INVOICES",
    "REVENUE_DASHBOARD",
    "PRODUCT_ANALYTICS",
    "HISTORICAL_USAGE",
    "API_ANALYTICS",
    "ANALYTICS_LOGS",
    "PRODUCT_LOGS",
    "SYSTEM_LOGS",
    "SUBSCRIPTIONS",
]


class UserTeamRef(ResourceReference):
    """A team that a user belongs to."""

    logo: str | None = None


class UserTenantRef(ResourceReference):
    """The tenant of a user."""

    usageBillingEnabled: bool | None = None


class UserResource(RecordMembers):
    """A user."""

    email: Email
    roles: list[str]
    firstName: Text | None = None
    lastName: Text | None = None
    phoneNumber: Text | None = None
    canViewPromptData: bool | None = None
    defaultTeamId: str | None = None
    homepagePreference: Annotated[Homepage | None, nullable_words(Homepage)] = None
    persona: Annotated[Persona | None, nullable_words(Persona)] = None
    primaryUser: Annotated[bool | None, READ_ONLY] = None
    redirectUrl: Text | None = Field(None, json_schema_extra={"writeOnly": True})
    scheduledForDeletionAt: Annotated[datetime | None, READ_ONLY] = None
    subscriberId: str | None = None
    teamIds: list[str] | None = None
    teams: Annotated[list[UserTeamRef] | None, READ_ONLY] = None
    tenant: Annotated[UserTenantRef | None, READ_ONLY] = None
    tenantId: str | None = None


UserResourcePage = build_page_model("UserResourcePage", "userResourceList", UserResource)


class UserQuery(SearchQuery):
    """What the list of users may be asked."""

    teamIds: list[str] = Field(
        [], description="members of one of them; without it, of the key's team"
    )
