"""Contexts past a price cliff: from some size on, every token of a call costs more.

Rule: calls of a model whose prompts are over a threshold of its tariff, `least_calls` of them.
Saved is the difference between both rates on the same tokens, as if each were split into calls
below the threshold.

Source: Anthropic, "Long context pricing" (over 200,000 input tokens all are charged at the higher
rates), and the same of Gemini and GPT-5; the price book has the thresholds.
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
)
from chalicelib.recommendations.quoting import Elsewhere, save_elsewhere
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_KEYS = ("provider", "model", "band")
_BELOW = Elsewhere(below=True)
_SOURCE = ("Anthropic: pricing", "https://docs.claude.com/en/docs/about-claude/pricing")


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each model and size of context that is past a cliff."""
    for (provider, model, band), cells in groups_of(completions(survey), _KEYS).items():
        calls = count_calls(cells)
        if not band or calls < survey.thresholds.least_calls:
            continue
        at = survey.window.end
        savings = {cell: save_elsewhere(survey.prices, cell, at, _BELOW) for cell in cells}
        if sum(savings.values()) <= 0:
            continue
        chosen = Slice({"provider": provider, "model": model, "band": band, "failed": 0})
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.WASTE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"{shorten(model)}: contexts over {int(band):,} tokens are charged more",
                why=(
                    f"{calls:,} calls had prompts over {int(band):,} tokens, behind which every"
                    " token of the call is charged at a higher rate. Below it the same tokens would"
                    f" have cost {show_usd(sum(savings.values()))} less."
                ),
                action="Keep contexts below the threshold.",
                steps=(
                    "Look what fills the context: old turns, whole files, results of tools.",
                    "Sum up or drop old turns before the threshold, or retrieve parts of documents"
                    " in place of whole ones.",
                    "Split work that needs all of it into several calls.",
                ),
                role=Role.AI,
                reference=_SOURCE,
            ),
            certainty=Decimal("0.6"),
            savings=savings,
            elsewhere=_BELOW,
        )


INVESTIGATOR = Investigator("long_context", "Contexts past a price cliff", look)
