"""Listings: the lists of metered events, each declared with its filters and its order."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.events.filters import SHORT_NAME, Filter, between, equal, usd
from chalicelib.events.listing import Listing
from chalicelib.events.values import Value, extra
from chalicelib.metering.apis import KIND as API_KIND
from chalicelib.metering.rows import MODALITIES
from chalicelib.metering.tools import KIND as TOOL_KIND
from chalicelib.reports.facts import API_CALLS, CALLS, TOOL_CALLS

_USD = Decimal("999999.99")
_LEG_USD = Decimal("99999.99")
_MOST_MS = 300_000


_TIMES = {
    "requestTime": "requested_at",
    "timestamp": "requested_at",
    "created": "received_at",
    "updated": "received_at",
}
_AI_ORDER = {
    **_TIMES,
    "responseTime": "responded_at",
    "requestDuration": "duration_ms",
    "totalCost": "cost_nano",
    "transactionId": "transaction_id",
    "traceId": "trace_id",
    "traceType": "trace_type",
    "traceName": "trace_name",
    "model": "model",
    "provider": "provider",
    "modelSource": "model_source",
    "agent": "agent",
    "taskType": "task_type",
    "operationType": "operation_type",
    "environment": "environment",
    "subscriberEmail": "subscriber_email",
    "subscriberId": "subscriber",
    "errorReason": "error_reason",
    "organization": "organization",
    "organizationName": "organization",
    "product": "product",
}
_TOKENS_ORDER = {
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "completionTokenCount": "output_tokens",
    "reasoningTokenCount": "reasoning_tokens",
    "cachedTokenCount": "cache_read_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
    "cacheCreationTokenCount": "cache_creation_tokens",
    "totalTokenCount": "total_tokens",
    "timeToFirstToken": "time_to_first_token_ms",
    "stopReason": "stop_reason",
    "inputTokenCost": "input_cost_nano",
    "outputTokenCost": "output_cost_nano",
}
_AI_EXACT = ("trace_id", "transaction_id")
_AI_SEARCHED = ("agent", "model", "provider", "error_reason", "subscriber_email")


def _whole(name: str, column: str, most: int | None = None) -> Sequence[Filter]:
    return between(name, Value(column, kind=int), most)


_AI_FILTERS = (
    *_whole("requestDuration", "duration_ms", _MOST_MS),
    *usd("totalCost", "cost_nano", _USD),
    equal("transactionId", "transaction_id"),
    equal("traceId", "trace_id"),
    equal("traceType", "trace_type"),
    equal("organizationName", "organization"),
    equal("subscriberId", "subscriber", "subscriber_id"),
    equal("subscriberEmail", "subscriber_email"),
    equal("subscriptionId", "subscription"),
    equal("productId", "product_id", "product"),
    equal("agent", "agent"),
    equal("provider", "provider"),
    equal("model", "model"),
    equal("modelSource", "model_source"),
    equal("errorReason", "error_reason"),
    equal("environment", "environment"),
)
_MEDIA_FILTERS = (
    *_AI_FILTERS,
    equal("operationSubtype", "operation_subtype", wire=SHORT_NAME),
    Filter("billingSkipped", (extra("billingSkipped", bool),), wire=bool),
)


def _seconds() -> Sequence[Filter]:
    return between("durationSeconds", Value("seconds", kind=float))


def _extra_text(name: str) -> Filter:
    return Filter(name, (extra(name),), wire=SHORT_NAME)


_COMPLETION_FILTERS = (
    *_AI_FILTERS,
    *_whole("timeToFirstToken", "time_to_first_token_ms", 60_000),
    *between("mediationLatency", extra("mediationLatency", int), 10_000),
    *_whole("inputTokenCount", "input_tokens", 10_000_000),
    *_whole("outputTokenCount", "output_tokens", 10_000_000),
    *_whole("reasoningTokenCount", "reasoning_tokens", 5_000_000),
    *_whole("cachedTokenCount", "cache_read_tokens", 5_000_000),
    *_whole("totalTokenCount", "total_tokens", 20_000_000),
    *usd("inputTokenCost", "input_cost_nano", _LEG_USD),
    *usd("outputTokenCost", "output_cost_nano", _LEG_USD),
    equal("traceName", "trace_name"),
    equal("taskType", "task_type"),
    *between("temperature", extra("temperature", float), Decimal(2)),
    equal("stopReason", "stop_reason"),
    *between("responseQualityScore", extra("responseQualityScore", float), Decimal(1)),
    equal("credentialName", "credential"),
    Filter("systemFingerprint", (extra("systemFingerprint"),)),
    equal("operationType", "operation_type", wire=str),
)

COMPLETIONS = Listing(
    noun="completion",
    resource_type="ai_completion_metric",
    embedded="aICompletionMetricResourceList",
    fact=CALLS,
    kinds=("COMPLETION",),
    filters=_COMPLETION_FILTERS,
    order=_AI_ORDER | _TOKENS_ORDER,
    searched=_AI_SEARCHED,
    exact=_AI_EXACT,
    heeds_assistants=True,
)
ALL_CALLS = Listing(
    noun="AI call",
    resource_type="ai_metric",
    embedded="aIMetricResourceList",
    fact=CALLS,
    kinds=MODALITIES,
    filters=_AI_FILTERS,
    order=_AI_ORDER | _TOKENS_ORDER,
    searched=_AI_SEARCHED,
    exact=_AI_EXACT,
)


def _media(
    kind: str, embedded: str, order: Mapping[str, str], filters: Sequence[Filter]
) -> Listing:
    """A list of calls that made or heard audio, images or video."""
    return Listing(
        noun=f"{kind.lower()} call",
        resource_type=f"ai_{kind.lower()}_metric",
        embedded=embedded,
        fact=CALLS,
        kinds=(kind,),
        filters=(*_MEDIA_FILTERS, *filters),
        order={**_AI_ORDER, **order},
        searched=_AI_SEARCHED,
        exact=_AI_EXACT,
    )


AUDIO = _media(
    "AUDIO",
    "aIAudioMetricResourceList",
    {"durationSeconds": "seconds", "totalDuration": "seconds", "characterCount": "characters"},
    (
        *_seconds(),
        *_whole("characterCount", "characters"),
        _extra_text("language"),
        _extra_text("voice"),
        equal("billingUnit", "billing_unit", wire=SHORT_NAME),
    ),
)
IMAGES = _media(
    "IMAGE",
    "aIImageMetricResourceList",
    {"actualImageCount": "images", "totalCount": "images", "resolution": "resolution"},
    (
        *between("requestedImageCount", extra("requestedImageCount", int), 100),
        *_whole("actualImageCount", "images", 100),
        equal("resolution", "resolution", wire=SHORT_NAME),
        equal("quality", "quality", wire=SHORT_NAME),
        _extra_text("style"),
        _extra_text("format"),
    ),
)
VIDEO = _media(
    "VIDEO",
    "aIVideoMetricResourceList",
    {"durationSeconds": "seconds", "totalDuration": "seconds", "creditsConsumed": "credits"},
    (
        *_seconds(),
        *between("creditsConsumed", Value("credits", kind=float)),
        equal("resolution", "resolution", wire=SHORT_NAME),
        Filter("asyncOperation", (extra("asyncOperation", bool),), wire=bool),
    ),
)
APIS = Listing(
    noun="API call",
    resource_type="api_metric",
    embedded="apiMetricResourceList",
    fact=API_CALLS,
    kinds=(API_KIND,),
    filters=(equal("transactionId", "transaction_id"), equal("sourceId", "source_id")),
    order=_TIMES
    | {
        "transactionId": "transaction_id",
        "method": "method",
        "resource": "resource",
        "responseCode": "response_code",
        "totalDuration": "duration_ms",
        "latency": "duration_ms",
    },
    searched=("resource", "method", "remote_host", "user_agent", "subscriber_email"),
)
TOOL_EVENTS = Listing(
    noun="tool event",
    resource_type="tool_event",
    embedded="toolEventResourceList",
    fact=TOOL_CALLS,
    kinds=(TOOL_KIND,),
    filters=(
        equal("toolId", "tool_id"),
        equal("toolName", "tool"),
        equal("toolType", "tool_type"),
        equal("operation", "operation"),
        equal("transactionId", "transaction_id"),
        equal("productId", "product_id", "product"),
        *usd("charge", "cost_nano", _USD),
    ),
    order=_TIMES
    | {
        "transactionId": "transaction_id",
        "toolId": "tool_id",
        "toolName": "tool",
        "operation": "operation",
        "charge": "cost_nano",
        "totalCost": "cost_nano",
        "costUsd": "cost_nano",
    },
    searched=("tool_id", "tool", "operation", "agent", "error_reason", "subscriber_email"),
)
LISTINGS: Mapping[str, Listing] = {
    each.resource_type: each
    for each in (COMPLETIONS, ALL_CALLS, AUDIO, IMAGES, VIDEO, APIS, TOOL_EVENTS)
}
Asked = Mapping[str, Any]
"""The filters that a caller asks for, by parameter."""
