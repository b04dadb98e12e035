"""What the four AI bodies have in common: from wire members to columns, names, extras and
prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.directory.names import Names
from chalicelib.kit.clock import millis
from chalicelib.kit.money import to_nano
from chalicelib.metering.drafts import Draft, Prompts
from chalicelib.metering.schemas import IngestAttribution
from chalicelib.metering.weak_ids import first_id, make_id

TRANSACTION_ID = 512
"""Stored length of a transaction id."""
NAME, PRODUCT_NAME = 255, 224
Texts = dict[str, tuple[str, int]]
"""Column → (wire member, stored length): longer texts are cut, because refusing them would lose
the record."""
Values = dict[str, str]
"""Column → wire member, copied as it is."""

_TEXTS: Texts = {
    "provider": ("provider", 255),
    "model": ("model", 255),
    "model_source": ("modelSource", 255),
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
_VALUES: Values = {
    "duration_ms": "requestDuration",
    "error_code": "errorCode",
    "retry_number": "retryNumber",
    "input_tokens": "inputTokenCount",
    "output_tokens": "outputTokenCount",
    "total_tokens": "totalTokenCount",
    "is_streamed": "isStreamed",
    "stop_reason": "stopReason",
    "cost_type": "costType",
    "pricing_tier": "pricingTier",
}
_EXTRAS = (
    "agenticJobName",
    "agenticJobType",
    "agenticJobVersion",
    "attributes",
    "billingSkipped",
    "requestedServiceTier",
)
_TRACE_TYPE = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyKind:
    """A kind of AI body: its kind in the ledger, and what it has beside the members that all
    share."""

    kind: str
    operation: str
    """The type of operation of a call that does not say one."""
    texts: Texts
    values: Values
    extras: Sequence[str]
    """Members without a column."""


def draft_of(kind: BodyKind, body: IngestAttribution) -> Draft:
    """A draft with all that the bodies share, and with what the kind has beside it."""
    given = body.__dict__
    told = body.spanId, body.transactionId
    transaction_id = first_id(*told) or make_id(body, *told)
    row = _first_columns(kind, body, transaction_id)
    for columns in (_VALUES, kind.values):
        for column, member in columns.items():
            value = given[member]
            if value is not None:
                row[column] = value
    for table in (_TEXTS, kind.texts):
        for column, (member, limit) in table.items():
            text = given[member]
            if text:
                row[column] = text[:limit]
    extras = {}
    for names in (_EXTRAS, kind.extras):
        for name in names:
            value = given[name]
            if value is not None:
                extras[name] = value
    state_cost(row, extras, body.totalCost)
    # The identity is that of the whole id: of two that only differ behind the stored length, none
    # may be lost.
    return Draft(
        kind=kind.kind,
        identity=transaction_id,
        row=row,
        names=_names(body),
        extras=extras,
        prompts=_prompts(body),
    )


def _first_columns(kind: BodyKind, body: IngestAttribution, transaction_id: str) -> dict[str, Any]:
    """The columns that are made of members, and not just copied."""
    given = body.__dict__
    responded = millis(given["responseTime"])
    first_token = given["completionStartTime"]
    row: dict[str, Any] = {
        "transaction_id": transaction_id[:TRANSACTION_ID],
        "channel": "REST",
        "requested_at": millis(given["requestTime"]),
        "responded_at": responded,
        "first_token_at": millis(first_token) if first_token else responded,
        "operation_type": body.operationType or kind.operation,
    }
    parent = body.parentTransactionId or body.parentSpanId
    if parent:
        row["parent_transaction_id"] = parent[:255]
    trace_type = trace_type_of(body.traceType)
    if trace_type:
        row["trace_type"] = trace_type
    return row


def state_cost(row: dict[str, Any], extras: dict[str, Any], total: Decimal | None) -> None:
    """Note the whole cost that the client states (USD) and that is taken as the cost."""
    if total is not None:
        row["stated_cost_nano"] = to_nano(total)
        extras["totalCost"] = total


def text(value: str | None, limit: int) -> str:
    """A name, trimmed and cut; empty when it is absent."""
    return value.strip()[:limit] if value else ""


def _names(body: IngestAttribution) -> Names:
    """The nested subscriber, its flat twins of older clients where it is silent, and the flat
    credential alias."""
    subscriber = body.subscriber
    credential = subscriber.credential if subscriber else None
    given = body.__dict__
    identity = (subscriber and subscriber.id) or body.subscriberId
    email = (subscriber and subscriber.email) or body.subscriberEmail
    name = (credential and credential.name) or given.get("subscriberCredentialName")
    value = (credential and credential.value) or given.get("subscriberCredential")
    if not (identity or email or name or value):
        name = body.credentialAlias
    return Names(
        organization=text(body.organizationName or body.organizationId, NAME),
        product=text(body.productName or body.productId, PRODUCT_NAME),
        agent=text(body.agent, NAME),
        subscriber_id=text(identity, NAME),
        subscriber_email=text(email, NAME).lower(),
        credential_name=text(name, NAME),
        credential_value=text(value, NAME),
        job_id=body.agenticJobId or "",
        job_name=text(body.agenticJobName, 512),
        job_type=text(body.agenticJobType, 128),
        job_version=text(body.agenticJobVersion, 64),
        environment=text(body.environment, NAME),
    )


def _prompts(body: IngestAttribution) -> Prompts | None:
    system = body.__dict__.get("systemPrompt")
    if not (system or body.inputMessages or body.outputResponse):
        return None
    return Prompts(system, body.inputMessages, body.outputResponse, bool(body.promptsTruncated))


def trace_type_of(given: str | None) -> str | None:
    """Dropped when malformed: the record is worth more than the label."""
    if not given or len(given) > _TRACE_TYPE:
        return None
    return given if given.replace("_", "").replace("-", "").isalnum() and given.isascii() else None
