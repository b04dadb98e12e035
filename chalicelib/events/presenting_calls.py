"""AI calls as the wire shows them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.events.listing import Listing
from chalicelib.events.listings import ALL_CALLS, COMPLETIONS
from chalicelib.events.presenting import (
    Json,
    Presenter,
    Surroundings,
    copy_members,
    refer,
    show_head,
    show_moment,
    show_owners,
    show_usd,
)
from chalicelib.events.values import Event
from chalicelib.kit.clock import MINUTE
from chalicelib.reports.measures import plain

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


def _call(event: Event, around: Surroundings, columns: Mapping[str, str]) -> Json:
    """What AI calls of all modalities are shown with."""
    row = event.row
    is_span = row.get("channel") == "OTLP"
    credential = refer("credential", row.get("credential_id"), row.get("credential"))
    return {
        **copy_members(event, columns),
        **show_owners(event, around),
        "subscriberCredential": credential,
        "source": None,
        "spanId": row["transaction_id"] if is_span else None,
        "parentSpanId": row.get("parent_transaction_id") if is_span else None,
        "requestTime": show_moment(row["requested_at"]),
        "responseTime": show_moment(row.get("responded_at")),
        "totalCost": show_usd(row.get("cost_nano")),
    }


def show_completion(event: Event, around: Surroundings) -> Json:
    """A completion, without its texts: these are handed out by `prompts` alone."""
    row = event.row
    stated = row.get("stated_cost_nano")
    return {
        **show_head(COMPLETIONS, "ai/completions", event),
        **_call(event, around, _COMPLETION_COLUMNS),
        **copy_members(event, {}, _COMPLETION_EXTRAS),
        "completionStartTime": show_moment(row.get("first_token_at")),
        "inputTokenCost": show_usd(row.get("input_cost_nano")),
        "outputTokenCost": show_usd(row.get("output_cost_nano")),
        "clientReportedCost": show_usd(stated) if stated != row.get("cost_nano") else None,
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
        **show_head(ALL_CALLS, "ai", event),
        **_call(event, around, _COLUMNS),
        **told,
        **copy_members(event, {}, _MEDIA_EXTRAS),
        "metricType": row.get("kind"),
        "credentialAlias": row.get("credential"),
        "tokensPerMinute": _tokens_per_minute(row) if is_completion else None,
    }


def media_presenter(
    listing: Listing, path: str, columns: Mapping[str, str], extras: Sequence[str]
) -> Presenter:
    """The presenter of calls of one modality."""

    def show(event: Event, around: Surroundings) -> Json:
        return {
            **show_head(listing, path, event),
            **_call(event, around, {**_COLUMNS, **columns}),
            **copy_members(event, {}, (*_MEDIA_EXTRAS, *extras)),
            "metricType": event.row.get("kind"),
            "credentialAlias": event.row.get("credential"),
        }

    return show
