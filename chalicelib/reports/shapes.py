"""Charts: the answers that are no plain table of groups and metrics."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from chalicelib.kit.clock import iso, millis
from chalicelib.ports.engine import Value
from chalicelib.reports.facts import BEGUN, ENDED
from chalicelib.reports.measures import plain, quotient
from chalicelib.reports.presenter import Frame, Json, Maker, envelope, head
from chalicelib.reports.rows import Found, Rows

_NONE = "UNCLASSIFIED"
_NOTABLE = 5
"""A change of more percent than this has a direction."""


def movers(frame: Frame, found: Rows) -> Json:
    """Groups by how much their cost changed against the window before, in percent; the largest
    change first."""
    (metric,) = frame.report.metrics
    maker = Maker(frame)
    now, before = (
        {each.name: metric.formula.value(frame.asked, each.terms) for each in rows}
        for rows in (found, frame.before)
    )
    changes = {
        name: _change(now.get(name, Decimal(0)), before.get(name, Decimal(0)))
        for name in now | before
    }
    names = sorted(changes, key=lambda name: (-abs(changes[name]), name))
    items = []
    for name in frame.page.cut(names):
        current, previous = now.get(name, Decimal(0)), before.get(name, Decimal(0))
        figures = {
            "currentValue": current,
            "previousValue": previous,
            "trend": _trend(current, previous),
        }
        items.append(
            {"groupName": name, "metrics": [maker.figure(metric, changes[name]) | figures]}
        )
    return envelope(frame, "metric_aggregated", items, len(names))


def _change(current: Decimal, previous: Decimal) -> Decimal:
    if not previous:
        return Decimal(100 if current else 0)
    return _divided((current - previous) * 100, previous)


def _trend(current: Decimal, previous: Decimal) -> str:
    if not previous or not current:
        return "neutral" if previous == current else "eliminated" if previous else "new"
    change = _change(current, previous)
    return "up" if change > _NOTABLE else "down" if change < -_NOTABLE else "neutral"


def _divided(over: Decimal, under: Decimal) -> Decimal:
    """Exact money by exact money, at 18 decimals."""
    (top, bottom), scale = over.as_integer_ratio(), under.as_integer_ratio()
    return quotient(top * scale[1], bottom * scale[0])


def agent_tools(frame: Frame, found: Rows) -> Json:
    """One row a pair of agent and tool, by agent, the costliest tools of each first."""
    cost, calls = frame.report.metrics
    (kind,) = cost.attributes.values()
    rows: list[Json] = [
        {
            "agentName": each.names[0],
            "toolName": each.names[1],
            "toolType": each.terms[kind.name] or _NONE,
            "totalCalls": calls.formula.value(frame.asked, each.terms),
            "totalCost": cost.formula.value(frame.asked, each.terms),
        }
        for each in found
    ]
    rows.sort(key=lambda row: (row["agentName"], -row["totalCost"], row["toolName"]))
    return {**head(frame, "table_chart"), "data": rows}


def iceberg(frame: Frame, found: Rows) -> Json:
    """Per agent the cost of its tokens, above the line, and of its tools, below: negative, so that
    charts stack them there. The largest sum of both first."""
    above, below = frame.report.metrics
    tokens: defaultdict[str, Decimal] = defaultdict(Decimal)
    tools: defaultdict[str, list[Json]] = defaultdict(list)
    for each in found:
        agent, tool = each.name, each.names[1]
        tokens[agent] += above.formula.value(frame.asked, each.terms)
        if tool is not None:
            tools[agent].append(
                {"toolName": tool, "cost": -below.formula.value(frame.asked, each.terms)}
            )
    rows: list[Json] = [
        {
            "agentName": agent,
            "tokenCost": plain(token_cost),
            "toolCosts": sorted(tools[agent], key=lambda each: (each["cost"], each["toolName"])),
            "totalToolCost": plain(sum((each["cost"] for each in tools[agent]), Decimal(0))),
        }
        for agent, token_cost in tokens.items()
    ]
    rows.sort(key=lambda row: (row["totalToolCost"] - row["tokenCost"], row["agentName"]))
    return {**head(frame, "iceberg_chart"), "data": rows}


def traces(frame: Frame, found: Rows) -> Json:
    """The costliest traces, and how the costs of just these are spread."""
    points = sorted(
        (_point(frame, each) for each in found),
        key=lambda row: (-row["totalCost"], row["transactionId"]),
    )
    costs = [point["totalCost"] for point in points]
    threshold = getattr(frame.query, "threshold", None)
    above = None if threshold is None else sum(cost > Decimal(repr(threshold)) for cost in costs)
    summary = {**spread(costs), "totalTraces": len(points), "tracesAboveThreshold": above}
    return {**head(frame, "scatter_chart"), "dataPoints": points, "summary": summary}


def _point(frame: Frame, found: Found) -> Json:
    cost, calls, tools = frame.report.metrics
    (agent,) = cost.attributes.values()
    return {
        "transactionId": found.name,
        "agentName": found.terms[agent.name] or _NONE,
        **{
            each.name: each.formula.value(frame.asked, found.terms) for each in (cost, calls, tools)
        },
        "traceStart": _moment(frame, found.terms[BEGUN.name]),
        "traceEnd": _moment(frame, found.terms[ENDED.name]),
    }


def _moment(frame: Frame, value: Value) -> str:
    """A trace of which only tools are known tells no time of its own: then it is the window's."""
    return iso(millis(value) if isinstance(value, datetime) else frame.window.start)


def spread(costs: Sequence[Decimal]) -> dict[str, Any]:
    """Mean, percentiles (the smallest cost that at least this share does not exceed) and the
    standard deviation of a whole population; zeros of none."""
    ordered = sorted(costs)
    shares = {
        f"p{share}": ordered[ceil(share * len(ordered) / 100) - 1] if ordered else 0
        for share in (50, 90, 95, 99)
    }
    if not ordered:
        return {"mean": 0, **shares, "stddev": 0}
    mean = sum(ordered, Decimal(0)) / len(ordered)
    variance = sum(((cost - mean) ** 2 for cost in ordered), Decimal(0)) / len(ordered)
    return {"mean": plain(mean), **shares, "stddev": plain(variance.sqrt())}
