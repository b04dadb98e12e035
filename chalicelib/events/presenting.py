"""Presenting: events as the wire shows them. Each table maps members of the wire to columns, or to
what has no column."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.events.listing import Listing
from chalicelib.events.listings import (
    ALL_CALLS,
    APIS,
    AUDIO,
    COMPLETIONS,
    IMAGES,
    TOOL_EVENTS,
    VIDEO,
)
from chalicelib.events.values import Event
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.money import to_usd
from chalicelib.reports.measures import plain
from chalicelib.resources.hal import self_link

Json = dict[str, Any]
PATH = "/profitstream/v2/api/sources/metrics"
_PLATFORM = "/profitstream/v2/api"


TraceCalls = Mapping[str, int]
"""How many calls traces have."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an event is shown with that does not stand in it: the name of its team, the names of
    today by those of before (by column), and how many calls its trace has, where that is known."""

    team_id: str
    team_name: str
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trace_calls: TraceCalls | None = None

    def name_of_today(self, column: str, name: str | None) -> str | None:
        """What a record is called now that an event names."""
        return self.renames.get(column, {}).get((name or "").lower(), name)

    def count_calls(self, trace: str | None) -> int | None:
        """How many calls a trace has: the call alone where it has none; None when unknown."""
        if trace is None or self.trace_calls is None:
            return None if trace else 1
        return self.trace_calls.get(trace, 1)


Presenter = Callable[[Event, Surroundings], Json]

_COLUMNS = {
    "transactionId": "transaction_id",
    "parentTransactionId": "parent_transaction_id",
    "transactionName": "transaction_name",
    "traceId": "trace_id",
    "traceType": "trace_type",
    "traceName": "trace_name",
    "model": "model",
    "provider": "provider",
    "modelSource": "model_source",
    "agent": "agent",
    "taskType": "task_type",
    "operationType": "operation_type",
    "operationSubtype": "operation_subtype",
    "requestDuration": "duration_ms",
    "costType": "cost_type",
    "errorReason": "error_reason",
    "errorCode": "error_code",
    "environment": "environment",
    "region": "region",
    "retryNumber": "retry_number",
    "middlewareSource": "middleware_source",
    "subscriberId": "subscriber",
    "subscriberEmail": "subscriber_email",
    "subscriptionId": "subscription",
    "squadId": "squad_id",
    "squadName": "squad_name",
    "squadRole": "squad_role",
    "priceStatus": "price_status",
    "priceVersion": "price_version",
    "unpricedReason": "unpriced_reason",
}
_COMPLETION_COLUMNS = _COLUMNS | {
    "agenticJobId": "job_id",
    "modelHost": "model_host",
    "isStreamed": "is_streamed",
    "streamed": "is_streamed",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "completionTokenCount": "output_tokens",
    "reasoningTokenCount": "reasoning_tokens",
    "cachedTokenCount": "cache_read_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
    "cacheCreationTokenCount": "cache_creation_tokens",
    "cacheCreation5mTokenCount": "cache_creation_5m_tokens",
    "cacheCreation1hTokenCount": "cache_creation_1h_tokens",
    "totalTokenCount": "total_tokens",
    "timeToFirstToken": "time_to_first_token_ms",
    "stopReason": "stop_reason",
}
_SUMMARY_COLUMNS = (
    "inputTokenCount outputTokenCount cacheReadTokenCount reasoningTokenCount totalTokenCount "
    "timeToFirstToken stopReason"
).split()
_COMPLETION_EXTRAS = (
    "agenticJobName agenticJobType agenticJobVersion cacheTtlSplitSource clientSurface effort "
    "mediationLatency promptId promptLength querySource responseQualityScore "
    "skillInvocationTrigger skillKind skillMarketplaceName skillName skillOriginCategory "
    "skillPluginName skillSource speed subagentType subscriberEmailSource systemFingerprint "
    "temperature"
).split()
_MEDIA_EXTRAS = ("billingSkipped", "skipReason")
_AUDIO_COLUMNS = {
    "durationSeconds": "seconds",
    "totalDuration": "seconds",
    "characterCount": "characters",
    "inputAudioTokenCount": "audio_input_tokens",
    "outputAudioTokenCount": "audio_output_tokens",
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "billingUnit": "billing_unit",
    "quality": "quality",
}
_AUDIO_EXTRAS = (
    "language voice audioFormat speed sampleRate responseFormat sourceLanguage targetLanguage "
    "isRealtime"
).split()
_IMAGE_COLUMNS = {
    "actualImageCount": "images",
    "totalCount": "images",
    "resolution": "resolution",
    "quality": "quality",
}
_IMAGE_EXTRAS = ("requestedImageCount", "style", "format", "revisedPromptProvided")
_VIDEO_COLUMNS = {
    "durationSeconds": "seconds",
    "totalDuration": "seconds",
    "creditsConsumed": "credits",
    "resolution": "resolution",
}
_VIDEO_EXTRAS = ("requestedDurationSeconds", "creditRate", "fps", "videoJobId", "asyncOperation")
_API_COLUMNS = {
    "transactionId": "transaction_id",
    "method": "method",
    "resource": "resource",
    "remoteHost": "remote_host",
    "userAgent": "user_agent",
    "contentType": "content_type",
    "sourceType": "source_type",
    "requestMessageSize": "request_bytes",
    "responseMessageSize": "response_bytes",
    "responseCode": "response_code",
    "backendLatency": "backend_latency_ms",
    "gatewayLatency": "gateway_latency_ms",
    "totalDuration": "duration_ms",
    "latency": "duration_ms",
}
_TOOL_COLUMNS = {
    "operation": "operation",
    "toolId": "tool_id",
    "toolName": "tool",
    "toolType": "tool_type",
    "toolProvider": "tool_provider",
    "transactionId": "transaction_id",
    "agent": "agent",
    "traceId": "trace_id",
    "errorReason": "error_reason",
    "durationMs": "duration_ms",
    "success": "is_success",
}
_ERRORS_FROM = 400
"""Of HTTP: a response with this code or a higher one is an error."""


def _head(listing: Listing, path: str, event: Event) -> Json:
    """What every event is shown with; it is called by its transaction id."""
    received = iso(event.row["received_at"])
    return {
        "id": event.id,
        "label": event.row.get("transaction_id") or event.id,
        "resourceType": listing.resource_type,
        "created": received,
        "updated": received,
        "_links": self_link(f"{PATH}/{path}/{event.id}"),
    }


def _copy(event: Event, columns: Mapping[str, str], extras: Iterable[str] = ()) -> Json:
    """Members that are shown as they are stored."""
    shown = {member: event.row.get(column) for member, column in columns.items()}
    for member in extras:
        shown[member] = event.extras.get(member)
    return shown


def _moment(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)


def _usd(nano: int | None) -> Decimal | None:
    """An amount; a cost of exactly 0 is shown as 0, one that is not known as null."""
    return None if nano is None else to_usd(nano)


def refer(kind: str, identity: str | None, label: str | None, path: str = "") -> Json | None:
    """Another record, as it is shown inside an event."""
    if not (identity or label):
        return None
    shown: Json = {"id": identity, "label": label, "resourceType": kind}
    if identity:
        shown["_links"] = self_link(f"{_PLATFORM}/{path or kind + 's'}/{identity}")
    return shown


def _owners(event: Event, around: Surroundings) -> Json:
    """The records that an event belongs to."""
    row = event.row
    organization = around.name_of_today("organization", row.get("organization"))
    product = around.name_of_today("product", row.get("product"))
    return {
        "organization": refer("organization", row.get("organization_id"), organization),
        "product": refer("product", row.get("product_id"), product),
        "team": refer("team", around.team_id, around.team_name),
    }


def _call(event: Event, around: Surroundings, columns: Mapping[str, str]) -> Json:
    """What AI calls of all modalities are shown with."""
    row = event.row
    is_span = row.get("channel") == "OTLP"
    credential = refer("credential", row.get("credential_id"), row.get("credential"))
    return {
        **_copy(event, columns),
        **_owners(event, around),
        "subscriberCredential": credential,
        "source": None,
        "spanId": row["transaction_id"] if is_span else None,
        "parentSpanId": row.get("parent_transaction_id") if is_span else None,
        "requestTime": _moment(row["requested_at"]),
        "responseTime": _moment(row.get("responded_at")),
        "totalCost": _usd(row.get("cost_nano")),
    }


def show_completion(event: Event, around: Surroundings) -> Json:
    """A completion, without its texts: these are handed out by `prompts` alone."""
    row = event.row
    stated = row.get("stated_cost_nano")
    return {
        **_head(COMPLETIONS, "ai/completions", event),
        **_call(event, around, _COMPLETION_COLUMNS),
        **_copy(event, {}, _COMPLETION_EXTRAS),
        "completionStartTime": _moment(row.get("first_token_at")),
        "inputTokenCost": _usd(row.get("input_cost_nano")),
        "outputTokenCost": _usd(row.get("output_cost_nano")),
        "clientReportedCost": _usd(stated) if stated != row.get("cost_nano") else None,
        "tokensPerMinute": _tokens_per_minute(row),
        "transactionCount": around.count_calls(row.get("trace_id")),
        "hasPromptData": bool(event.extras.get("hasPromptData")),
        "promptsTruncated": None,
        "systemPrompt": None,
        "inputMessages": None,
        "outputResponse": None,
    }


def _tokens_per_minute(row: Mapping[str, Any]) -> Decimal | None:
    """Tokens over the minutes that the call took, at 6 decimals; None without either."""
    tokens, took = row.get("total_tokens"), row.get("duration_ms")
    if not tokens or not took:
        return None
    rate = Decimal(tokens) * MINUTE / Decimal(took)
    return plain(rate.quantize(Decimal("1e-6")))


def show_call(event: Event, around: Surroundings) -> Json:
    """An AI call of any modality; tokens are told of completions alone."""
    row = event.row
    is_completion = row.get("kind") == COMPLETIONS.kinds[0]
    told = {}
    for member in _SUMMARY_COLUMNS:
        told[member] = row.get(_COMPLETION_COLUMNS[member]) if is_completion else None
    return {
        **_head(ALL_CALLS, "ai", event),
        **_call(event, around, _COLUMNS),
        **told,
        **_copy(event, {}, _MEDIA_EXTRAS),
        "metricType": row.get("kind"),
        "credentialAlias": row.get("credential"),
        "tokensPerMinute": _tokens_per_minute(row) if is_completion else None,
    }


def _media(
    listing: Listing, path: str, columns: Mapping[str, str], extras: Sequence[str]
) -> Presenter:
    """The presenter of calls of one modality."""

    def show(event: Event, around: Surroundings) -> Json:
        return {
            **_head(listing, path, event),
            **_call(event, around, {**_COLUMNS, **columns}),
            **_copy(event, {}, (*_MEDIA_EXTRAS, *extras)),
            "metricType": event.row.get("kind"),
            "credentialAlias": event.row.get("credential"),
        }

    return show


def show_api_call(event: Event, around: Surroundings) -> Json:
    """A call of an API; what its response tells is null until it has come."""
    row = event.row
    code = row.get("response_code")
    took = row.get("duration_ms")
    responded = row["requested_at"] + took if took is not None else None
    credential = refer("credential", row.get("credential_id"), row.get("credential"))
    return {
        **_head(APIS, "apis", event),
        **_copy(event, _API_COLUMNS),
        **_owners(event, around),
        "credential": credential,
        "source": refer("source", row.get("source_id"), None, "sources"),
        "subscriptionId": row.get("subscription"),
        "requestTime": _moment(row["requested_at"]),
        "responseTime": _moment(responded),
        "requests": 1,
        "errors": 0 if code is None else int(code >= _ERRORS_FROM),
    }


def show_tool_event(event: Event, around: Surroundings) -> Json:
    """A call of a tool."""
    row = event.row
    tool, operation = row.get("tool_id"), row.get("operation")
    cost = _usd(row.get("cost_nano"))
    return {
        **_head(TOOL_EVENTS, "tool/events", event),
        "label": row.get("tool") or tool or event.id,
        **_copy(event, _TOOL_COLUMNS),
        **_owners(event, around),
        "resource": f"tool:{tool}:{operation}",
        "tool": refer("tool", tool, row.get("tool") or tool),
        "timestamp": _moment(row["requested_at"]),
        "callCount": 1,
        "invocations": 1,
        "charge": cost,
        "totalCost": cost,
        "costUsd": _usd(row.get("stated_cost_nano")),
        "currency": "USD",
    }


PRESENTERS: Mapping[str, Presenter] = {
    COMPLETIONS.resource_type: show_completion,
    ALL_CALLS.resource_type: show_call,
    AUDIO.resource_type: _media(AUDIO, "ai/audio", _AUDIO_COLUMNS, _AUDIO_EXTRAS),
    IMAGES.resource_type: _media(IMAGES, "ai/images", _IMAGE_COLUMNS, _IMAGE_EXTRAS),
    VIDEO.resource_type: _media(VIDEO, "ai/video", _VIDEO_COLUMNS, _VIDEO_EXTRAS),
    APIS.resource_type: show_api_call,
    TOOL_EVENTS.resource_type: show_tool_event,
}
"""By the resource type of a listing."""
