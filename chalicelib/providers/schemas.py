"""The wire of connections, workspaces and billed figures."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.providers.vocabulary import BillingProvider, ConnectionStatus, SyncStatus
from chalicelib.resources.schemas import (
    READ_ONLY,
    HalLinks,
    Members,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    Text,
    Wire,
    build_page_model,
)

Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
BaseUrl = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[!-~]+$")]
Account = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[\w .@-]*$")
]


class ProviderCredentialResource(RecordMembers):
    """A connection to a provider's billing interface."""

    credentialName: Name
    provider: BillingProvider
    credentialType: Annotated[str, StringConstraints(max_length=40)] | None = "API_KEY"
    description: Text | None = None
    baseUrl: BaseUrl | None = Field(None, description="where not the provider's own")
    account: Account | None = Field(
        None, description="whose bill, where a token sees several: a GitHub organization"
    )
    enabled: bool | None = Field(True, description="false: the bill is not read")
    keyHint: Annotated[str | None, READ_ONLY] = Field(
        None, description="the last four characters of the key"
    )
    status: Annotated[ConnectionStatus | None, READ_ONLY] = None
    lastSyncStatus: Annotated[SyncStatus | None, READ_ONLY] = None
    lastSyncError: Annotated[str | None, READ_ONLY] = None
    lastSyncedAt: Annotated[datetime | None, READ_ONLY] = None
    firstBilledDay: Annotated[str | None, READ_ONLY] = Field(
        None, description="the first UTC day that was read"
    )
    lastBilledDay: Annotated[str | None, READ_ONLY] = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = None


class NewProviderCredential(ProviderCredentialResource):
    """A connection with its key. `label` does for credentialName."""

    credentialName: Name | None = None  # type: ignore[assignment]
    label: Name | None = Field(None, description="the former name of credentialName")
    apiKey: Token = Field(
        description="an administrator's key; sealed, never shown",
        json_schema_extra={"writeOnly": True},
    )


class ProviderCredentialChange(Members):
    """What changes of a connection; what is not sent stays. Another baseUrl needs the key too, and
    the provider cannot change: its days would be another's."""

    credentialName: Name | None = None
    provider: BillingProvider | None = Field(None, description="what it is, if anything")
    description: Text | None = None
    baseUrl: BaseUrl | None = None
    account: Account | None = None
    enabled: bool | None = None
    apiKey: Token | None = Field(None, json_schema_extra={"writeOnly": True})


ProviderCredentialPage = build_page_model(
    "ProviderCredentialPage", "providerCredentialResourceList", ProviderCredentialResource
)


class WorkspaceQuery(PageQuery):
    """Which workspaces."""

    size: int = Field(20, ge=1, description="above 100 is served as 100")
    query: str | None = Field(None, description="found in names, whatever the case")
    provider: str | None = None
    sort: list[str] = Field(["name,asc"], description="property or property,asc|desc")


class WorkspaceMember(Wire):
    """One workspace of a group."""

    id: str
    provider: str
    workspaceId: str | None = Field(description="the provider's; null for its default one")
    workspaceName: str | None = None
    reveniumName: str | None = None
    credentialId: str | None = None
    credentialName: str | None = None
    archived: bool = False


class WorkspaceMetadataResource(Wire):
    """Workspaces that share a display name; the first of them gives what is said of one."""

    links: HalLinks | None = Field(None, alias="_links")
    id: str = Field(description="of the first one; by it the first one is renamed")
    resourceType: str = "workspace"
    label: str
    name: str
    provider: str
    reveniumName: str | None = None
    workspaceId: str | None = None
    workspaceName: str | None = None
    providers: list[str]
    workspaceCount: int
    workspaces: list[WorkspaceMember]
    created: datetime | None = None
    updated: datetime | None = None


WorkspacePage = build_page_model("WorkspacePage", "objectList", WorkspaceMetadataResource)


class WorkspaceReveniumNameRequest(Members):
    """What to call a workspace; null or blank for the provider's name. `name` does as well."""

    reveniumName: Annotated[str, StringConstraints(max_length=255)] | None = None
    name: Annotated[str, StringConstraints(max_length=255)] | None = None
