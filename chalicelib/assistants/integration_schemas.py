"""The wire of connections to where code is kept."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, ConfigDict, Field, StringConstraints

from chalicelib.assistants.patterns import LONGEST, MOST_PATTERNS, find_fault
from chalicelib.assistants.records import TokenStatus
from chalicelib.resources.schemas import (
    READ_ONLY,
    HalLinks,
    Name,
    RecordMembers,
    Wire,
    nullable_words,
)

MOST_REPOSITORIES = 100
IntegrationType = Literal["GITHUB", "GITLAB"]
SyncWord = Literal["RUNNING", "SUCCESS", "PARTIAL", "FAILED"]


def _check_repository(name: str) -> str:
    if any(not part.strip(".") for part in name.split("/")):
        raise ValueError("no repository has such a name")
    return name


def _check_pattern(pattern: str) -> str:
    if fault := find_fault(pattern):
        raise ValueError(fault)
    return pattern


Repository = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$"),
    AfterValidator(_check_repository),
]
Pattern = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(_check_pattern)]
Repositories = Annotated[list[Repository], Field(max_length=MOST_REPOSITORIES)]
Patterns = Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)]
Organization = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]


class IntegrationCredentialMetadata(Wire):
    """What is read, and how."""

    allowedRepos: Repositories | None = Field(
        None, description="owner/name; without any, every repository that the token sees"
    )
    claudeCoAuthorPatterns: Patterns | None = Field(
        None,
        description="regular expressions for commit messages, whatever the case, instead of ours"
        " for Claude; without looking around and back references",
    )
    organization: Organization | None = Field(
        None, description="the GitHub organization whose repositories are read"
    )


class IntegrationCredentialRequest(Wire):
    """A token, and what is to be read with it."""

    model_config = ConfigDict(json_schema_extra={"required": ["integrationType", "token"]})

    integrationType: IntegrationType = Field(
        validation_alias=AliasChoices("integrationType", "integration_type"),
        description="integration_type is accepted as an alias",
    )
    token: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)
    ] = Field(pattern=r"^[!-~]+$", json_schema_extra={"writeOnly": True})
    name: Name | None = None
    metadata: IntegrationCredentialMetadata | None = None


class IntegrationCredentialMetadataRequest(IntegrationCredentialMetadata):
    """What changes of it: members of `metadata`, or these themselves."""

    metadata: IntegrationCredentialMetadata | None = None


class IntegrationCredentialResource(RecordMembers):
    """A connection to where code is kept; its token is not shown."""

    name: str | None = None
    integrationType: IntegrationType
    status: Annotated[TokenStatus, READ_ONLY] = TokenStatus.PENDING
    validationMessage: Annotated[str | None, READ_ONLY] = None
    accountLogin: Annotated[str | None, READ_ONLY] = Field(
        None, description="the account that the token belongs to"
    )
    metadata: IntegrationCredentialMetadata | None = None
    lastValidatedAt: Annotated[datetime | None, READ_ONLY] = None
    lastSyncedAt: Annotated[datetime | None, READ_ONLY] = None
    lastSyncStatus: Annotated[SyncWord | None, READ_ONLY, nullable_words(SyncWord)] = None
    lastSyncError: Annotated[str | None, READ_ONLY] = None


class IntegrationCredentialList(Wire):
    """What `_embedded` holds."""

    integrationCredentialResourceList: list[IntegrationCredentialResource]


class IntegrationCredentialCollection(Wire):
    """All connections of a team: one a kind at most."""

    embedded: IntegrationCredentialList = Field(alias="_embedded")
    links: HalLinks = Field(alias="_links")


class IntegrationSyncResponse(Wire):
    """That reading begins."""

    credentialId: str
    integrationType: IntegrationType
    status: Literal["ACCEPTED", "RUNNING", "SUCCESS", "PARTIAL", "FAILED"]
    message: str | None = None
    startedAt: datetime | None = None
