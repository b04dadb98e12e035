"""Interactions as the wire shows them: a row a pair of agents, or a matrix."""

from collections.abc import Mapping
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.reports.measures import quotient
from chalicelib.resources.hal import self_link
from chalicelib.traces.breakdowns import percent
from chalicelib.traces.presenting import PATH, Json, usd

_NANO_DIGITS = -9
Row = Mapping[str, Any]


def show_pair(row: Row) -> Json:
    """What one agent asked of another; figures are those of the calls of the other."""
    source, target = row["source"], row["target"]
    return {
        "id": f"{source}->{target}",
        "resourceType": "ai.agent.interaction",
        "label": f"{source} → {target}",
        "sourceAgent": source,
        "targetAgent": target,
        "interactionCount": row["count"],
        "traceCount": row["traces"],
        "totalCost": usd(row["cost_nano"]),
        "averageCost": quotient(row["cost_nano"], row["priced"], _NANO_DIGITS),
        "unpricedCount": row["count"] - row["priced"],
        "totalTokens": row["total_tokens"],
        "totalDuration": row["duration_ms"],
        "averageDuration": quotient(row["duration_ms"], row["timed"]),
        "errorCount": row["failures"],
        "errorRate": percent(row["failures"], row["count"]),
        "lastInteractionTime": iso(row["last"]),
        "_links": self_link(f"{PATH}/agent-interactions"),
    }


def show_agent(row: Row) -> Json:
    """How an agent interacts; figures but counts of interactions and traces are those of the calls
    that others made to it."""
    return {
        "agent": row["source"],
        "label": row["source"],
        "outgoingInteractions": row["outgoing"],
        "incomingInteractions": row["count"],
        "totalInteractions": row["outgoing"] + row["count"],
        "traceCount": row["traces"],
        "transactionCount": row["count"],
        "totalCost": usd(row["cost_nano"]),
        "unpricedCount": row["count"] - row["priced"],
        "totalTokens": row["total_tokens"],
        "averageDuration": quotient(row["duration_ms"], row["timed"]),
        "errorCount": row["failures"],
    }
