"""The wire of what was billed by person."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.providers.billed_schemas import BilledQuery
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class PeopleQuery(BilledQuery):
    """Whose share of which bills."""

    query: None = Field(None, exclude=True)


class PersonQuery(PeopleQuery):
    """The same of one person."""

    page: int = Field(0, exclude=True)
    size: int = Field(20, exclude=True)
    sort: list[str] = Field([], exclude=True)


class _Tokens(Wire):
    inputTokens: int = 0
    outputTokens: int = 0
    cacheTokens: int = Field(0, description="read from a cache and written to one")
    totalTokens: int = 0


class UserProviderCost(Wire):
    """What one provider billed for a person."""

    provider: str
    cost: Number
    totalTokens: int = 0
    tokenShare: Number = Field(description="of the provider's attributed tokens, 0 to 1")


class UserCostAttributionRow(_Tokens):
    """What was billed for a person. Money is USD."""

    links: HalLinks | None = Field(None, alias="_links")
    id: str
    resourceType: str = "billing.user.cost"
    label: str
    userEmail: str
    userName: str | None = None
    totalCost: Number
    costPercentage: Number = Field(description="of the attributed total")
    tokenShare: Number = Field(description="of all attributed tokens, 0 to 1")
    requestCount: int | None = None
    providers: list[UserProviderCost]
    githubLogin: str | None = None
    prsMerged: int | None = None
    prsMergedWithCodingTool: int | None = None
    costPerPr: Number | None = None
    lastActiveAt: datetime | None = None


_UserRows = build_page_model("UserCostAttributionRows", "objectList", UserCostAttributionRow)


class UserCostAttributionPage(_UserRows):  # type: ignore[valid-type, misc]
    """A page of people; attributed and unattributed cost are the total, to the last digit."""

    totalCost: Number
    attributedCost: Number
    unattributedCost: Number
    costByProvider: dict[str, Number]
    lastRefreshDate: datetime | None = None


class UserCostEntry(_Tokens):
    """One day, provider and model of a person."""

    date: date
    provider: str
    model: str | None = None
    cost: Number
    billedCost: Number = Field(description="what was split")
    tokenShare: Number


class UserDailyCost(Wire):
    """One day of a person."""

    date: date
    cost: Number
    totalTokens: int = 0


class UserModelCost(_Tokens):
    """One model of a person."""

    provider: str
    model: str | None
    cost: Number
    costPercentage: Number


class UserCostDetailResource(Wire):
    """What was billed for one person. Money is USD; entries, days and models each add up to the
    total."""

    links: HalLinks | None = Field(None, alias="_links")
    id: str
    resourceType: str = "billing.user.cost.detail"
    label: str
    userEmail: str
    startDate: date
    endDate: date
    totalCost: Number
    totalTokens: int = 0
    entries: list[UserCostEntry]
    daily: list[UserDailyCost]
    models: list[UserModelCost]
