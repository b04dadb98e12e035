"""Bottlenecks: the calls on the critical path that a trace waited for most, and what it could save
without waiting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalicelib.kit.words import count_of
from chalicelib.traces.breakdowns import percent
from chalicelib.traces.chains import Chain
from chalicelib.traces.presenting import Json, usd
from chalicelib.traces.waterfall import end_of, has_failed

_LEAST_PERCENT = 20
"""The share of the path from which on a call is a bottleneck."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class CallPath:
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

    @cached_property
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


def describe_call(row: Row) -> Json:
    """What is told of a call on the path, and of a bottleneck."""
    return {
        "transactionName": row["transaction_name"],
        "agent": row["agent"],
        "model": row["model"],
        "taskType": row["task_type"],
        "duration": end_of(row) - row["requested_at"],
    }


def show_bottlenecks(path: CallPath) -> Iterator[Json]:
    """The bottlenecks, largest first."""
    for rank, place in enumerate(path.bottlenecks, 1):
        row = path.rows[place]
        cost = row["cost_nano"]
        yield {
            "transactionId": row["transaction_id"],
            **describe_call(row),
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


def show_savings(path: CallPath, duration: int) -> Json:
    """What a trace could be shorter by when it did nothing but its critical path."""
    saving = duration - path.chain.length
    off_path = len(path.calls) - len(path.rows)
    advice: list[str] = []
    if saving:
        advice.append(f"{saving} ms of the trace are neither on its path nor needed by it.")
    if saving and off_path:
        advice.append(f"Off the path: {count_of(off_path, 'call')}. Let them run beside it.")
    elif saving:
        advice.append("All calls are on the path: what can be saved is the waiting between them.")
    return {
        "potentialTimeSavings": saving,
        "potentialTimeSavingsPercentage": percent(saving, duration),
        "minimumDuration": path.chain.length,
        "parallelizableTransactions": off_path,
        "recommendations": advice,
    }
