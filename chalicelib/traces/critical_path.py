"""Critical path: the calls that a trace could not have been done without waiting for, one by one,
those among them that it waited for most, and what could be saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.traces.chains import Chain, find_longest, link_calls
from chalicelib.traces.detail import add_up, percent
from chalicelib.traces.presenting import Json, link_to, usd
from chalicelib.traces.waterfall import MOST_SHOWN, end_of, has_failed

_LEAST_PERCENT = 20
"""The share of the path from which on a call is a bottleneck."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Path:
    """The critical path of one trace."""

    calls: Sequence[Row]
    chain: Chain

    @cached_property
    def bottlenecks(self) -> Sequence[int]:
        """Places on the path of the calls that add most, largest first: all that add a fifth of
        it, or else the largest."""
        gains = self.chain.gains
        places = sorted(range(len(gains)), key=lambda place: (-gains[place], place))
        least = self.chain.length * _LEAST_PERCENT
        large = [place for place in places if gains[place] * 100 >= least]
        return large if large and self.chain.length else places[:1]

    @property
    def rows(self) -> Sequence[Row]:
        """The calls on the path, from the root to the leaf."""
        return [self.calls[node] for node in self.chain.nodes]

    def share(self, place: int) -> Json:
        """What a call adds to the path."""
        gain = self.chain.gains[place]
        return {
            "contribution": gain,
            "percentageOfPath": percent(gain, self.chain.length),
        }


def find_path(calls: Sequence[Row]) -> Chain:
    """The critical path of the calls of a trace, at least one."""
    ends = [end_of(row) for row in calls]
    ids = [row["transaction_id"] for row in calls]
    return find_longest(link_calls(calls), ends, ids)


def show_path(trace: str, calls: Sequence[Row]) -> Json:
    """The critical path of a trace, from its calls in the order of time (at least one)."""
    path = _Path(calls, find_path(calls))
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
        "bottlenecks": list(_show_bottlenecks(path)),
        "optimizationPotential": _show_savings(path, totals["duration_ms"]),
        "_links": link_to(trace, "/critical-path"),
    }


def _show_members(path: _Path) -> Iterator[Json]:
    bottlenecks = set(path.bottlenecks)
    for place, row in enumerate(path.rows):
        cost = row["cost_nano"]
        yield {
            "sequence": place + 1,
            "transactionId": row["transaction_id"],
            "parentTransactionId": row["parent_transaction_id"],
            **_describe(row),
            "provider": row["provider"],
            "startTime": iso(row["requested_at"]),
            "endTime": iso(end_of(row)),
            **path.share(place),
            "cost": None if cost is None else usd(cost),
            "totalTokens": row["total_tokens"],
            "isBottleneck": place in bottlenecks,
            "status": "error" if has_failed(row) else "success",
        }


def _describe(row: Row) -> Json:
    return {
        "transactionName": row["transaction_name"],
        "agent": row["agent"],
        "model": row["model"],
        "taskType": row["task_type"],
        "duration": end_of(row) - row["requested_at"],
    }


def _show_bottlenecks(path: _Path) -> Iterator[Json]:
    for rank, place in enumerate(path.bottlenecks, 1):
        row = path.rows[place]
        cost = row["cost_nano"]
        yield {
            "transactionId": row["transaction_id"],
            **_describe(row),
            **path.share(place),
            "cost": None if cost is None else usd(cost),
            "rank": rank,
            "recommendation": _advise(row),
        }


def _advise(row: Row) -> str:
    """What may make a call shorter."""
    if has_failed(row):
        return "This call failed, and the trace waited for it: give it a shorter time limit."
    model = row["model"] or "its model"
    return f"The trace waits for this call: ask for fewer tokens, or for less than {model}."


def _show_savings(path: _Path, duration: int) -> Json:
    """What a trace could be shorter by when it did nothing but its critical path."""
    saving = duration - path.chain.length
    off_path = len(path.calls) - len(path.rows)
    advice: list[str] = []
    if saving:
        advice.append(f"{saving} ms of the trace are neither on its path nor needed by it.")
    if saving and off_path:
        advice.append(f"Let the {off_path} calls off the path run beside it.")
    elif saving:
        advice.append("All calls are on the path: what can be saved is the waiting between them.")
    return {
        "potentialTimeSavings": saving,
        "potentialTimeSavingsPercentage": percent(saving, duration),
        "minimumDuration": path.chain.length,
        "parallelizableTransactions": off_path,
        "recommendations": advice,
    }
