"""The wire of metered events, one by one. Times are UTC, durations milliseconds, amounts USD; null
is what is not known."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field, RootModel

from chalicelib.catalog.subscription_schemas import Number
from chalicelib.events.listings import (
    ALL_CALLS,
    APIS,
    AUDIO,
    COMPLETIONS,
    IMAGES,
    TOOL_EVENTS,
    VIDEO,
)
from chalicelib.metering.vocabulary import IngestStopReason
from chalicelib.resources.schemas import HalLinks, ResourceReference, Wire, build_page_model


class CallModality(StrEnum):
    """What an AI call makes or hears."""

    COMPLETION = "COMPLETION"
    AUDIO = "AUDIO"
    VIDEO = "VIDEO"
    IMAGE = "IMAGE"


class EventResource(Wire):
    """What every metered event is shown with."""

    id: str
    label: str
    resourceType: str
    created: datetime | None = None
    updated: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


class AiCall(EventResource):
    """What all AI calls are shown with."""

    metricType: CallModality
    transactionId: str | None = None
    spanId: str | None = None
    parentTransactionId: str | None = None
    parentSpanId: str | None = None
    transactionName: str | None = None
    traceId: str | None = None
    traceType: str | None = None
    traceName: str | None = None
    model: str | None = None
    provider: str | None = None
    modelSource: str | None = None
    agent: str | None = None
    taskType: str | None = None
    operationType: str | None = None
    operationSubtype: str | None = None
    requestTime: datetime | None = None
    responseTime: datetime | None = None
    requestDuration: int | None = None
    costType: str | None = None
    totalCost: Number | None = None
    errorReason: str | None = None
    errorCode: int | None = None
    billingSkipped: bool | None = None
    skipReason: str | None = None
    environment: str | None = None
    region: str | None = None
    retryNumber: int | None = None
    middlewareSource: str | None = None
    priceStatus: str | None = Field(None, description="PRICED, FREE, UNPRICED …")
    priceVersion: str | None = Field(None, description="of the price that it was rated by")
    unpricedReason: str | None = Field(None, description="why the cost is unknown")
    credentialAlias: str | None = None
    subscriberId: str | None = None
    subscriberEmail: str | None = None
    subscriptionId: str | None = None
    subscriberCredential: ResourceReference | None = None
    organization: ResourceReference | None = None
    product: ResourceReference | None = None
    source: ResourceReference | None = None
    team: ResourceReference | None = None


class AiMetricSummary(AiCall):
    """One AI call of any modality. Tokens are told of completions alone."""

    inputTokenCount: int | None = None
    outputTokenCount: int | None = None
    cacheReadTokenCount: int | None = None
    reasoningTokenCount: int | None = None
    totalTokenCount: int | None = None
    timeToFirstToken: int | None = None
    tokensPerMinute: Number | None = None
    stopReason: str | None = None


class AiAudioMetric(AiCall):
    """One call that heard or made audio."""

    durationSeconds: Number | None = None
    characterCount: int | None = None
    inputAudioTokenCount: int | None = None
    outputAudioTokenCount: int | None = None
    inputTokenCount: int | None = None
    outputTokenCount: int | None = None
    billingUnit: str | None = None
    language: str | None = None
    voice: str | None = None
    audioFormat: str | None = None
    quality: str | None = None
    speed: Number | None = None
    sampleRate: int | None = None
    responseFormat: str | None = None
    sourceLanguage: str | None = None
    targetLanguage: str | None = None
    isRealtime: bool | None = None
    totalDuration: Number | None = None


class AiImageMetric(AiCall):
    """One call that made images."""

    requestedImageCount: int | None = None
    actualImageCount: int | None = None
    resolution: str | None = None
    quality: str | None = None
    style: str | None = None
    format: str | None = None
    revisedPromptProvided: bool | None = None
    totalCount: Number | None = None


class AiVideoMetric(AiCall):
    """One call that made video."""

    durationSeconds: Number | None = None
    requestedDurationSeconds: Number | None = None
    creditsConsumed: Number | None = None
    creditRate: Number | None = None
    fps: int | None = None
    resolution: str | None = None
    videoJobId: str | None = None
    asyncOperation: bool | None = None
    totalDuration: Number | None = None


class AiCompletionMetric(EventResource):
    """One completion. Its texts are told by its prompts alone."""

    agent: str | None = None
    agenticJobId: str | None = None
    agenticJobName: str | None = None
    agenticJobType: str | None = None
    agenticJobVersion: str | None = None
    cacheCreation1hTokenCount: int | None = None
    cacheCreation5mTokenCount: int | None = None
    cacheCreationTokenCount: int | None = None
    cacheReadTokenCount: int | None = None
    cacheTtlSplitSource: str | None = None
    cachedTokenCount: int | None = None
    clientReportedCost: Number | None = None
    clientSurface: str | None = None
    completionStartTime: datetime | None = None
    completionTokenCount: int | None = None
    costType: str | None = None
    effort: str | None = None
    environment: str | None = None
    errorReason: str | None = None
    hasPromptData: bool | None = None
    inputMessages: str | None = None
    inputTokenCost: Number | None = None
    inputTokenCount: int | None = None
    isStreamed: bool | None = None
    mediationLatency: int | None = None
    middlewareSource: str | None = None
    priceStatus: str | None = Field(None, description="PRICED, FREE, UNPRICED …")
    priceVersion: str | None = Field(None, description="of the price that it was rated by")
    unpricedReason: str | None = Field(None, description="why the cost is unknown")
    model: str | None = None
    modelHost: str | None = None
    modelSource: str | None = None
    operationSubtype: str | None = None
    operationType: str | None = None
    organization: ResourceReference | None = None
    outputResponse: str | None = None
    outputTokenCost: Number | None = None
    outputTokenCount: int | None = None
    parentSpanId: str | None = None
    parentTransactionId: str | None = None
    product: ResourceReference | None = None
    promptId: str | None = None
    promptLength: int | None = None
    promptsTruncated: bool | None = None
    provider: str | None = None
    querySource: str | None = None
    reasoningTokenCount: int | None = None
    region: str | None = None
    requestDuration: int | None = None
    requestTime: datetime | None = None
    responseQualityScore: Number | None = None
    responseTime: datetime | None = None
    retryNumber: int | None = None
    skillInvocationTrigger: str | None = None
    skillKind: str | None = None
    skillMarketplaceName: str | None = None
    skillName: str | None = None
    skillOriginCategory: str | None = None
    skillPluginName: str | None = None
    skillSource: str | None = None
    source: ResourceReference | None = None
    spanId: str | None = None
    speed: str | None = None
    squadId: str | None = None
    squadName: str | None = None
    squadRole: str | None = None
    stopReason: str | None = None
    streamed: bool | None = None
    subagentType: str | None = None
    subscriberCredential: ResourceReference | None = None
    subscriberEmail: str | None = None
    subscriberEmailSource: str | None = None
    subscriberId: str | None = None
    subscriptionId: str | None = None
    systemFingerprint: str | None = None
    systemPrompt: str | None = None
    taskType: str | None = None
    team: ResourceReference | None = None
    temperature: Number | None = None
    timeToFirstToken: int | None = None
    tokensPerMinute: Number | None = None
    totalCost: Number | None = None
    totalTokenCount: int | None = None
    traceId: str | None = None
    traceName: str | None = None
    traceType: str | None = None
    transactionCount: int | None = None
    transactionId: str | None = None
    transactionName: str | None = None


class ApiMetric(EventResource):
    """One call of an API: its response is null until it has come."""

    transactionId: str | None = None
    method: str | None = None
    resource: str | None = None
    remoteHost: str | None = None
    userAgent: str | None = None
    contentType: str | None = None
    sourceType: str | None = None
    credential: ResourceReference | None = None
    requestMessageSize: int | None = None
    responseMessageSize: int | None = None
    responseCode: int | None = None
    backendLatency: Number | None = None
    gatewayLatency: Number | None = None
    totalDuration: int | None = None
    source: ResourceReference | None = None
    team: ResourceReference | None = None
    product: ResourceReference | None = None
    organization: ResourceReference | None = None
    subscriptionId: str | None = None
    requestTime: datetime | None = None
    responseTime: datetime | None = None
    requests: int | None = None
    errors: int | None = None
    latency: Number | None = None


class ToolEventLog(EventResource):
    """One call of a tool."""

    callCount: int | None = None
    charge: Number | None = None
    costUsd: Number | None = None
    currency: str | None = None
    operation: str | None = None
    product: ResourceReference | None = None
    resource: str | None = None
    team: ResourceReference | None = None
    timestamp: datetime | None = None
    tool: ResourceReference | None = None
    toolId: str | None = None
    toolName: str | None = None
    toolProvider: str | None = None
    toolType: str | None = None
    transactionId: str | None = None
    invocations: int | None = None
    totalCost: Number | None = None


class AiCompletionPrompts(Wire):
    """The texts of a completion, where any were kept."""

    systemPrompt: str | None = None
    inputMessages: str | None = Field(None, description="a JSON array, as text")
    outputResponse: str | None = None
    promptsTruncated: bool | None = Field(None, description="whether any text was cut")
    links: HalLinks | None = Field(None, alias="_links")


class AiCompletionReferenceData(Wire):
    """What completions can be filtered by."""

    traceTypes: list[str]
    stopReasons: list[IngestStopReason]


class EventIdList(Wire):
    """Ids of events, as an object."""

    ids: list[str]


class EventIds(RootModel[list[str] | EventIdList]):
    """Ids of events: a bare array, or an object with them as `ids`."""

    def all(self) -> list[str]:
        """The ids, in whichever form they came."""
        return self.root if isinstance(self.root, list) else self.root.ids


AiCompletionMetricPage = build_page_model(
    "AiCompletionMetricPage", COMPLETIONS.embedded, AiCompletionMetric
)
AiMetricSummaryPage = build_page_model("AiMetricSummaryPage", ALL_CALLS.embedded, AiMetricSummary)
AiAudioMetricPage = build_page_model("AiAudioMetricPage", AUDIO.embedded, AiAudioMetric)
AiImageMetricPage = build_page_model("AiImageMetricPage", IMAGES.embedded, AiImageMetric)
AiVideoMetricPage = build_page_model("AiVideoMetricPage", VIDEO.embedded, AiVideoMetric)
ApiMetricPage = build_page_model("ApiMetricPage", APIS.embedded, ApiMetric)
ToolEventLogPage = build_page_model("ToolEventLogPage", TOOL_EVENTS.embedded, ToolEventLog)
