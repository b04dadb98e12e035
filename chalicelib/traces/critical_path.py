"""Critical path: the calls that a trace could not have been done without waiting for, one by one,
those among them that it waited for most, and what could be saved."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.traces.bottlenecks import CallPath, describe_call, show_bottlenecks, show_savings
from chalicelib.traces.breakdowns import percent
from chalicelib.traces.chains import Chain, find_longest, link_calls
from chalicelib.traces.detail import add_up
from chalicelib.traces.presenting import Json, link_to, usd
from chalicelib.traces.waterfall import MOST_SHOWN, end_of, has_failed

Row = Mapping[str, Any]


def find_path(calls: Sequence[Row]) -> Chain:
    """The critical path of the calls of a trace, at least one."""
    ends = [end_of(row) for row in calls]
    ids = [row["transaction_id"] for row in calls]
    return find_longest(link_calls(calls), ends, ids)


def show_path(trace: str, calls: Sequence[Row]) -> Json:
    """The critical path of a trace, from its calls in the order of time (at least one)."""
    path = CallPath(calls, find_path(calls))
    totals = add_up(trace, calls)
    length = path.chain.length
    return {
        "id": trace,
        "resourceType": "ai.trace.critical-path",
        "label": totals["trace_name"] or trace,
        "traceId": trace,
        "traceName": totals["trace_name"],
        "traceType": totals["trace_type"],
        "startTime": iso(totals["begun"]),
        "endTime": iso(totals["ended"]),
        "traceDuration": totals["duration_ms"],
        "criticalPathDuration": length,
        "criticalPathPercentage": percent(length, totals["duration_ms"]),
        "criticalPathCost": usd(sum(row["cost_nano"] or 0 for row in path.rows)),
        "totalCost": usd(totals["cost_nano"]),
        "unpricedCount": totals["calls"] - totals["priced"],
        "transactionCount": len(calls),
        "criticalPathTransactionCount": len(path.rows),
        "criticalPath": list(_show_members(path))[:MOST_SHOWN],
        "bottlenecks": list(show_bottlenecks(path)),
        "optimizationPotential": show_savings(path, totals["duration_ms"]),
        "_links": link_to(trace, "/critical-path"),
    }


def _show_members(path: CallPath) -> Iterator[Json]:
    bottlenecks = set(path.bottlenecks)
    for place, row in enumerate(path.rows):
        cost = row["cost_nano"]
        yield {
            "sequence": place + 1,
            "transactionId": row["transaction_id"],
            "parentTransactionId": row["parent_transaction_id"],
            **describe_call(row),
            "provider": row["provider"],
            "startTime": iso(row["requested_at"]),
            "endTime": iso(end_of(row)),
            **path.share(place),
            "cost": None if cost is None else usd(cost),
            "totalTokens": row["total_tokens"],
            "isBottleneck": place in bottlenecks,
            "status": "error" if has_failed(row) else "success",
        }
