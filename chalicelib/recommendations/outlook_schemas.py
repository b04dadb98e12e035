"""The wire of forecasts."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chalicelib.recommendations.advice_schemas import Number
from chalicelib.resources.schemas import Wire


class ForecastDay(Wire):
    """A day of the month: what it cost, or will, where that is known. Today has both."""

    date: date
    actualUsd: Number | None
    forecastUsd: Number | None


class SpendForecast(Wire):
    """What will have been spent when the month (UTC) ends."""

    month: str = Field(description="YYYY-MM")
    asOf: datetime
    spentUsd: Number | None = Field(description="null where the cost of no call is known")
    forecastUsd: Number | None = Field(
        description="null where the cost of no call, or no full day, is known"
    )
    lowUsd: Number | None = Field(description="null where fewer than 7 full days are known")
    highUsd: Number | None
    confidence: Number | None = Field(description="of the band from lowUsd to highUsd")
    knownDays: int = Field(
        description="full days that the forecast goes by: the last 56, from the first spend on"
    )
    method: Literal["damped-holt", "mean"]
    days: list[ForecastDay]
    unpricedCalls: int = Field(description="calls of unknown cost, in no figure")
