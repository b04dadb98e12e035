"""The parts of a stored plan: what an element costs, by tiers of its quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Doc = Mapping[str, Any]


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
            up_to=read_amount(doc.get("upTo")),
            unit_amount=read_amount(doc.get("unitAmount")),
            flat_amount=read_amount(doc.get("flatAmount")),
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


def read_amount(stored: str | None) -> Decimal | None:
    """An amount as it is stored, as text; None where there is none."""
    return None if stored is None else Decimal(stored)
