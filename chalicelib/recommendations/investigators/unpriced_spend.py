"""Calls whose cost nobody knows: they are in no figure of money.

Rule: more than `unpriced_share` of the calls of one provider and model have no known cost, and
there are `least_calls` of them. What is told is how many calls and tokens that are: their money is
not known, and not guessed.

Source: docs/prices.md, "What is not known": an unknown price is never 0.
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.words import count_of
from chalicelib.recommendations.cells import groups_of
from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Severity
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    count_calls,
    entities_of,
    shorten,
    show_share,
)
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each model that calls of unknown cost were made to."""
    everything = count_calls(survey.cells())
    unpriced = [cell for cell in survey.cells() if not cell.flag("priced")]
    for (provider, model), cells in groups_of(unpriced, ("provider", "model")).items():
        calls = count_calls(cells)
        share = calls / everything
        if calls < survey.thresholds.least_calls or share <= survey.thresholds.unpriced_share:
            continue
        tokens = sum(cell.total_tokens for cell in cells)
        chosen = Slice({"provider": provider, "model": model, "priced": 0})
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.SURPRISE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"Nobody knows what calls of {shorten(model)} cost",
                why=(
                    f"Without a known cost: {count_of(calls, 'call')} ({show_share(share)} of all)"
                    f" with {count_of(tokens, 'token')}, in no total of money and under no budget."
                ),
                action=f"Tell what {shorten(model)} costs.",
                steps=(
                    "Look at the reasons: GET /api/v2/analytics/unpriced-calls-by-reason.",
                    "Add a model with your price, or correct the name that clients send.",
                    "Calls of the past are rated by themselves within the hour.",
                ),
                role=Role.FINOPS,
            ),
            certainty=Decimal("0.99"),
            risk=f"in no figure of money: {count_of(calls, 'call')}, {count_of(tokens, 'token')}",
            severity=Severity.MEDIUM,
            numbers={"share": f"{share:.4f}", "tokens": str(tokens)},
        )


INVESTIGATOR = Investigator("unpriced_spend", "Calls of unknown cost", look)
