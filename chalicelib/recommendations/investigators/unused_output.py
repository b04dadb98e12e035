"""Output far beyond what is used.

Rule, for work of one kind: calls whose answers (of `unused_least_tokens` and more) led to further
calls, which name them as their parent, and were more than `unused_ratio` times as long as the
largest prompt of these. What does not fit into a prompt was not read by it: the surplus is at least
the difference. It is waste at the rate of output, once there are `least_calls` such answers.

Source: Anthropic and OpenAI, "Reducing latency" and "Latency optimization": generate fewer tokens
(output is the dearest kind of token).
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chalicelib.kit.money import divide
from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Saving
from chalicelib.recommendations.habits import WorkAnswers
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    by_work,
    completions,
    entities_of,
    number,
    share_out,
    shorten,
    show_usd,
    usd,
    work_slice,
)
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "OpenAI: latency optimization",
    "https://platform.openai.com/docs/guides/latency-optimization",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each kind of work whose answers are not read whole."""
    groups = by_work(completions(survey))
    for answers in survey.answers():
        cells = groups.get(answers.key, ())
        if cells and answers.calls >= survey.thresholds.least_calls:
            yield _build(answers, cells)


def _build(answers: WorkAnswers, cells: Sequence[Cell]) -> Finding:
    costs = [min(cell.output_cost, cell.cost) for cell in cells]
    tokens = sum(cell.output_tokens for cell in cells)
    surplus = divide(sum(costs) * answers.surplus, max(tokens, answers.surplus))
    chosen = work_slice(answers.key, failed=0)
    agent = chosen.values["agent"]
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.WASTE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{shorten(agent)} writes far more than is read",
            why=(
                f"{answers.calls:,} answers had {answers.tokens:,} tokens, and the calls that they"
                f" led to cannot have taken in {answers.surplus:,} of these. They cost"
                f" {show_usd(surplus)} in the period."
            ),
            action="Ask for what the next step needs, and for no more.",
            steps=(
                "Compare an answer with the prompt that follows it: which parts go on?",
                "Ask for these alone, in a schema, and set a limit of output tokens.",
            ),
            role=Role.AI,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.6"),
        savings=share_out(surplus, cells, costs),
        saving=Saving(
            "outputCostUsd * unusedTokens / max(outputTokens, unusedTokens)",
            (
                usd("outputCostUsd", sum(costs)),
                number("unusedTokens", answers.surplus, "tokens"),
                number("outputTokens", tokens, "tokens"),
            ),
        ),
        numbers={"unusedTokens": str(answers.surplus)},
    )


INVESTIGATOR = Investigator("unused_output", "Output beyond what is used", look, ("answers",))
