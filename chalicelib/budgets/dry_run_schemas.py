"""The wire of dry runs: what a cost control would have stopped."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.resources.schemas import TeamQuery, Wire

MOST_DAYS, DAYS = 31, 30
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class DryRunQuery(TeamQuery):
    """How far back a dry run looks."""

    days: int = Field(DAYS, ge=1, le=MOST_DAYS, description="full UTC days before today, and today")


class DryRunRow(Wire):
    """A window of a group in which some call did not fit."""

    windowKey: str
    windowStart: datetime
    windowEnd: datetime
    groupValue: str | None = None
    calls: int = Field(
        description="that came in the window, those that did not fit among them, and those that a "
        "flat plan covers"
    )
    used: Number = Field(description="what the calls that fitted used, in the unit of the metric")
    blockedCalls: int
    blockedCost: Number = Field(description="USD, of the calls whose cost is known")
    blockedUnpricedCalls: int
    blockedFlatPlanCalls: int = Field(description="that a flat plan covers: they cost nothing")
    firstBlockedAt: datetime


class CostControlDryRun(Wire):
    """What a cost control would have stopped, had it been made at `startDate`. Where `stops` is
    false its calls would have been told, and would have gone on."""

    startDate: datetime
    endDate: datetime
    stops: bool
    calls: int = Field(
        description="that count under it; of a limit of cost none that a flat plan covers"
    )
    used: Number = Field(description="by all of them, in the unit of the metric")
    unpricedCalls: int = Field(description="of these, whose cost nobody knows")
    blockedCalls: int
    blockedCost: Number = Field(description="USD, of the blocked calls whose cost is known")
    blockedUnpricedCalls: int
    blockedFlatPlanCalls: int = Field(
        description="of the blocked calls those that a flat plan covers: a limit of cost that is "
        "used up stops them too, but does not have them in `calls`"
    )
    firstBlockedAt: datetime | None = None
    windows: int = Field(description="windows with such calls")
    groups: int = Field(description="groups with such calls; 0 for a limit without groups")
    rows: list[DryRunRow] = Field(description="up to 100, those first that blocked most cost")
    rowsLeftOut: int
    incompleteDays: list[str] = Field(description="UTC days of which the lake misses something")
    approximations: list[str] = Field(description="where enforcement might have done otherwise")
