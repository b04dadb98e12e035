"""Calls of tools as the wire shows them."""

from chalicelib.events.listings import TOOL_EVENTS
from chalicelib.events.presenting import (
    Json,
    Surroundings,
    copy_members,
    refer,
    show_head,
    show_moment,
    show_owners,
    show_usd,
)
from chalicelib.events.values import Event

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


def show_tool_event(event: Event, around: Surroundings) -> Json:
    """A call of a tool."""
    row = event.row
    tool, operation = row.get("tool_id"), row.get("operation")
    cost = show_usd(row.get("cost_nano"))
    return {
        **show_head(TOOL_EVENTS, "tool/events", event),
        "label": row.get("tool") or tool or event.id,
        **copy_members(event, _TOOL_COLUMNS),
        **show_owners(event, around),
        "resource": f"tool:{tool}:{operation}",
        "tool": refer("tool", tool, row.get("tool") or tool),
        "timestamp": show_moment(row["requested_at"]),
        "callCount": 1,
        "invocations": 1,
        "charge": cost,
        "totalCost": cost,
        "costUsd": show_usd(row.get("stated_cost_nano")),
        "currency": "USD",
    }
