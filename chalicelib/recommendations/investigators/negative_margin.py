"""Customers that cost more than they pay.

Rule: a customer has revenue in the period, and less of it than its calls and tools cost. What is
lost is the difference. It is claimed of the customer's own calls, and never more of them than other
advice has left: to make these cheaper is the other way to the same dollar.

Source: the gross margin by customer of docs/billing.md; FinOps Framework, "Unit Economics".
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from chalicelib.kit.money import to_usd
from chalicelib.recommendations.cells import Cell
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
from chalicelib.recommendations.queries import query_revenue
from chalicelib.recommendations.slices import Slice
from chalicelib.recommendations.surveys import Amount, Survey

_SOURCE = (
    "FinOps Framework: Unit Economics",
    "https://www.finops.org/framework/capabilities/unit-economics/",
)


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each customer that is served at a loss."""
    for customer in survey.losers():
        chosen = Slice({"organizationId": customer.id})
        cells = [cell for cell in survey.cells() if cell.cost > 0 and chosen.holds(cell.facets)]
        if customer.id:
            yield _build(survey, customer, chosen, cells)


def _build(survey: Survey, customer: Amount, chosen: Slice, cells: Sequence[Cell]) -> Finding:
    cost = customer.tokens + customer.tools
    loss = cost - customer.revenue
    revenue = Figure(
        "revenue",
        to_usd(customer.revenue),
        "USD",
        query_revenue(survey.window, customer.name),
    )
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.OUTCOME,
        slice=chosen,
        entities=entities_of(chosen, customer.name),
        advice=Advice(
            title=f"{shorten(customer.name)} costs more than it pays",
            why=(
                f"{shorten(customer.name)} cost {show_usd(cost)} and paid"
                f" {show_usd(customer.revenue)} in the period: a loss of {show_usd(loss)}."
            ),
            action=f"Make {shorten(customer.name)} pay what it costs, or cost less.",
            steps=(
                "Open its dearest calls: is this what was sold?",
                "Charge by usage, or put a quota into its plan.",
                "Give it a cost control at what it pays.",
            ),
            role=Role.PRODUCT,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.7"),
        savings={cell: cell.cost for cell in cells},
        most=loss,
        saving=Saving(
            "min(costUsd, tokenCostUsd + toolCostUsd - revenueUsd)",
            (
                usd("tokenCostUsd", customer.tokens),
                usd("toolCostUsd", customer.tools),
                usd("revenueUsd", customer.revenue, revenue.query),
            ),
        ),
        figures=(revenue,),
        numbers={"customer": customer.name},
    )


INVESTIGATOR = Investigator("negative_margin", "Customers served at a loss", look, ("customers",))
