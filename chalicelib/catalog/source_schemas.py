"""The wire of sources."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    RecordMembers,
    ResourceReference,
    Text,
    Wire,
    build_page_model,
    nullable_words,
)

WRITE_ONLY: JsonDict = {"writeOnly": True}
UsageIdentifier = Literal["CUSTOM_ID", "API_ENDPOINT", "REVENIUM_ID"]
Kind = Literal[
    "API",
    "AI",
    "UNCLASSIFIED",
    "RESOURCE",
    "CONNECTOR",
    "TEMPLATE",
    "POLICY",
    "STREAM",
    "CONSUMER_DATA",
    "CUSTOM",
    "APP",
    "ROUTE",
]
Channel = Literal[
    "UNKNOWN",
    "AI",
    "SDK_PYTHON",
    "SDK_JS",
    "SDK_JVM",
    "SDK_SPRING",
    "SDK_DOTNET",
    "SDK_GOLANG",
    "SDK_RUST",
    "EBPF",
    "AWS",
    "AZURE",
    "SNOWFLAKE",
    "GRAVITEE",
    "MULESOFT",
    "BOOMI",
    "REVENIUM",
    "INTERNAL",
    "API",
    "STREAM",
]


class SourceClassification(Wire):
    """Which requests belong to a source."""

    beginsWith: str | None = None
    contains: str | None = None
    endsWith: str | None = None
    equalsTo: str | None = None
    regex: str | None = None


class SourceResource(RecordMembers):
    """A source."""

    name: Name
    type: Kind
    version: Name
    assetUsageIdentifier: Annotated[UsageIdentifier | None, nullable_words(UsageIdentifier)] = None
    autoDiscoveryEnabled: bool | None = None
    contractIds: list[str] | None = Field(None, json_schema_extra=WRITE_ONLY)
    contracts: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    description: Text | None = None
    descriptionAsHTML: Annotated[str | None, READ_ONLY] = None
    devPortalLink: Text | None = None
    environment: Annotated[ResourceReference | None, READ_ONLY] = None
    externalId: Text | None = None
    externalUsagePlanId: Text | None = None
    logoURL: Text | None = None
    metadata: Text | None = None
    meteringElementDefinitionIds: list[str] | None = Field(None, json_schema_extra=WRITE_ONLY)
    meteringElementDefinitions: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    meteringId: Annotated[str | None, READ_ONLY] = None
    method: Text | None = None
    owner: Annotated[ResourceReference | None, READ_ONLY] = None
    ownerId: str | None = None
    products: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    resource: Text | None = Field(None, description="URI of the source")
    sourceClassifications: list[SourceClassification | str] | None = None
    sourceType: Annotated[Channel | None, nullable_words(Channel)] = None
    tags: list[str] | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = None


SourceResourcePage = build_page_model("SourceResourcePage", "sourceResourceList", SourceResource)
