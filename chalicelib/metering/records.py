"""From a wire body to the ledger's event: the lake row, column by column."""

from collections.abc import Mapping
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of, millis
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.assistants import assistant_of
from chalicelib.metering.attribution import Attribution
from chalicelib.metering.schemas import AiCompletionIngest
from chalicelib.ports.events import EventRecord
from chalicelib.pricing.usage import Rating, Usage

_TEXTS: Mapping[str, tuple[str, int]] = {
    "provider": ("provider", 255),
    "model": ("model", 255),
    "model_source": ("modelSource", 255),
    "model_host": ("modelHost", 50),
    "operation_subtype": ("operationSubtype", 255),
    "error_reason": ("errorReason", 255),
    "service_tier": ("actualServiceTier", 64),
    "subscription": ("subscriptionId", 255),
    "agent_version": ("agentVersion", 64),
    "task_type": ("taskType", 255),
    "trace_id": ("traceId", 255),
    "trace_name": ("traceName", 256),
    "transaction_name": ("transactionName", 255),
    "squad_id": ("squadId", 255),
    "squad_name": ("squadName", 255),
    "squad_role": ("squadRole", 255),
    "ticket_id": ("ticketId", 256),
    "environment": ("environment", 255),
    "region": ("region", 255),
    "middleware_source": ("middlewareSource", 255),
}
"""Column → (wire member, stored length): longer texts are cut, because refusing them would lose the record."""
_VALUES: Mapping[str, str] = {
    "duration_ms": "requestDuration",
    "time_to_first_token_ms": "timeToFirstToken",
    "error_code": "errorCode",
    "retry_number": "retryNumber",
    "input_tokens": "inputTokenCount",
    "output_tokens": "outputTokenCount",
    "total_tokens": "totalTokenCount",
    "reasoning_tokens": "reasoningTokenCount",
    "cache_read_tokens": "cacheReadTokenCount",
    "cache_creation_tokens": "cacheCreationTokenCount",
    "cache_creation_5m_tokens": "cacheCreation5mTokenCount",
    "cache_creation_1h_tokens": "cacheCreation1hTokenCount",
    "is_streamed": "isStreamed",
    "stop_reason": "stopReason",
    "cost_type": "costType",
    "pricing_tier": "pricingTier",
}
"""Column → wire member, copied as it is."""
_EXTRAS: tuple[str, ...] = tuple(
    """
    agenticJobName agenticJobType agenticJobVersion attributes billingSkipped clientSurface
    codingAssistantAccountUuid costMultiplier effort entrypoint failureCode mediationLatency promptId
    promptLength querySource requestedServiceTier responseQualityScore skillInvocationTrigger skillKind
    skillMarketplaceName skillName skillPluginName skillSource skipReason speed subagentType
    subscriberEmailSource subscriptionTier systemFingerprint taskId temperature
    """.split()
)
"""Wire members without a column: kept as JSON text under their own names."""
_MOST_EXTRAS = 16_384
_TRACE_TYPE = 128


def usage_of(body: AiCompletionIngest) -> Usage:
    """What rating needs to know of a completion."""
    return Usage(
        body.provider,
        body.model,
        millis(body.requestTime),
        body.inputTokenCount,
        body.outputTokenCount,
        body.reasoningTokenCount or 0,
        body.cacheReadTokenCount or 0,
        body.cacheCreationTokenCount or 0,
        body.cacheCreation5mTokenCount or 0,
        body.cacheCreation1hTokenCount or 0,
        body.totalCost,
        body.inputTokenCost,
        body.outputTokenCost,
        body.cacheReadTokenCost,
        body.cacheCreationTokenCost,
        bool(body.billingSkipped),
        body.costMultiplier,
        body.pricingTier or "STANDARD",
        body.actualServiceTier or "",
        body.speed or "",
    )


def completion_event(
    principal: Principal,
    event_id: str,
    transaction_id: str,
    received_at: int,
    body: AiCompletionIngest,
    attribution: Attribution,
    rating: Rating,
) -> EventRecord:
    """Version 1 of a completion."""
    given = body.__dict__
    row: dict[str, Any] = {
        "event_id": event_id,
        "version": 1,
        "deleted": False,
        "kind": "COMPLETION",
        "transaction_id": transaction_id,
        "channel": "REST",
        "received_at": received_at,
        "requested_at": millis(body.requestTime),
        "responded_at": millis(body.responseTime),
        "first_token_at": millis(body.completionStartTime or body.responseTime),
        "operation_type": body.operationType or "CHAT",
        "parent_transaction_id": _cut(body.parentTransactionId or body.parentSpanId, 255),
        "trace_type": _trace_type(body.traceType),
        "api_key_id": principal.key_id,
        "extras": _extras(given),
    }
    for column, member in _VALUES.items():
        if (value := given[member]) is not None:
            row[column] = value
    for column, (member, limit) in _TEXTS.items():
        if text := given[member]:
            row[column] = text[:limit]
    row["cost_source"], row["assistant"] = assistant_of(body.provider, body.agent, body.modelHost)
    row |= _attributed(attribution)
    row |= _rated(rating)
    text = pack({name: value for name, value in row.items() if value is not None})
    return EventRecord(principal.team, event_id, 1, AI_EVENTS.name, day_of(row["requested_at"]), text)


def _attributed(attribution: Attribution) -> dict[str, Any]:
    organization_id, organization, product_id, product, who, agent, job = attribution
    return {
        "organization_id": organization_id,
        "organization": organization,
        "product_id": product_id,
        "product": product,
        **who._asdict(),
        "agent": agent,
        "job_id": job,
    }


def _rated(rating: Rating) -> dict[str, Any]:
    legs = rating.legs
    return {
        "price_status": rating.status,
        "price_source": rating.source,
        "price_version": rating.price_version,
        "cost_nano": rating.cost,
        "input_cost_nano": legs.input,
        "output_cost_nano": legs.output,
        "cache_read_cost_nano": legs.cache_read,
        "cache_creation_cost_nano": legs.cache_creation,
    }


def _cut(text: str | None, limit: int) -> str | None:
    return text[:limit] if text else None


def _trace_type(text: str | None) -> str | None:
    """Dropped when malformed: the record is worth more than the label."""
    if not text or len(text) > _TRACE_TYPE:
        return None
    return text if text.replace("_", "").replace("-", "").isalnum() and text.isascii() else None


def _extras(given: Mapping[str, Any]) -> str | None:
    """JSON text of what has no column; the free-form attributes go first when it would become too long."""
    extras = {name: given[name] for name in _EXTRAS if given[name] is not None}
    if not extras:
        return None
    text = pack(extras)
    if len(text) > _MOST_EXTRAS:
        text = pack({**extras, "attributes": None, "attributesDropped": True})
    return text
