"""Breakdowns: what a trace cost and took, by models, by task types, by agents."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.reports.measures import quotient
from chalicelib.traces.presenting import Json, status_of, usd
from chalicelib.traces.waterfall import end_of, has_failed

_MOST_PARTS = 5
"""Entries of one breakdown."""
_UNKNOWN = "unknown"
Row = Mapping[str, Any]


def as_cost(amount: int | None) -> Json:
    """A part of a cost, nano-USD; None where it is not known."""
    return {"cost": None if amount is None else usd(amount), "duration": None}


def as_duration(amount: int | None) -> Json:
    """A part of a time, ms; None where it is not known."""
    return {"cost": None, "duration": amount}


def split_amount(
    calls: Iterable[Row], column: str, measure: str, show: Callable[[int | None], Json]
) -> list[Json]:
    """The five largest parts of a sum, by the values of a column."""
    amounts: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    known: set[str] = set()
    for row in calls:
        name = row[column] or _UNKNOWN
        amounts[name] += row[measure] or 0
        counts[name] += 1
        if row[measure] is not None:
            known.add(name)
    total = sum(amounts.values())
    largest = sorted(amounts, key=lambda name: (-amounts[name], name))[:_MOST_PARTS]
    parts: list[Json] = []
    for name in largest:
        share = {"transactionCount": counts[name], "percentage": percent(amounts[name], total)}
        amount = amounts[name] if name in known else None
        parts.append({"name": name, **show(amount), **share})
    return parts


def percent(part: int, whole: int) -> Decimal:
    """A part of a whole in percent; 0 of nothing."""
    return quotient(100 * part, whole)


def split_by_agent(calls: Iterable[Row], tools: Iterable[Row]) -> list[Json]:
    """What each agent did, the costliest first; the agent of calls that name none is null."""
    groups: dict[str | None, tuple[list[Row], list[Row]]] = {}
    for place, rows in enumerate((calls, tools)):
        for row in rows:
            groups.setdefault(row["agent"], ([], []))[place].append(row)
    shown = [_show_agent(agent, *group) for agent, group in groups.items()]
    return sorted(shown, key=lambda one: (-one["totalCost"], one["agent"] or ""))


def _show_agent(agent: str | None, calls: Sequence[Row], tools: Sequence[Row]) -> Json:
    failures = sum(map(has_failed, calls))
    costs = [row["cost_nano"] for row in (*calls, *tools)]
    return {
        "agent": agent,
        "roles": sorted({row["squad_role"] for row in calls if row["squad_role"]}),
        "transactionCount": len(calls),
        "toolCount": len(tools),
        "errorCount": failures,
        "totalTokenCount": sum(row["total_tokens"] or 0 for row in calls),
        "totalCost": usd(sum(cost or 0 for cost in costs)),
        "unpricedCount": costs.count(None),
        "totalDuration": sum(end_of(row) - row["requested_at"] for row in calls),
        "status": status_of(len(calls), failures),
    }
