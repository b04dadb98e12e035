"""Tools that cost more than the tokens of those who call them.

Rule: the tools that an agent calls cost more than its tokens, and the excess is
`least_usd_a_month` and more. What is told as savings is what is above the tokens: tools that are
called for their own sake, and not to help a model, need another look. It is money of calls of
tools, which no other advice claims.

Source: the iceberg of token and tool cost, GET /api/v2/analytics/iceberg-cost-by-agent.
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.money import to_usd
from chalicelib.recommendations.findings import (
    Advice,
    AdviceCategory,
    Figure,
    Finding,
    Role,
    Saving,
)
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    entities_of,
    shorten,
    show_usd,
    usd,
)
from chalicelib.recommendations.queries import query_tools
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_UNNAMED = "UNCLASSIFIED"


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each agent whose tools cost more than its tokens."""
    for agent in survey.agents():
        if agent.tools <= agent.tokens or agent.name == _UNNAMED:
            continue
        chosen = Slice({"agent": agent.name})
        tools = query_tools(survey.window, agent.name)
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.SURPRISE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"{shorten(agent.name)}: tools cost more than tokens",
                why=(
                    f"The tools that {shorten(agent.name)} called cost {show_usd(agent.tools)}, its"
                    f" tokens {show_usd(agent.tokens)}."
                ),
                action="Call dear tools less often, or buy them cheaper.",
                steps=(
                    "See which tools they are: GET /api/v2/analytics/agent-tool-breakdown.",
                    "Keep the answers of tools that are asked the same again.",
                    "Ask cheaper tools first, and tell the model what a call costs.",
                ),
                role=Role.AI,
            ),
            certainty=Decimal("0.5"),
            beside=agent.tools - agent.tokens,
            saving=Saving("toolCostUsd - costUsd", (usd("toolCostUsd", agent.tools, tools),)),
            figures=(Figure("toolCost", to_usd(agent.tools), "USD", tools),),
        )


INVESTIGATOR = Investigator("tool_cost", "Tools dearer than tokens", look, ("agents",))
