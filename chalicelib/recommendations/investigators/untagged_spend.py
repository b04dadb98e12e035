"""Spend that names nobody: no agent, task, customer or product.

Rule: more than `untagged_share` of the spend is of calls that name none of the four. Nothing is
saved by it; what is told is how much nobody answers for.

Source: FinOps Framework, capability "Allocation": the share of cost that is allocated is what a
practice is measured by.
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.recommendations.findings import Advice, AdviceCategory, Finding, Role, Severity
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    count_calls,
    entities_of,
    show_share,
    show_usd,
    sum_costs,
)
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "FinOps Framework: Allocation",
    "https://www.finops.org/framework/capabilities/allocation/",
)
_MUCH = 0.5


def look(survey: Survey) -> Iterator[Finding]:
    """One finding, or none."""
    untagged = [cell for cell in survey.cells() if cell.flag("untagged")]
    spend, cost = sum_costs(survey.cells()), sum_costs(untagged)
    if not spend or cost / spend <= survey.thresholds.untagged_share:
        return
    calls = count_calls(untagged)
    chosen = Slice({"untagged": 1})
    yield Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.SURPRISE,
        slice=chosen,
        entities=entities_of(chosen),
        advice=Advice(
            title=f"{show_share(cost / spend)} of the spend names nobody",
            why=(
                f"{calls:,} calls for {show_usd(cost)} name no agent, task, customer or product:"
                " nobody can be asked about them, and no customer pays for them."
            ),
            action="Have every call say whose it is.",
            steps=(
                "Open the dearest calls: their key and model tell which program makes them.",
                "Set at least the agent in its client, and the customer where there is one.",
            ),
            role=Role.PLATFORM,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.99"),
        risk=f"{show_usd(cost)} in the period that nobody answers for",
        severity=Severity.HIGH if cost / spend > _MUCH else Severity.MEDIUM,
        numbers={"share": f"{cost / spend:.4f}"},
    )


INVESTIGATOR = Investigator("untagged_spend", "Spend that names nobody", look)
