"""Agents that go in a loop: the same prompt again and again within one trace.

Rule: an agent sends more than `loop_repeats` prompts of the very same size (of `loop_least_tokens`
and more) for one task to one model in one trace. A dialogue that gets on grows, so that sizes
repeat by chance only. What is beyond the repeats that are believed is waste, at the mean cost of
these calls. The 100 dearest loops of the period count.

Source: the limits on turns that agent frameworks have for it (OpenAI Agents SDK, `max_turns`;
LangGraph, `recursion_limit`: "if you are not expecting your graph to go through many iterations,
you likely have a cycle").
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.words import count_of
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Saving
from chalicelib.recommendations.habits import AgentLoop
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    entities_of,
    share_out,
    shorten,
    show_usd,
    usd,
)
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "LangGraph: recursion limit",
    "https://docs.langchain.com/oss/python/langgraph/errors/GRAPH_RECURSION_LIMIT",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each agent with loops."""
    by_agent: dict[str, list[AgentLoop]] = {}
    for loop in survey.loops():
        by_agent.setdefault(loop.agent, []).append(loop)
    for agent, loops in by_agent.items():
        traces = list(dict.fromkeys(loop.trace for loop in loops))
        chosen = Slice({"agent": agent}, traces)
        cells = [cell for cell in survey.cells() if cell.cost > 0 and chosen.holds(cell.facets)]
        finding = _build(survey, agent, loops, chosen, cells)
        if finding.savings:
            yield finding


def _build(
    survey: Survey, agent: str, loops: list[AgentLoop], chosen: Slice, cells: list[Cell]
) -> Finding:
    believed = survey.thresholds.loop_repeats
    cost = sum(loop.cost for loop in loops)
    surplus = sum(loop.cost * (loop.calls - believed) // loop.calls for loop in loops)
    longest = max(loop.calls for loop in loops)
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(Slice({"agent": agent})),
        advice=Advice(
            title=f"{shorten(agent)} goes in a loop",
            why=(
                f"In {count_of(len(chosen.traces), 'trace')} it sent prompts of one and the same"
                f" size more than {believed} times, up to {longest:,} times. What is beyond"
                f" that cost {show_usd(surplus)} in the period."
            ),
            action="End a run that does not get on.",
            steps=(
                "Open the traces: what does the agent wait for that never comes?",
                "Give it a limit of turns, and have it end when a turn changes nothing.",
                "Set a cost control for the agent that blocks, so that the next loop ends by"
                " itself.",
            ),
            role=Role.AI,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.8"),
        savings=share_out(surplus, cells, [cell.cost for cell in cells]),
        saving=Saving(
            "min(costUsd, loopCostUsd - believedCostUsd)",
            (usd("loopCostUsd", cost), usd("believedCostUsd", cost - surplus)),
        ),
        numbers={"loops": str(len(loops)), "longestLoop": str(longest)},
    )


INVESTIGATOR = Investigator("agent_loop", "Agents that go in a loop", look, ("loops",))
