"""The wire of plans: what the subscribers of a product pay."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from chalicelib.resources.schemas import READ_ONLY, Currency, Members, Name, PeriodUnit, Wire

Amount = Annotated[
    Decimal,
    Field(ge=0, max_digits=38, decimal_places=18, allow_inf_nan=False),
    WithJsonSchema({"type": ["number", "string", "null"]}),
]
"""A number, or text that is one, on write; a number on read."""


class PricingTier(Members):
    """What units cost up to a quantity, which belongs to the next tier; without `upTo` it has no
    end."""

    id: Annotated[str | None, READ_ONLY] = None
    name: Name
    flatAmount: Amount | None = None
    startingFrom: Annotated[Amount | None, READ_ONLY] = None
    unitAmount: Amount | None = None
    upTo: Amount | None = None


class SetupFee(Members):
    """What is charged once, for a customer or for each subscription."""

    id: Annotated[str | None, READ_ONLY] = None
    name: Name
    type: Literal["ORGANIZATION", "SUBSCRIPTION"]
    flatAmount: Amount | None = None


class ProductPlanElement(Wire):
    """A price by the value of an element."""

    name: Name
    type: Literal[
        "DISTINCT_VALUE_BY_NAME",
        "COUNT_DISTINCT_VALUE_BY_NAME",
        "SUM",
        "COUNT",
        "MAXIMUM",
        "AVERAGE",
        "UNIQUE",
    ]
    elementDefinitionId: str
    distinctValue: str | None = None
    flatAmount: Amount | None = None
    unitAmount: Amount | None = None


Tiers = Annotated[list[PricingTier], Field(max_length=25)]
"""Each of a plan's components can be a charge in each of its tiers, and an invoice is one
document."""


class RatingAggregation(Members):
    """What the usage of one element costs."""

    id: Annotated[str | None, READ_ONLY] = None
    name: Name
    aggregationType: Literal[
        "SUM", "COUNT", "MAXIMUM", "AVERAGE", "UNIQUE", "DISTINCT", "LAST_RECEIVED"
    ]
    elementDefinitionId: str
    distinctValue: str | None = None
    graduated: bool | None = None
    tiers: Tiers | None = None


class ProductPlan(Wire):
    """What a subscription costs."""

    name: Name
    type: Literal["SUBSCRIPTION"]
    currency: Currency
    charge: Amount | None = None
    elements: Annotated[list[ProductPlanElement], Field(max_length=25)] | None = None
    graduated: bool | None = None
    period: PeriodUnit | None = None
    periodCount: int | None = Field(1, ge=1)
    prePayAllFlatRates: bool | None = None
    ratingAggregations: Annotated[list[RatingAggregation], Field(max_length=25)] | None = None
    setupFees: Annotated[list[SetupFee], Field(max_length=25)] | None = None
    tiers: Tiers | None = None
    trialPeriod: PeriodUnit | None = None
    trialPeriodCount: int | None = Field(None, ge=0)
