"""Plans as they are stored: what the subscribers of a product pay.

Documents hold amounts as texts; here they are Decimals in the plan's currency. Each part keeps its
`doc`, because invoices repeat what a customer was charged by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Doc = Mapping[str, Any]
NO_PERIOD = "NONE"
"""The unit of plans that do not repeat."""


@dataclass(frozen=True, slots=True)
class PlanTier:
    """What units cost up to a quantity, `up_to`, which belongs to the next tier; None: no end.

    `unit_amount` is the price of one unit, `flat_amount` is charged once for a tier that is
    entered.
    """

    id: str | None
    name: str | None
    up_to: Decimal | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None
    doc: Doc

    @classmethod
    def of(cls, doc: Doc) -> "PlanTier":
        """The tier of a stored plan."""
        return cls(
            id=doc.get("id"),
            name=doc.get("name"),
            up_to=_amount(doc.get("upTo")),
            unit_amount=_amount(doc.get("unitAmount")),
            flat_amount=_amount(doc.get("flatAmount")),
            doc=doc,
        )


@dataclass(frozen=True, slots=True)
class PlanAggregation:
    """What the usage of one element costs (`ratingAggregations`). `aggregation` says how usage adds
    up, such as SUM; with `distinct` only usage of that value counts. Graduated: every unit costs
    what its own tier says."""

    id: str | None
    name: str
    aggregation: str
    element_id: str
    distinct: str | None
    graduated: bool
    tiers: Sequence[PlanTier]

    @classmethod
    def of(cls, doc: Doc) -> "PlanAggregation":
        """The aggregation of a stored plan."""
        return cls(
            id=doc.get("id"),
            name=doc["name"],
            aggregation=doc["aggregationType"],
            element_id=doc["elementDefinitionId"],
            distinct=doc.get("distinctValue") or None,
            graduated=bool(doc.get("graduated")),
            tiers=[PlanTier.of(tier) for tier in doc.get("tiers") or ()],
        )


@dataclass(frozen=True, slots=True)
class PlanElement:
    """A price by the value of an element (`elements`): one tier without end. `type` says how usage
    adds up, such as COUNT_DISTINCT_VALUE_BY_NAME."""

    name: str
    type: str
    element_id: str
    distinct: str | None
    tier: PlanTier

    @classmethod
    def of(cls, doc: Doc) -> "PlanElement":
        """The element of a stored plan."""
        return cls(
            name=doc["name"],
            type=doc["type"],
            element_id=doc["elementDefinitionId"],
            distinct=doc.get("distinctValue") or None,
            tier=PlanTier.of(doc),
        )


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
        return cls(doc["name"], doc["type"], _amount(doc.get("flatAmount")), doc)


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
            charge=_amount(doc.get("charge")),
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


def _amount(stored: str | None) -> Decimal | None:
    return None if stored is None else Decimal(stored)
