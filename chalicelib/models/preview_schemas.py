"""The wire of previews: what a price would change in what is metered already."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.resources.schemas import TeamQuery, Wire

Usd = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class PreviewQuery(TeamQuery):
    """How far back a preview looks."""

    days: int = Field(30, ge=1, le=90, description="full UTC days before today, and today")


class DimensionPreviewQuery(PreviewQuery):
    """The same of a price dimension."""

    always: bool = Field(
        False,
        description="as if the price had been there before all calls; without it, a price of a "
        "listed model holds from now on, and for past calls that have none",
    )


class PriceChange(Wire):
    """What would change. An unknown cost counts as 0 in `costBefore` and `costAfter`."""

    calls: int = Field(description="looked at")
    changed: int = Field(description="calls that would get a cost, another one, or lose theirs")
    costBefore: Usd = Field(description="USD, of the changed ones as they are stored")
    costAfter: Usd = Field(description="USD, of the changed ones by the price")
    unpricedBefore: int = Field(description="of the changed ones: they would get a cost")
    unpricedAfter: int = Field(description="of the changed ones: they would lose their cost")
    stillUnpriced: int = Field(
        description="calls looked at without a known cost that would not get one either"
    )
    newCost: Usd = Field(
        description="of costAfter, that of calls without a known cost: these are rated by "
        "themselves once the price is set, all others by `meterlake re-rate` alone"
    )


class PriceChangeOfModel(PriceChange):
    """Of the calls under one spelling of provider and model."""

    provider: str
    model: str


class PriceChangeOfDay(PriceChange):
    """Of the calls of one UTC day."""

    day: str


class PricePreview(PriceChange):
    """What a price would change in past days, before it is set."""

    firstDay: str = Field(description="first UTC day that was looked at")
    lastDay: str
    cut: bool = Field(description="there are too many calls: only the newest days were looked at")
    models: list[PriceChangeOfModel]
    days: list[PriceChangeOfDay] = Field(description="days with calls, the oldest first")
    incompleteDays: list[str] = Field(description="UTC days of which the lake misses something")
