"""The wire of forecasts."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from chalicelib.recommendations.advice_schemas import Number
from chalicelib.resources.schemas import Wire


class ForecastDay(Wire):
    """A day of the month: what it cost, or will. Today has both."""

    date: date
    actualUsd: Number | None
    forecastUsd: Number | None


class SpendForecast(Wire):
    """What will have been spent when the month (UTC) ends."""

    month: str = Field(description="YYYY-MM")
    asOf: datetime
    spentUsd: Number
    forecastUsd: Number
    lowUsd: Number
    highUsd: Number
    confidence: Number = Field(description="of the band from lowUsd to highUsd")
    method: Literal["damped-holt", "mean"]
    days: list[ForecastDay]
    unpricedCalls: int = Field(description="calls of unknown cost, in no figure")
