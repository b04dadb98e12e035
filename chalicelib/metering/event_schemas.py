"""Wire models of tool events, generic events and the two halves of an API call."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from chalicelib.kit.jsonschema import choices
from chalicelib.metering.schemas import Count, Flag, JobId, Usd, Whole, Wire
from chalicelib.metering.vocabulary import HttpMethod, IngestSourceType

Latency = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
"""Milliseconds."""


class ToolEventIngest(Wire):
    """One call of a tool."""

    transactionId: str | None = Field(
        None, description="Identity of this one call; a UUID when absent."
    )
    toolId: str = Field(
        min_length=1, description="Id of the tool; ids that nobody registered are kept too."
    )
    operation: str | None = "execute"
    durationMs: Count | None = Field(None, description="Milliseconds; absent counts as 0.")
    success: Flag | None = Field(None, description="Absent counts as true.")
    errorMessage: str | None = None
    costUsd: Usd | None = Field(
        None, description="USD for the call; priced from the tool's registration when absent."
    )
    timestamp: datetime | None = Field(None, description="Defaults to the time of arrival.")
    agent: str | None = None
    organizationName: str | None = None
    productName: str | None = None
    subscriberCredential: str | None = Field(None, description="Name or value of the credential.")
    workflowId: str | None = None
    traceId: str | None = None
    agenticJobId: JobId | None = Field(
        None, description="Job the call belongs to; created when unknown."
    )
    usageMetadata: dict[str, Any] | None = Field(
        None, description="Quantities to rate on, and other facts."
    )


class GenericEventIngest(Wire):
    """One event of the caller's own making."""

    transactionId: str = Field(min_length=1, description="Identity of the event within the team.")
    payload: dict[str, Any] = Field(description="Metric name to value.")
    sourceType: IngestSourceType | None = IngestSourceType.UNKNOWN
    sourceId: str | None = Field(None, description="Source the metrics belong to.")
    subscriberCredential: str | None = Field(
        None, description="Credential that names the subscription to rate."
    )


class ApiRequestIngest(Wire):
    """The request half of an API call."""

    transactionId: str = Field(min_length=1, description="Shared with the response half.")
    method: Annotated[HttpMethod | None, choices(HttpMethod)] = None
    resource: str | None = Field(None, description="URL or path.")
    sourceId: str | None = Field(None, description="Created when unknown.")
    sourceType: IngestSourceType | None = IngestSourceType.UNKNOWN
    credential: str | None = None
    contentType: str | None = None
    remoteHost: str | None = Field(None, description="Address of the caller.")
    requestMessageSize: Count | None = Field(None, description="Bytes.")
    userAgent: str | None = None


class ApiResponseIngest(Wire):
    """The response half of an API call."""

    transactionId: str = Field(min_length=1)
    responseCode: Whole = Field(description="HTTP status.")
    totalDuration: Count | None = Field(
        None, description="Milliseconds; the sum of both latencies when absent."
    )
    backendLatency: Latency | None = None
    gatewayLatency: Latency | None = None
    responseMessageSize: Count | None = Field(None, description="Bytes.")
    contentType: str | None = None
