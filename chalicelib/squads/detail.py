"""Detail: one execution by its agents and its traces."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.reports.measures import quotient
from chalicelib.squads.paging import Row
from chalicelib.squads.presenting import Json, show_execution, show_usd

_TOKENS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "totalTokens": "total_tokens",
}


def show_detail(row: Row, calls: Sequence[Row]) -> Json:
    """An execution as a whole, by agent (the costliest first) and by trace (in the order of time).
    Calls of no agent and of no trace are in its sums alone."""
    return {
        **show_execution(row),
        "resourceType": "squad.detail",
        "transactionCount": row["calls"],
        "errorCount": row["failures"],
        **_add_tokens(calls),
        "agents": _show_agents(calls),
        "traces": _show_traces(calls),
    }


def _add_tokens(calls: Sequence[Row]) -> Json:
    tokens: Json = {}
    for member, column in _TOKENS.items():
        tokens[member] = sum(call[column] or 0 for call in calls)
    return tokens


def _add_cost(calls: Sequence[Row]) -> int | None:
    """nano-USD; None when no cost is known."""
    known = [call["cost_nano"] for call in calls if call["cost_nano"] is not None]
    return sum(known) if known else None


def _group(calls: Sequence[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for call in calls:
        if call[column] is not None:
            groups.setdefault(call[column], []).append(call)
    return groups


def _show_agents(calls: Sequence[Row]) -> list[Json]:
    whole = _add_cost(calls) or 0
    agents = _group(calls, "agent")
    order = sorted(agents, key=lambda name: (-(_add_cost(agents[name]) or 0), name))
    return [_show_agent(name, agents[name], whole) for name in order]


def _show_agent(name: str, calls: Sequence[Row], whole: int) -> Json:
    cost = _add_cost(calls)
    return {
        "id": name,
        "label": name,
        "agent": name,
        "role": _most_frequent([call["squad_role"] for call in calls]),
        "transactionCount": len(calls),
        "errorCount": sum(call["failed"] for call in calls),
        **_add_tokens(calls),
        "totalCost": show_usd(cost),
        "costPercentage": quotient((cost or 0) * 100, whole),
        "duration": sum(_length(call) for call in calls),
        "models": sorted({call["model"] for call in calls if call["model"] is not None}),
    }


def _length(call: Row) -> int:
    """How long a call took, ms: as it was told, else until its answer had come."""
    told = call["duration_ms"]
    return int(call["ended"] - call["requested_at"] if told is None else told)


def _most_frequent(roles: Sequence[Any]) -> str | None:
    """The role that is seen most often, of equal ones the first by name."""
    counts = Counter(role for role in roles if role is not None)
    return min(counts, key=lambda role: (-counts[role], role), default=None)


def _show_traces(calls: Sequence[Row]) -> list[Json]:
    return [_show_trace(name, some) for name, some in _group(calls, "trace_id").items()]


def _show_trace(name: str, calls: Sequence[Row]) -> Json:
    start = min(call["requested_at"] for call in calls)
    return {
        "traceId": name,
        "traceName": max(call["trace_name"] or "" for call in calls) or None,
        "traceType": max(call["trace_type"] or "" for call in calls) or None,
        "startTime": iso(start),
        "duration": max(call["ended"] for call in calls) - start,
        "transactionCount": len(calls),
        "totalCost": show_usd(_add_cost(calls)),
    }
