"""The wire of subscriptions to coding assistants."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, RootModel, StringConstraints, WithJsonSchema

from chalicelib.assistants.names import Assistant
from chalicelib.resources.schemas import HalLinks, TeamQuery, Wire

_MOST_TIERS, _MOST_SEATS, _MOST_USD = 50, 1_000_000, 1_000_000
_SchemaUsd = WithJsonSchema({"type": "number", "minimum": 0})


class CodingAssistantTier(Wire):
    """Seats of one kind."""

    tier: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] = (
        Field(
            description="claude-code: pro, max_5x, max_20x, team_premium, enterprise, api;"
            " cursor: pro, business, enterprise, api"
        )
    )
    seats: int = Field(ge=0, le=_MOST_SEATS)
    perSeatCost: (
        Annotated[Decimal, Field(ge=0, le=_MOST_USD, max_digits=16, decimal_places=9), _SchemaUsd]
        | None
    ) = Field(None, description="USD per seat and month")


def _check_tiers(tiers: list[CodingAssistantTier]) -> list[CodingAssistantTier]:
    seen: set[str] = set()
    for each in tiers:
        name = each.tier.casefold()
        if name in seen:
            raise ValueError(f"the tier {each.tier} stands there twice")
        seen.add(name)
    return tiers


class CodingAssistantSubscriptionRequest(Wire):
    """Create or replace the subscription to one assistant."""

    model_config = ConfigDict(json_schema_extra={"required": ["provider"]})

    provider: Assistant | None = Field(None, description="must be given, here or in the path")
    extraUsageEnabled: bool = Field(False, description="usage beyond the seats is billed by use")
    tiers: (
        Annotated[
            list[CodingAssistantTier], Field(max_length=_MOST_TIERS), AfterValidator(_check_tiers)
        ]
        | None
    ) = Field(None, description="replaces what is stored; absent leaves it, empty clears it")


class CodingAssistantSubscriptionResource(Wire):
    """The seats that a team pays at one assistant."""

    links: HalLinks | None = Field(None, alias="_links")
    organizationId: str
    provider: Assistant
    extraUsageEnabled: bool = Field(description="usage beyond the seats is billed by use")
    tiers: list[CodingAssistantTier] = Field(default_factory=list)
    totalSeats: int = 0
    monthlySeatCost: Annotated[Decimal, WithJsonSchema({"type": "number"})] = Field(
        Decimal(0), description="USD: seats by their price; a tier without a price adds nothing"
    )
    created: datetime | None = None
    updated: datetime | None = None


class CodingAssistantSubscriptionList(Wire):
    """What `_embedded` holds."""

    codingAssistantSubscriptionResponseList: list[CodingAssistantSubscriptionResource]


class CodingAssistantSubscriptionCollection(Wire):
    """All subscriptions of a team; without any, there is no `_embedded`."""

    embedded: CodingAssistantSubscriptionList | None = Field(None, alias="_embedded")
    links: HalLinks | None = Field(None, alias="_links")


class CodingAssistantSubscriptionAnswer(
    RootModel[CodingAssistantSubscriptionResource | CodingAssistantSubscriptionCollection]
):
    """One subscription where an assistant is named, else all of them."""


class CodingAssistantQuery(TeamQuery):
    """Which subscriptions."""

    provider: Assistant | None = Field(None, description="only this assistant")
