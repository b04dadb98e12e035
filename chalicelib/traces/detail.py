"""Detail: one trace with all that happened in it, what it was spent on, and who did what."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.reports.measures import quotient
from chalicelib.traces.breakdowns import as_cost, as_duration, split_amount, split_by_agent
from chalicelib.traces.presenting import Json, show_trace, usd
from chalicelib.traces.traits import Traits
from chalicelib.traces.waterfall import draw, end_of, has_failed

_NANO_DIGITS = -9
Row = Mapping[str, Any]


def show_detail(
    trace: str,
    calls: Sequence[Row],
    tools: Sequence[Row],
    spans: Sequence[Row],
    renames: Mapping[str, Mapping[str, str]],
) -> Json:
    """One trace, from its calls (at least one), tools and other spans; `renames` are the names of
    today by those of before, by column."""
    totals = add_up(trace, calls)
    shown, number = draw(calls, tools, spans, _first_start(calls, tools, spans))
    priced = [row["cost_nano"] for row in calls if row["cost_nano"] is not None]
    timed = [row["duration_ms"] for row in calls if row["duration_ms"] is not None]
    return {
        **show_trace(totals, Traits.of(calls)),
        "taskTypes": sorted({row["task_type"] for row in calls if row["task_type"]}),
        "subscriberEmail": _earliest(calls, "subscriber_email", {}),
        "organizationName": _earliest(calls, "organization", renames),
        "productName": _earliest(calls, "product", renames),
        "averageDuration": quotient(sum(timed), len(timed)),
        "averageCost": quotient(sum(priced), len(priced), _NANO_DIGITS),
        "retryCount": sum((row["retry_number"] or 0) > 0 for row in calls),
        "flatPlanCount": sum(row["flat_plan"] for row in calls),
        "toolCount": len(tools),
        "toolCost": usd(sum(row["cost_nano"] or 0 for row in tools)),
        "unpricedToolCount": sum(row["cost_nano"] is None for row in tools),
        "costByModel": split_amount(calls, "model", "cost_nano", as_cost),
        "costByProvider": split_amount(calls, "provider", "cost_nano", as_cost),
        "durationByTaskType": split_amount(calls, "task_type", "duration_ms", as_duration),
        "agentTotals": split_by_agent(calls, tools),
        "spanCount": number,
        "spans": shown,
    }


def add_up(trace: str, calls: Sequence[Row]) -> dict[str, Any]:
    """The totals of a trace as the list has them (TRACE_COLUMNS), from its calls in time."""
    begun = min(row["requested_at"] for row in calls)
    ended = max(end_of(row) for row in calls)
    totals: dict[str, Any] = {
        "trace_id": trace,
        "trace_type": _last_of(calls, "trace_type"),
        "trace_name": _last_of(calls, "trace_name"),
        "begun": begun,
        "ended": ended,
        "duration_ms": ended - begun,
        "calls": len(calls),
        "failures": sum(map(has_failed, calls)),
        "priced": sum(row["cost_nano"] is not None for row in calls),
    }
    for column in ("cost_nano", "input_tokens", "output_tokens", "total_tokens"):
        totals[column] = sum(row.get(column) or 0 for row in calls)
    return totals


def _last_of(calls: Sequence[Row], column: str) -> str | None:
    """The last value in order, as rollups keep it."""
    return max((row[column] for row in calls if row[column] is not None), default=None)


def _first_start(*parts: Iterable[Row]) -> int:
    """When the first of all spans began: what offsets are counted from."""
    starts: list[int] = []
    for rows in parts:
        starts += [row["requested_at"] for row in rows]
    return min(starts)


def _earliest(
    calls: Iterable[Row], column: str, renames: Mapping[str, Mapping[str, str]]
) -> str | None:
    """The value of the earliest call that has one, by its name of today."""
    for row in calls:
        if row[column]:
            name = str(row[column])
            return renames.get(column, {}).get(name.lower(), name)
    return None
