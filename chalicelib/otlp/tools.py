"""Tool calls that a log record of the scope tool_metering tells of."""

from typing import Any

from chalicelib.lake.tables import TOOL_EVENTS
from chalicelib.metering.bodies import state_cost
from chalicelib.metering.drafts import Draft
from chalicelib.otlp.assistant_calls import TIME, hash_identity, instant_of
from chalicelib.otlp.cleaning import Unfit, is_true
from chalicelib.otlp.forms import Log
from chalicelib.otlp.genai import Bounds, names_of
from chalicelib.otlp.rules import BROKEN, RecordValues, Vocabulary
from chalicelib.otlp.targets import build_rules
from chalicelib.otlp.vocabulary import PLACE, PROVIDER, REVENIUM, SERVICE

SCOPE, EVENT = "tool_metering", "tool.call"
_TRANSACTION_ID, _REASON = 512, 255
_PREFIX = "tool."

_OWNERS: Vocabulary = {
    "user.email": "names.subscriber_email",
    "organization.name": "names.organization",
    "product.name": "names.product",
}
_CALL: Vocabulary = {
    "tool.id": "facts.tool_id",
    "tool.operation": "row.operation",
    "tool.workflow.id": "row.workflow_id",
    "tool.call.id": "facts.call_id",
    "transaction_id": "facts.transaction_id",
    "duration_ms": "counts.duration",
    "success": "facts.success",
    "error.message": "facts.tool_error",
    "cost_usd": "facts.cost_usd",
    "event.timestamp": "facts.timestamp",
    "session.id": "facts.session",
    "user.id": "names.subscriber_id",
    "agent.name": "names.agent",
}
RULES = build_rules(REVENIUM, _CALL, _OWNERS)
"""Of a log record of a tool call."""
HOST = build_rules(PROVIDER, REVENIUM, SERVICE, PLACE, _OWNERS)
"""Of its resource."""


def tool_call(log: Log, values: RecordValues, bounds: Bounds) -> Draft:
    """The draft of a tool event. Raises Unfit when it names no tool, or for a time that no clock
    can mean."""
    facts, row = values.facts, values.row
    tool = facts.get("tool_id")
    if not tool:
        raise Unfit("is missing", "tool.id")
    instant = instant_of(log, facts)
    bounds.check(instant, instant, (TIME, TIME))
    session = facts.get("session") or log.trace_id
    failed = "success" in facts and not is_true(facts["success"])
    duration = facts.get("duration", 0)
    identity = facts.get("transaction_id") or facts.get("call_id")
    if not identity:
        outcome = "failed" if failed else "done"
        identity = hash_identity(session, instant, tool, duration, outcome, log.span_id)
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
    if failed and "tool_error" in facts:
        row["error_reason"] = facts["tool_error"][:_REASON]
    usage = _usage(log.attributes)
    extras: dict[str, Any] = {"usageMetadata": usage} if usage else {}
    state_cost(row, extras, facts.get("cost_usd"))
    columns = {name: value for name, value in row.items() if name in TOOL_EVENTS.columns}
    return Draft(
        kind="TOOL",
        identity=identity,
        row=columns,
        names=names_of(values),
        extras=extras,
        table=TOOL_EVENTS,
    )


def _usage(attributes: dict[str, Any]) -> dict[str, Any]:
    """All else that is told of the tool: what its price may depend on."""
    return {
        key.removeprefix(_PREFIX): value
        for key, value in attributes.items()
        if key.startswith(_PREFIX) and key not in RULES and value is not BROKEN
    }
