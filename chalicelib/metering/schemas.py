"""Wire models of metering. An explicit null means absent everywhere; unknown members are ignored.

Texts over their stored length are cut when the record is built, not refused: see records.py.
Patterned fields refuse the record, because a malformed one means that the client mixed fields up.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from chalicelib.metering.vocabulary import (
    IngestCompletionSkipReason,
    IngestCostType,
    IngestOperationType,
    IngestPricingTier,
    IngestSkillSource,
    IngestStopReason,
)

_MOST_TOKENS = 10**12
MOST_USD = 10**6
"""That a client may state for one call. Sums are 64 bits of nano-USD: a handful of wrong calls must
not break them."""
Count = Annotated[int, Strict(), Field(ge=0, le=_MOST_TOKENS)]
Whole = Annotated[int, Strict(), Field(ge=-(2**31), le=2**31 - 1)]
Small = Annotated[int, Strict(), Field(ge=0, le=2**31 - 1)]
Amount = Annotated[Decimal, Field(ge=0, le=10**9)]
"""Seconds, credits and other quantities that need not be whole."""
Flag = Annotated[bool, Strict()]
Usd = Annotated[Decimal, Field(ge=0, le=MOST_USD)]
Word16 = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9_-]+$")]
Word64 = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
Word128 = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]


_RESERVED_JOB_IDS = ("types", "conversion-funnel")


def _not_reserved(job_id: str) -> str:
    if job_id in _RESERVED_JOB_IDS:
        raise ValueError(f"{job_id} is a reserved word, not a job id")
    return job_id


JobId = Annotated[
    str,
    Field(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]*$"),
    AfterValidator(_not_reserved),
]


class Wire(BaseModel):
    """Base of everything that clients post."""

    # Words as plain text: a row with enumerations takes nearly twice as long to be written as JSON.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, use_enum_values=True)


class IngestSubscriberCredential(Wire):
    """The key that the caller's user used; `name` is looked up before the subscriber's id or
    e-mail."""

    name: str | None = None
    value: str | None = None


class IngestSubscriber(Wire):
    """The user a call was made for."""

    id: str | None = None
    email: str | None = None
    credential: IngestSubscriberCredential | None = None


class IngestAttribution(Wire):
    """What the four AI bodies share: who, for whom, within what, and at whose price."""

    transactionId: str | None = Field(
        None, description="Identity of the call within the team; a UUID when absent."
    )
    spanId: str | None = Field(
        None, description="Alias of transactionId; wins when both are present."
    )
    traceId: str | None = None
    traceType: str | None = None
    traceName: str | None = None
    parentTransactionId: str | None = None
    parentSpanId: str | None = Field(None, description="Alias of parentTransactionId.")
    transactionName: str | None = None
    taskType: str | None = None
    agent: str | None = None
    agentVersion: str | None = None
    ticketId: str | None = None
    environment: str | None = None
    region: str | None = None
    retryNumber: Small | None = None
    operationType: IngestOperationType | None = None
    operationSubtype: str | None = None
    organizationName: str | None = Field(
        None, description="Customer, by name; created when unknown."
    )
    organizationId: str | None = Field(None, description="Alias of organizationName, a name too.")
    productName: str | None = Field(None, description="Product, by name; created when unknown.")
    productId: str | None = Field(None, description="Alias of productName.")
    subscriptionId: str | None = None
    subscriber: IngestSubscriber | None = None
    subscriberId: str | None = Field(None, description="Flat twin of subscriber.id.")
    subscriberEmail: str | None = Field(None, description="Flat twin of subscriber.email.")
    credentialAlias: str | None = Field(
        None, description="Name of the credential, when the subscriber has none."
    )
    agenticJobId: JobId | None = Field(
        None, description="Job the call belongs to; created when unknown."
    )
    agenticJobName: str | None = None
    agenticJobType: str | None = None
    agenticJobVersion: str | None = None
    squadId: str | None = None
    squadName: str | None = None
    squadRole: str | None = None
    middlewareSource: str | None = None
    modelSource: str | None = None
    costType: IngestCostType | None = None
    totalCost: Usd | None = Field(
        None, description="USD for the whole call; replaces the computed cost."
    )
    errorReason: str | None = None
    errorCode: Whole | None = None
    billingSkipped: Flag | None = None
    actualServiceTier: str | None = None
    requestedServiceTier: str | None = None
    pricingTier: IngestPricingTier | None = None
    inputMessages: str | None = None
    outputResponse: str | None = None
    promptsTruncated: Flag | None = None
    attributes: dict[str, Any] | None = None


class AiCompletionIngest(IngestAttribution):
    """One LLM or embedding call."""

    model: str = Field(min_length=1, description="Model id as the vendor reported it.")
    provider: str = Field(min_length=1, description="Vendor label, any case.")
    requestTime: datetime
    responseTime: datetime
    requestDuration: Count = Field(description="Milliseconds.")
    inputTokenCount: Count
    outputTokenCount: Count
    totalTokenCount: Count
    isStreamed: Flag
    streamed: Flag | None = Field(None, description="Alias of isStreamed.")
    stopReason: IngestStopReason
    completionStartTime: datetime | None = Field(
        None, description="First token; defaults to responseTime."
    )
    timeToFirstToken: Count | None = Field(None, description="Milliseconds.")
    reasoningTokenCount: Count | None = None
    cacheCreationTokenCount: Count | None = None
    cacheCreation5mTokenCount: Count | None = None
    cacheCreation1hTokenCount: Count | None = None
    cacheReadTokenCount: Count | None = None
    inputTokenCost: Usd | None = None
    outputTokenCost: Usd | None = None
    cacheCreationTokenCost: Usd | None = None
    cacheReadTokenCost: Usd | None = None
    costMultiplier: Annotated[Decimal, Field(ge=0, le=1000)] | None = None
    subscriptionTier: str | None = None
    skipReason: IngestCompletionSkipReason | None = None
    mediationLatency: Annotated[float, Field(allow_inf_nan=False)] | None = None
    responseQualityScore: Annotated[float, Field(gt=-999.995, lt=999.995)] | None = None
    systemFingerprint: str | None = None
    temperature: Annotated[float, Field(allow_inf_nan=False)] | None = None
    systemPrompt: str | None = None
    effort: Word16 | None = None
    speed: Word16 | None = None
    promptId: (
        Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] | None
    ) = None
    promptLength: Small | None = None
    querySource: Word128 | None = None
    subagentType: Word128 | None = None
    clientSurface: Word64 | None = None
    entrypoint: Word64 | None = None
    modelHost: str | None = None
    subscriberEmailSource: str | None = None
    codingAssistantAccountUuid: str | None = None
    skillName: str | None = None
    skillSource: IngestSkillSource | None = None
    skillKind: str | None = None
    skillPluginName: str | None = None
    skillMarketplaceName: str | None = None
    skillInvocationTrigger: str | None = None
    subscriberCredential: str | None = Field(
        None, description="Flat twin of subscriber.credential.value."
    )
    subscriberCredentialName: str | None = Field(
        None, description="Flat twin of subscriber.credential.name."
    )
    taskId: str | None = None
    failureCode: str | None = None


class Link(BaseModel):
    """One HAL link."""

    href: str
    templated: bool | None = None


class MeteringAck(BaseModel):
    """The acknowledgement of a record: it is stored, now or before."""

    id: str
    label: str
    resourceType: str = Field(
        description="metered-event, meter.event for generic events, metering for API records."
    )
    signature: str = Field(description="Keyed hash of the id; the same for the same record.")
    created: datetime | None = Field(None, description="When the record was first received.")
    updated: datetime | None = None
    links: dict[str, Link] = Field(default_factory=dict, alias="_links")
