"""The wire of movers: what moved a cost, and why. USD, exact."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from chalicelib.reports.parameters import WindowQuery
from chalicelib.resources.schemas import PageBlock, Wire

Usd = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class MovingQuery(WindowQuery):
    """Which window is held against the one of equal length before it, and by which groups."""

    group_by: Literal["model", "agent", "product", "customer"] = "model"


class MovingWindow(Wire):
    """Both ends inclusive."""

    start: datetime
    end: datetime


class MoverEffects(Wire):
    """The parts of a change, USD; they add up to it. What two things did together stands in the
    later one."""

    volume: Usd = Field(description="more or fewer calls, each at the mean cost of before")
    mix: Usd = Field(
        description="calls that moved to dearer or cheaper models, new ones among them (of a "
        "model: to other providers)"
    )
    size: Usd = Field(description="more or fewer tokens a call")
    price: Usd = Field(description="another cost a token: prices, output, caches, tiers")


class CostMover(Wire):
    """A group whose cost moved. Calls are those of known cost; the others are told beside them."""

    groupName: str
    currentCost: Usd
    previousCost: Usd
    change: Usd
    changePercent: Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})] = Field(
        None, description="null where there was no cost before"
    )
    currentCalls: int
    previousCalls: int
    effects: MoverEffects
    currentUnpricedCalls: int
    previousUnpricedCalls: int


class CostMovers(Wire):
    """What moved the cost of calls, in USD, the farthest first."""

    period: MovingWindow
    before: MovingWindow
    currentCost: Usd = Field(description="of all groups")
    previousCost: Usd
    change: Usd
    currentUnpricedCalls: int = Field(description="of all groups, whose cost is in no figure")
    previousUnpricedCalls: int
    movers: list[CostMover]
    page: PageBlock
    incompleteDays: list[str] = Field(description="UTC days of which the lake misses something")
    flatPlanCalls: int = Field(description="calls that a flat plan covers: they are in no figure")
