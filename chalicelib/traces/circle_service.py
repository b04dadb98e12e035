"""Verbs of circular patterns: the list of them with what they wasted in all."""

import hashlib
from collections.abc import Collection, Iterable
from decimal import Decimal
from operator import getitem
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.jsontext import pack
from chalicelib.lake.sql import select_from
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.measures import quotient
from chalicelib.reports.service import Answer, Coverage
from chalicelib.resources.hal import build_page, parse_sort, self_link, sort_rows
from chalicelib.traces.agent_queries import CircleQuery, CircularPatternSeverity
from chalicelib.traces.breakdowns import percent
from chalicelib.traces.circles import Circles, find_circles
from chalicelib.traces.cycles import Pattern
from chalicelib.traces.presenting import PATH, Json, usd
from chalicelib.traces.totals import TraceSelection, ask_traces, count_flat_plan

EMBEDDED_CIRCLES = "circularPatternResourceList"
SORTED_BY = (
    "wastedCost averageWastedCost wastedTokens wastedDuration occurrences affectedTraces "
    "cycleLength severity firstDetected lastDetected pattern"
).split()
_SEVERITIES = (
    (CircularPatternSeverity.CRITICAL, Decimal(50), 100),
    (CircularPatternSeverity.HIGH, Decimal(10), 25),
    (CircularPatternSeverity.MEDIUM, Decimal(1), 5),
)
"""From how many USD of waste, or how many occurrences, a pattern is so severe; else it is LOW."""
_NANO_DIGITS = -9
_ORDER = {each: number for number, each in enumerate(CircularPatternSeverity)}


def page_circles(world: World, team: Scope, query: CircleQuery, asked: Request) -> Answer:
    """A page of circular patterns. Raises Invalid, TooMany, EngineBusy."""
    asker = Asker.of(world, team)
    traces = query.select(world, team)
    orders = parse_sort(query.sort, SORTED_BY, "circular pattern")
    circles = find_circles(asker, traces)
    found: dict[Pattern, Json] = {}
    for pattern in sorted(circles.found):
        shown = _show(pattern, circles)
        if _passes(pattern, shown, query):
            found[pattern] = shown
    ordered = sort_rows(found.values(), orders, _value)
    shown_rows = query.request.cut(ordered)
    body = build_page(asked, query.request, EMBEDDED_CIRCLES, shown_rows, len(found))
    cost, coverage = _ask_all(asker, traces)
    body["summary"] = _sum_up(circles, found.keys(), found.values(), cost)
    return Answer(
        body=body,
        coverage={CALLS.noun: coverage},
        incomplete=sorted(asker.incomplete),
        left_out=count_flat_plan(asker, traces),
    )


def _value(row: Json, member: str) -> Any:  # noqa: ANN401 - of any member
    return _ORDER[row[member]] if member == "severity" else getitem(row, member)


def _passes(pattern: Pattern, shown: Json, query: CircleQuery) -> bool:
    if query.agents and set(query.agents).isdisjoint(pattern):
        return False
    if query.severity and shown["severity"] is not query.severity:
        return False
    return bool(shown["occurrences"] >= query.minOccurrences)


def _show(pattern: Pattern, circles: Circles) -> Json:
    circle, waste = circles.found[pattern], circles.wasted([pattern])
    cost = usd(waste["cost_nano"])
    return {
        "id": hashlib.blake2b(pack(list(pattern)).encode(), digest_size=8).hexdigest(),
        "resourceType": "ai.circular.pattern",
        "label": " → ".join(pattern),
        "pattern": " → ".join(pattern),
        "agents": list(pattern),
        "cycleLength": len(pattern) - 1,
        "occurrences": circle.occurrences,
        "affectedTraces": len(circle.traces),
        "traceIds": circle.newest_traces(),
        "wastedCost": cost,
        "averageWastedCost": quotient(waste["cost_nano"], circle.occurrences, _NANO_DIGITS),
        "unpricedCount": waste["unpriced"],
        "wastedTokens": waste["total_tokens"],
        "wastedDuration": waste["duration_ms"],
        "severity": _severity_of(cost, circle.occurrences),
        "firstDetected": iso(circle.first),
        "lastDetected": iso(circle.last),
        "recommendation": _advise(pattern),
        "_links": self_link(f"{PATH}/circular-patterns"),
    }


def _severity_of(cost: Decimal, occurrences: int) -> CircularPatternSeverity:
    for severity, least_cost, least_occurrences in _SEVERITIES:
        if cost >= least_cost or occurrences >= least_occurrences:
            return severity
    return CircularPatternSeverity.LOW


def _advise(pattern: Pattern) -> str:
    if len(set(pattern)) == 2:
        return f"{pattern[0]} and {pattern[1]} hand work back and forth: limit their rounds."
    return f"Work comes back to {pattern[0]}: let it go on with what {pattern[-2]} has found."


def _ask_all(asker: Asker, traces: TraceSelection) -> tuple[int, Coverage]:
    """What all traces cost, nano-USD, and how many of their calls have no known cost."""
    amounts = ("sum(cost_nano)", "sum(calls)", "sum(priced)")
    result = ask_traces(asker, traces, lambda rows: select_from(amounts, rows))
    told = result.rows[0] if result else (0, 0, 0)
    cost, calls, priced = (int(str(amount or 0)) for amount in told)
    return cost, Coverage(calls - priced, calls)


def _sum_up(
    circles: Circles, patterns: Collection[Pattern], shown: Iterable[Json], cost: int
) -> Json:
    """What is told of all patterns, whatever page is shown; a call that several of them wasted
    counts once. `cost` is that of all traces, nano-USD."""
    waste = circles.wasted(patterns)
    breakdown = dict.fromkeys(CircularPatternSeverity, 0)
    occurrences = 0
    for row in shown:
        breakdown[row["severity"]] += 1
        occurrences += row["occurrences"]
    return {
        "totalPatterns": len(patterns),
        "totalOccurrences": occurrences,
        "affectedTraces": circles.count_traces(patterns),
        "totalWastedCost": usd(waste["cost_nano"]),
        "unpricedCount": waste["unpriced"],
        "totalWastedTokens": waste["total_tokens"],
        "totalWastedDuration": waste["duration_ms"],
        "wastedCostPercentage": percent(waste["cost_nano"], cost),
        "severityBreakdown": breakdown,
    }
