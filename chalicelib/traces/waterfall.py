"""Waterfall: the spans of a trace in the order in which they are drawn, each below its parent."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.traces.forest import NONE, plant
from chalicelib.traces.presenting import Json, usd

MOST_SHOWN = 10_000
"""Spans in one answer, which must fit into one of Lambda (6 MB)."""
Row = Mapping[str, Any]


def has_failed(row: Row) -> bool:
    """Whether a call failed: it tells an error, or that one stopped it."""
    told = row["error_reason"] is not None or row["error_code"] is not None
    return told or row["stop_reason"] == "ERROR"


def end_of(row: Row) -> int:
    """When the answer of a call had come (UTC epoch ms): never before its request."""
    return int(max(row["requested_at"], row.get("responded_at") or 0))


def draw(
    calls: Sequence[Row], tools: Sequence[Row], spans: Sequence[Row], begun: int
) -> tuple[list[Json], int]:
    """The first 10,000 spans of a trace that began at `begun` (UTC epoch ms), a parent before its
    children, and how many there are in all."""
    told = [(_of_call, row) for row in calls]
    told += [(_of_span, row) for row in spans]
    told += [(_of_tool, row) for row in tools]
    ids = [row["transaction_id"] for _, row in told]
    parents = [row.get("parent_transaction_id") for _, row in told]
    forest = plant(ids, parents, [row["requested_at"] for _, row in told])
    shown: list[Json] = []
    for node, depth in islice(forest.walk(), MOST_SHOWN):
        show, row = told[node]
        start, parent = forest.starts[node], forest.parents[node]
        span = show(row)
        span["depth"] = depth
        span["startTime"] = iso(start)
        span["offset"] = start - begun
        span["parentId"] = None if parent == NONE else ids[parent]
        if parent == NONE and parents[node]:
            span["parentStatus"] = "LOOP" if node in forest.cut else "MISSING"
        # Members that are not known are left out.
        shown.append({name: value for name, value in span.items() if value is not None})
    return shown, len(told)


def _of_call(row: Row) -> Json:
    cost = row["cost_nano"]
    return {
        "id": row["transaction_id"],
        "parentTransactionId": row["parent_transaction_id"],
        "kind": "CALL",
        "name": row["transaction_name"] or row["task_type"] or row["model"],
        "agent": row["agent"],
        "role": row["squad_role"],
        "taskType": row["task_type"],
        "model": row["model"],
        "provider": row["provider"],
        "duration": end_of(row) - row["requested_at"],
        "inputTokenCount": row["input_tokens"],
        "outputTokenCount": row["output_tokens"],
        "totalTokenCount": row["total_tokens"],
        "cost": None if cost is None else usd(cost),
        "isFlatPlan": True if row["flat_plan"] else None,
        "status": "error" if has_failed(row) else "success",
        "errorReason": row["error_reason"],
    }


def _of_tool(row: Row) -> Json:
    cost = row["cost_nano"]
    return {
        "id": row["transaction_id"],
        "kind": "TOOL",
        "name": row["tool"] or row["tool_id"],
        "operation": row["operation"],
        "agent": row["agent"],
        "duration": max(0, row["duration_ms"] or 0),
        "cost": None if cost is None else usd(cost),
        "status": "error" if row["is_success"] is False else "success",
        "errorReason": row["error_reason"],
    }


def _of_span(row: Row) -> Json:
    return {
        "id": row["transaction_id"],
        "parentTransactionId": row["parent_transaction_id"],
        "kind": row["kind"],
        "name": row["name"] or row["tool"] or row["agent"],
        "operation": row["operation"],
        "agent": row["agent"],
        "duration": end_of(row) - row["requested_at"],
        "status": "error" if row["is_success"] is False else "success",
        "errorReason": row["error_reason"],
    }
