"""Service tiers that are dearer than needed.

Rule: calls that are not streamed, so that nobody watches the answer come, were served in a tier
that costs more than the standard one (priority, fast); `least_calls` of them. Saved is the
difference on the same tokens.

Source: OpenAI, "Priority processing" (for "user-facing, high-value" traffic, at a premium), and the
price book's tiers.
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
from chalicelib.recommendations.quoting import STANDARD, Elsewhere, save_elsewhere
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_KEYS = ("provider", "model", "tier", "streamed")
_PLAIN = Elsewhere(tier=STANDARD)
_SOURCE = (
    "OpenAI: priority processing",
    "https://platform.openai.com/docs/guides/priority-processing",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each model that is called in a dearer tier by programs."""
    for (provider, model, tier, streamed), cells in groups_of(completions(survey), _KEYS).items():
        calls = count_calls(cells)
        if streamed or not tier or calls < survey.thresholds.least_calls:
            continue
        at = survey.window.end
        savings = {cell: save_elsewhere(survey.prices, cell, at, _PLAIN) for cell in cells}
        if sum(savings.values()) <= 0:
            continue
        chosen = Slice(
            {"provider": provider, "model": model, "tier": tier, "streamed": 0, "failed": 0}
        )
        yield Finding(
            rule=INVESTIGATOR.id,
            category=AdviceCategory.WASTE,
            slice=chosen,
            entities=entities_of(chosen),
            advice=Advice(
                title=f"{shorten(model)} is called in the dear tier {shorten(tier)}",
                why=(
                    f"{calls:,} calls that nobody watches were served in the tier {tier}. In the"
                    " standard tier the same tokens would have cost"
                    f" {show_usd(sum(savings.values()))} less."
                ),
                action="Leave the dear tier to calls that somebody waits for.",
                steps=(
                    "Find where the tier is set: often it is a default of the whole project.",
                    "Set it to the standard one for everything that runs in the background.",
                ),
                role=Role.PLATFORM,
                reference=_SOURCE,
            ),
            certainty=Decimal("0.7"),
            savings=savings,
            elsewhere=_PLAIN,
        )


INVESTIGATOR = Investigator("service_tier", "Service tiers dearer than needed", look)
