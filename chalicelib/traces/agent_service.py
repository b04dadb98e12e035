"""Verbs of interactions: as a table and as a matrix."""

from collections.abc import Mapping, Sequence
from operator import getitem

from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.pages import links, page_block
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import CALLS
from chalicelib.reports.service import Answer, Coverage
from chalicelib.resources.hal import build_page, parse_sort, sort_rows
from chalicelib.resources.schemas import PageQuery
from chalicelib.traces.agent_presenting import show_agent, show_pair
from chalicelib.traces.agent_queries import InteractionQuery, MatrixQuery
from chalicelib.traces.interactions import Interactions, find_interactions
from chalicelib.traces.presenting import Json, usd
from chalicelib.traces.totals import TraceSelection, count_flat_plan

EMBEDDED_INTERACTIONS = "agentInteractionResourceList"
SORTED_BY = (
    "interactionCount traceCount totalCost averageCost totalTokens totalDuration averageDuration "
    "errorCount errorRate lastInteractionTime sourceAgent targetAgent"
).split()
AGENTS_SORTED_BY = (
    "totalInteractions outgoingInteractions incomingInteractions traceCount transactionCount "
    "totalCost totalTokens averageDuration errorCount agent"
).split()


def page_interactions(world: World, team: Scope, query: InteractionQuery, asked: Request) -> Answer:
    """A page of pairs of agents. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    traces = query.select(world, team)
    orders = parse_sort(query.sort, SORTED_BY, "interaction")
    found = find_interactions(asker, traces, query.agents)
    rows = sorted(map(show_pair, found.pairs), key=lambda row: row["id"])
    ordered = sort_rows(rows, orders, getitem)
    shown = query.request.cut(ordered)
    body = build_page(asked, query.request, EMBEDDED_INTERACTIONS, shown, len(rows))
    return answer_agents(asker, traces, body, found)


def read_matrix(world: World, team: Scope, query: MatrixQuery, asked: Request) -> Answer:
    """A page of agents with the interactions between them. Raises Invalid, EngineBusy."""
    asker = Asker.of(world, team)
    traces = query.select(world, team)
    orders = parse_sort(query.sort, AGENTS_SORTED_BY, "agent")
    found = find_interactions(asker, traces, query.agents)
    rows = sorted(map(show_agent, found.agents), key=lambda row: row["agent"])
    agents = query.request.cut(sort_rows(rows, orders, getitem))
    on_page = {row["agent"] for row in agents}
    inside = [row for row in found.pairs if {row["source"], row["target"]} <= on_page]
    cells = [show_pair(row) for row in inside]
    cells.sort(key=lambda row: (-row["interactionCount"], row["id"]))
    body: Json = {
        "id": "agent-interactions",
        "resourceType": "ai.agent.interaction.matrix",
        "label": "Interactions of agents",
        "agents": agents,
        "interactions": cells,
        "metadata": _describe(world, found, traces.window),
        **_page(query, asked, len(rows)),
    }
    return answer_agents(asker, traces, body, found)


def _page(query: PageQuery, asked: Request, total: int) -> Json:
    request = query.request
    return {
        "_links": links(asked.path, asked.query, request, total),
        "page": page_block(request, total),
    }


def _describe(world: World, found: Interactions, window: Window | None) -> Json:
    """What is told of all interactions, whatever page is shown."""
    shown: Sequence[Mapping[str, int]] = found.pairs
    costs = [row["cost_nano"] for row in shown]
    largest = usd(max(costs, default=0))
    return {
        "totalAgents": len(found.agents),
        "totalInteractions": found.total["count"],
        "totalTraces": found.total["traces"],
        "totalCost": usd(found.total["cost_nano"]),
        "unpricedCount": found.total["count"] - found.total["priced"],
        "maxInteractionCount": max((row["count"] for row in shown), default=0),
        "maxInteractionCost": largest,
        "startDate": iso(window.start) if window else None,
        "endDate": iso(window.end) if window else None,
        "generatedAt": iso(world.now()),
    }


def answer_agents(asker: Asker, traces: TraceSelection, body: Json, found: Interactions) -> Answer:
    """An answer about interactions: the coverage is that of the calls which agents made to each
    other."""
    unpriced = found.total["count"] - found.total["priced"]
    return Answer(
        body=body,
        coverage={CALLS.noun: Coverage(unpriced, found.total["count"])},
        incomplete=sorted(asker.incomplete),
        left_out=count_flat_plan(asker, traces),
    )
