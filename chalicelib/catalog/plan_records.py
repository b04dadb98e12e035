"""Plans as they are stored: what the subscribers of a product pay.

Documents hold amounts as texts; here they are Decimals in the plan's currency. Each part keeps its
`doc`, because invoices repeat what a customer was charged by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.catalog.plan_elements import (
    Doc,
    PlanAggregation,
    PlanElement,
    PlanTier,
    read_amount,
)

NO_PERIOD = "NONE"
"""The unit of plans that do not repeat."""


@dataclass(frozen=True, slots=True)
class PlanFee:
    """What is charged once: `type` ORGANIZATION for a customer, SUBSCRIPTION for each
    subscription."""

    name: str
    type: str
    flat_amount: Decimal | None
    doc: Doc

    @classmethod
    def of(cls, doc: Doc) -> "PlanFee":
        """The set-up fee of a stored plan."""
        return cls(doc["name"], doc["type"], read_amount(doc.get("flatAmount")), doc)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a product. It is charged every `period_count` times `period`, and for nothing in
    the first `trial_period_count` times `trial_period` of a subscription (None, 0: no trial).

    `tiers` price calls of any kind, `aggregations` and `elements` price the usage of metering
    elements. `prepaid`: flat amounts are charged at the beginning of a period.
    """

    name: str
    currency: str
    period: str
    period_count: int
    trial_period: str | None
    trial_period_count: int
    charge: Decimal | None
    prepaid: bool
    graduated: bool
    tiers: Sequence[PlanTier]
    aggregations: Sequence[PlanAggregation]
    elements: Sequence[PlanElement]
    fees: Sequence[PlanFee]
    doc: Doc

    @classmethod
    def of(cls, doc: Doc) -> "Plan":
        """The plan of a stored product, or of a part of an invoice."""
        return cls(
            name=doc["name"],
            currency=doc["currency"],
            period=doc.get("period") or NO_PERIOD,
            period_count=doc.get("periodCount") or 1,
            trial_period=doc.get("trialPeriod"),
            trial_period_count=doc.get("trialPeriodCount") or 0,
            charge=read_amount(doc.get("charge")),
            prepaid=bool(doc.get("prePayAllFlatRates")),
            graduated=bool(doc.get("graduated")),
            tiers=[PlanTier.of(each) for each in doc.get("tiers") or ()],
            aggregations=[PlanAggregation.of(each) for each in doc.get("ratingAggregations") or ()],
            elements=[PlanElement.of(each) for each in doc.get("elements") or ()],
            fees=[PlanFee.of(each) for each in doc.get("setupFees") or ()],
            doc=doc,
        )

    @property
    def rhythm(self) -> tuple[str, int]:
        """Its period, as a unit and a count: plans of the same rhythm go on with each other's
        periods."""
        return self.period, self.period_count
