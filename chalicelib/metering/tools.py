"""Tool events: the draft of one call of a tool."""

from typing import Any

from chalicelib.directory.names import Names
from chalicelib.kit.clock import millis
from chalicelib.lake.tables import TOOL_EVENTS
from chalicelib.metering.bodies import NAME, PRODUCT_NAME, TRANSACTION_ID, state_cost, text
from chalicelib.metering.drafts import Draft
from chalicelib.metering.event_schemas import ToolEventIngest
from chalicelib.metering.weak_ids import first_id, make_id

KIND = "TOOL"


def tool_draft(body: ToolEventIngest, now: int) -> Draft:
    """The draft of a tool event; `now` (epoch ms) is its time when it tells none."""
    given = body.transactionId if body.timestamp else None
    transaction_id = first_id(body.transactionId) or make_id(body, given)
    row: dict[str, Any] = {
        "transaction_id": transaction_id[:TRANSACTION_ID],
        "channel": "REST",
        "requested_at": now if body.timestamp is None else millis(body.timestamp),
        "tool_id": body.toolId[:NAME],
        "operation": text(body.operation, NAME) or "execute",
        "duration_ms": body.durationMs or 0,
        "is_success": body.success is not False,
    }
    texts = {
        "error_reason": body.errorMessage,
        "workflow_id": body.workflowId,
        "trace_id": body.traceId,
    }
    row |= {column: value for column, given in texts.items() if (value := text(given, NAME))}
    names = Names(
        organization=text(body.organizationName, NAME),
        product=text(body.productName, PRODUCT_NAME),
        agent=text(body.agent, NAME),
        credential_name=text(body.subscriberCredential, NAME),
        job_id=body.agenticJobId or "",
    )
    extras: dict[str, Any] = {"usageMetadata": body.usageMetadata} if body.usageMetadata else {}
    state_cost(row, extras, body.costUsd)
    return Draft(KIND, transaction_id, row, names, extras, table=TOOL_EVENTS)
