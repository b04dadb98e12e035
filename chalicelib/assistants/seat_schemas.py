"""The wire of seats and who uses them."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.assistants.names import Assistant
from chalicelib.assistants.ranges import UtcDay
from chalicelib.resources.schemas import TeamQuery, Wire

_Usd = Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})]


class SeatDay(Wire):
    """Seats on one UTC day. Who uses two assistants has two seats. What is not known is absent."""

    date: date
    seatsPaid: int | None = Field(None, description="absent before a subscription was told")
    seatsUsed: int = Field(description="the same as monthlyActive")
    pendingInvites: int | None = Field(None, description="always absent: nobody tells")
    dailyActive: int
    weeklyActive: int = Field(description="people of the seven days until this one")
    monthlyActive: int = Field(description="people of the thirty days until this one")


class AssistantSeats(Wire):
    """The seats of one assistant in the whole range."""

    provider: Assistant
    seats: int | None = Field(None, description="null without a subscription")
    seatsUsed: int = Field(description="people who were seen in the range")
    seatsUnused: int | None = None
    peopleWithoutSeat: int | None = Field(None, description="people beyond the seats")
    monthlySeatCost: _Usd = Field(None, description="USD; a tier without a price adds nothing")
    averageSeatCost: _Usd = Field(None, description="USD a seat and month")
    monthlyCostOfUnusedSeats: _Usd = Field(None, description="USD, by the average of a seat")


class SeatUtilizationResponse(Wire):
    """Seats day by day, and by assistant; empty where nobody pays or uses any."""

    days: list[SeatDay]
    assistants: list[AssistantSeats]


class SeatQuery(TeamQuery):
    """Which days: the last thirty, unless it is asked for others."""

    fromDate: UtcDay | None = Field(None, description="first UTC day, inclusive")
    toDate: UtcDay | None = Field(None, description="last UTC day, inclusive; today")
    provider: Assistant | None = Field(None, description="only this assistant")
