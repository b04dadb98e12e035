"""Tool calls that a log record of the scope tool_metering tells of."""

from typing import Any

from chalicelib.lake.tables import TOOL_EVENTS
from chalicelib.metering.bodies import state_cost
from chalicelib.metering.drafts import Draft
from chalicelib.metering.schemas import MOST_USD
from chalicelib.otlp.assistants import TIME, hashed, instant_of
from chalicelib.otlp.forms import Log
from chalicelib.otlp.genai import Bounds, names_of
from chalicelib.otlp.rules import (
    Found,
    Rules,
    Unfit,
    column,
    count,
    email,
    fact,
    is_true,
    money,
    owner,
    words,
)
from chalicelib.otlp.vocabulary import RESOURCE, REVENIUM

SCOPE, EVENT = "tool_metering", "tool.call"
_TRANSACTION_ID, _REASON = 512, 255
_PREFIX = "tool."

RULES = Rules(
    {
        **REVENIUM,
        "tool.id": words("tool_id", 255),
        "tool.operation": column("operation"),
        "tool.workflow.id": column("workflow_id"),
        "tool.call.id": words("call_id", 8_192),
        "transaction_id": words("transaction_id", 8_192),
        "duration_ms": count("duration"),
        "success": fact("success"),
        "error.message": words("error", 65_536),
        "cost_usd": money("cost_usd", MOST_USD),
        "event.timestamp": words("timestamp", 64),
        "session.id": words("session", 255),
        "user.id": owner("subscriber_id"),
        "user.email": email,
        "organization.name": owner("organization"),
        "product.name": owner("product", 224),
        "agent.name": owner("agent"),
    }
)
"""Of a log record of a tool call."""
HOST = Rules(
    {
        **RESOURCE,
        **{name: RULES[name] for name in ("organization.name", "product.name", "user.email")},
    }
)
"""Of its resource."""


def tool_call(log: Log, found: Found, bounds: Bounds) -> Draft:
    """The draft of a tool event. Raises Unfit when it names no tool, or for a time that no clock
    can mean."""
    facts, row = found.facts, found.row
    tool = facts.get("tool_id")
    if not tool:
        raise Unfit("is missing", "tool.id")
    instant = instant_of(log, facts)
    bounds.check(instant, instant, (TIME, TIME))
    session = facts.get("session") or log.trace_id
    identity = facts.get("transaction_id") or facts.get("call_id")
    failed = "success" in facts and not is_true(facts["success"])
    duration = facts.get("duration", 0)
    identity = identity or hashed(
        session, instant, tool, duration, "failed" if failed else "done", log.span_id
    )
    row |= {
        "transaction_id": identity[:_TRANSACTION_ID],
        "channel": "OTLP",
        "requested_at": instant,
        "tool_id": tool,
        "operation": row.get("operation", "execute"),
        "duration_ms": duration,
        "is_success": not failed,
    }
    if session:
        row["trace_id"] = session
    if failed and "error" in facts:
        row["error_reason"] = facts["error"][:_REASON]
    usage = _usage(log.attributes)
    extras: dict[str, Any] = {"usageMetadata": usage} if usage else {}
    state_cost(row, extras, facts.get("cost_usd"))
    columns = {name: value for name, value in row.items() if name in TOOL_EVENTS.columns}
    return Draft("TOOL", identity, columns, names_of(found), extras, table=TOOL_EVENTS)


def _usage(attributes: dict[str, Any]) -> dict[str, Any]:
    """All else that is told of the tool: what its price may depend on."""
    return {
        key.removeprefix(_PREFIX): value
        for key, value in attributes.items()
        if key.startswith(_PREFIX) and key not in RULES
    }
