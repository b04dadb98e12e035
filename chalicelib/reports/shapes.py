"""Shapes: the answers that are no plain table of groups and metrics."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from chalicelib.kit.clock import iso, millis
from chalicelib.ports.engine import Value
from chalicelib.reports.facts import BEGUN, ENDED
from chalicelib.reports.measures import plain, quotient
from chalicelib.reports.metrics import Metric
from chalicelib.reports.presenter import Frame, Json, Maker, envelope, head
from chalicelib.reports.rows import Group, Rows

_NONE = "UNCLASSIFIED"
_ZERO = Decimal(0)
_NOTABLE = 5
"""A change of more percent than this has a direction."""


def movers(frame: Frame, rows: Rows) -> Json:
    """Groups by how much their cost changed against the window before, in percent; the largest
    change first."""
    (metric,) = frame.report.metrics
    maker = Maker(frame)
    now, before = _figures(frame, metric, rows), _figures(frame, metric, frame.before)
    changes: dict[str, Decimal] = {}
    for name in now | before:
        changes[name] = _change(now.get(name, _ZERO), before.get(name, _ZERO))
    names = sorted(changes, key=lambda name: (-abs(changes[name]), name))
    unpriced: Counter[str] = Counter()
    for group in (*rows, *frame.before):
        unpriced[group.name] += maker.count_unpriced(metric, group.terms)
    items: list[Json] = []
    for name in frame.page.cut(names):
        current, previous = now.get(name, _ZERO), before.get(name, _ZERO)
        figure = maker.figure(metric, changes[name])
        figure["currentValue"] = current
        figure["previousValue"] = previous
        figure["trend"] = _trend(current, previous)
        if unpriced[name]:
            figure["unpricedCount"] = unpriced[name]
        items.append({"groupName": name, "metrics": [figure]})
    return envelope(frame, "metric_aggregated", items, len(names))


def _figures(frame: Frame, metric: Metric, rows: Iterable[Group]) -> dict[str, Decimal]:
    """The figure of each group, by its name."""
    return {group.name: metric.formula.value(frame.asked, group.terms) for group in rows}


def _change(current: Decimal, previous: Decimal) -> Decimal:
    """By how many percent a cost changed; 100 where there was none."""
    if previous:
        return _divide((current - previous) * 100, previous)
    return Decimal(100) if current else _ZERO


def _trend(current: Decimal, previous: Decimal) -> str:
    if previous == current == 0:
        return "neutral"
    if not previous:
        return "new"
    if not current:
        return "eliminated"
    change = _change(current, previous)
    if change > _NOTABLE:
        return "up"
    return "down" if change < -_NOTABLE else "neutral"


def _divide(over: Decimal, under: Decimal) -> Decimal:
    """Exact money by exact money, at 18 decimals."""
    top, bottom = over.as_integer_ratio()
    divisor, scale = under.as_integer_ratio()
    return quotient(top * scale, bottom * divisor)


def agent_tools(frame: Frame, rows: Rows) -> Json:
    """One row a pair of agent and tool, by agent, the costliest tools of each first."""
    cost, calls = frame.report.metrics
    maker = Maker(frame)
    (kind,) = cost.attributes.values()
    pairs: list[Json] = []
    for group in rows:
        agent, tool = group.names
        pairs.append(
            {
                "agentName": agent,
                "toolName": tool,
                "toolType": group.terms[kind.name] or _NONE,
                "totalCalls": calls.formula.value(frame.asked, group.terms),
                "totalCost": cost.formula.value(frame.asked, group.terms),
                **_unpriced(maker.count_unpriced(cost, group.terms)),
            }
        )
    pairs.sort(key=lambda row: (row["agentName"], -row["totalCost"], row["toolName"]))
    return {**head(frame, "table_chart"), "data": pairs}


def iceberg(frame: Frame, rows: Rows) -> Json:
    """Per agent the cost of its tokens, above the line, and of its tools, below: negative, so that
    charts stack them there. The largest sum of both first."""
    above, below = frame.report.metrics
    maker = Maker(frame)
    unpriced: Counter[str] = Counter()
    tokens: defaultdict[str, Decimal] = defaultdict(Decimal)
    tools: defaultdict[str, list[Json]] = defaultdict(list)
    for group in rows:
        agent, tool = group.name, group.names[1]
        tokens[agent] += above.formula.value(frame.asked, group.terms)
        if tool is not None:
            cost = below.formula.value(frame.asked, group.terms)
            tools[agent].append({"toolName": tool, "cost": -cost})
        for metric in (above, below):
            unpriced[agent] += maker.count_unpriced(metric, group.terms)
    data: list[Json] = []
    for agent, cost in tokens.items():
        data.append(_iceberg_of(agent, cost, tools[agent]) | _unpriced(unpriced[agent]))
    data.sort(key=lambda row: (row["totalToolCost"] - row["tokenCost"], row["agentName"]))
    return {**head(frame, "iceberg_chart"), "data": data}


def _iceberg_of(agent: str, token_cost: Decimal, tools: Sequence[Json]) -> Json:
    return {
        "agentName": agent,
        "tokenCost": plain(token_cost),
        "toolCosts": sorted(tools, key=lambda tool: (tool["cost"], tool["toolName"])),
        "totalToolCost": plain(sum((tool["cost"] for tool in tools), _ZERO)),
    }


def traces(frame: Frame, rows: Rows) -> Json:
    """The costliest traces, and how the costs of just these are spread."""
    maker = Maker(frame)
    points = [_point(frame, group, maker) for group in rows]
    points.sort(key=lambda point: (-point["totalCost"], point["transactionId"]))
    costs = [point["totalCost"] for point in points]
    threshold = getattr(frame.query, "threshold", None)
    above = None
    if threshold is not None:
        limit = Decimal(repr(threshold))
        above = sum(cost > limit for cost in costs)
    summary = {**spread(costs), "totalTraces": len(points), "tracesAboveThreshold": above}
    return {**head(frame, "scatter_chart"), "dataPoints": points, "summary": summary}


def _unpriced(number: int) -> Json:
    """What stands beside a cost of which a part is not known."""
    return {"unpricedCount": number} if number else {}


def _point(frame: Frame, group: Group, maker: Maker) -> Json:
    cost, calls, tools = frame.report.metrics
    (agent,) = cost.attributes.values()
    point: Json = {
        "transactionId": group.name,
        "agentName": group.terms[agent.name] or _NONE,
        "traceStart": _moment(frame, group.terms[BEGUN.name]),
        "traceEnd": _moment(frame, group.terms[ENDED.name]),
    }
    for metric in (cost, calls, tools):
        point[metric.name] = metric.formula.value(frame.asked, group.terms)
    return point | _unpriced(maker.count_unpriced(cost, group.terms))


def _moment(frame: Frame, value: Value) -> str:
    """A trace of which only tools are known tells no time of its own: then it is the window's."""
    return iso(millis(value) if isinstance(value, datetime) else frame.window.start)


def spread(costs: Sequence[Decimal]) -> dict[str, Any]:
    """Mean, percentiles (the smallest cost that at least this share does not exceed) and the
    standard deviation of a whole population; zeros of none."""
    if not costs:
        return dict.fromkeys(("mean", *(f"p{share}" for share in _SHARES), "stddev"), 0)
    ordered = sorted(costs)
    count = len(ordered)
    mean = sum(ordered, _ZERO) / count
    variance = sum(((cost - mean) ** 2 for cost in ordered), _ZERO) / count
    percentiles = {f"p{share}": ordered[ceil(share * count / 100) - 1] for share in _SHARES}
    return {"mean": plain(mean), **percentiles, "stddev": plain(variance.sqrt())}


_SHARES = (50, 90, 95, 99)
"""The percentiles that are told."""
