"""What a provider bills, and metering does not cover.

Rule: of what a provider billed in the period, `unmetered_share` (5 %) and more, and
`unmetered_usd` (1 USD) and more, is not the cost of any metered call. Both are compared on the
days whose bill is known, from the first on which the provider was metered; of a provider that was
not metered at all, its whole bill is told. Nothing is saved by it, and no call is behind it: what
is told is how much the other advice cannot see.

Source: the coverage of docs/bills.md, GET /profitstream/v2/api/billing/coverage; FinOps Framework,
"Data Ingestion": "a complete, contextual dataset of cloud usage and cost data".
"""

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kit.money import to_nano, to_usd
from chalicelib.recommendations.findings import (
    Advice,
    AdviceCategory,
    Entity,
    Figure,
    Finding,
    Role,
    Severity,
)
from chalicelib.recommendations.investigators.rule import (
    Investigator,
    shorten,
    show_share,
    show_usd,
)
from chalicelib.recommendations.outside import HiddenBill
from chalicelib.recommendations.queries import query_bill, query_coverage
from chalicelib.recommendations.slices import NO_CALLS
from chalicelib.recommendations.surveys import Survey

_SOURCE = (
    "FinOps Framework: Data Ingestion",
    "https://www.finops.org/framework/capabilities/data-ingestion/",
)
_MUCH = 0.5


def look(survey: Survey) -> Iterator[Finding]:
    """A finding for each provider whose bill is larger than what was metered."""
    least = to_nano(Decimal(str(survey.thresholds.unmetered_usd)))
    for bill in survey.bills():
        is_much = bill.hidden >= survey.thresholds.unmetered_share * bill.billed
        if bill.hidden > 0 and is_much and bill.hidden >= least:
            yield _build(bill)


def _build(bill: HiddenBill) -> Finding:
    share = bill.hidden / bill.billed
    name, hidden = shorten(bill.provider), show_usd(bill.hidden)
    return Finding(
        rule=INVESTIGATOR.id,
        category=AdviceCategory.SURPRISE,
        slice=NO_CALLS,
        entities=(Entity("provider", bill.provider),),
        advice=Advice(
            title=f"{show_share(share)} of what {name} billed was not metered",
            why=(
                f"{name} billed {show_usd(bill.billed)}, and {show_usd(bill.metered)} of it was"
                f" metered on the same days: nobody knows what the other {hidden} went to."
            ),
            action=f"Meter what is bought of {name}.",
            steps=(
                "See which days, models and keys differ: GET /api/v2/reconciliation.",
                "Look for keys in the bill that no metered call names, and meter their programs.",
                "Give a price to calls of unknown cost, and discounts their agreement.",
            ),
            role=Role.FINOPS,
            reference=_SOURCE,
        ),
        certainty=Decimal("0.9"),
        risk=f"{hidden} of the bill are the cost of no metered call",
        severity=Severity.HIGH if share > _MUCH else Severity.MEDIUM,
        figures=(_open(bill),),
        numbers={"share": f"{share:.4f}"},
    )


def _open(bill: HiddenBill) -> Figure:
    """What was hidden; of a provider that was not metered, the bill."""
    query = query_coverage if bill.is_metered else query_bill
    name = "hiddenSpend" if bill.is_metered else "billed"
    return Figure(name, to_usd(bill.hidden), "USD", query(bill.period, bill.provider))


INVESTIGATOR = Investigator("unmetered_bill", "Bills without calls", look, ("bills",))
