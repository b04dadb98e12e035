"""Attempts that failed and were paid for: nothing came of them, and most were made again.

Rule: the whole cost of failed calls of one agent and model, when there are `error_least_failures`
of them. A call failed when it tells an error, or that one stopped it (reports/facts.py). Calls that
failed and cost nothing are no waste of money; `error_concentration` looks at those.

Source: Google SRE Book, chapter 22, "Addressing Cascading Failures": retries with jittered
exponential backoff, a budget of retries, and none at several levels of a stack.
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.recommendations.cells import groups_of
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    completions,
    count_calls,
    entities_of,
    shorten,
    show_usd,
    sum_costs,
)
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "SRE Book, Addressing Cascading Failures",
    "https://sre.google/sre-book/addressing-cascading-failures/",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each agent and model whose failed calls cost something."""
    failed = completions(survey, failed=True)
    for (agent, model), cells in groups_of(failed, ("agent", "model")).items():
        calls, cost = count_calls(cells), sum_costs(cells)
        if calls < survey.thresholds.error_least_failures:
            continue
        chosen = Slice(
            {"kind": "COMPLETION", "agent": agent, "model": model, "failed": 1, "priced": 1}
        )
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.WASTE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"{shorten(agent)}: failed calls of {shorten(model)} are paid for",
                why=(
                    f"{calls:,} calls failed and were charged all the same, {show_usd(cost)} in the"
                    " period. What is tried again is paid for again."
                ),
                action="Stop paying for attempts that cannot succeed.",
                steps=(
                    "Open the dearest calls below and sort their errors: what is the request's own"
                    " fault (too long, refused, malformed) must not be tried again.",
                    "Cap the attempts of a request, wait longer before each, and retry at one level"
                    " of the stack only.",
                    "Check lengths and schemas before the call is made.",
                ),
                role=Role.AI,
                reference=_SOURCE,
            ),
            certainty=Decimal("0.9"),
            savings={cell: cell.cost for cell in cells},
        )


INVESTIGATOR = Investigator("retry_waste", "Failed attempts paid for", look)
