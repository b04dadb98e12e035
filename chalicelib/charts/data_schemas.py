"""The wire of what charts may be made of, and of their numbers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from chalicelib.charts.schemas import ChartConfiguration
from chalicelib.charts.vocabulary import (
    Axis,
    Calculation,
    ChartDateRange,
    ChartDimension,
    ChartMode,
    ChartTimeGrain,
    ChartType,
)
from chalicelib.resources.schemas import Wire

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class ChartOption(Wire):
    """Something that may be chosen."""

    key: str
    label: str
    unit: str | None = None
    calculationTypes: list[Calculation] | None = Field(None, description="of a metric")
    groupings: list[ChartDimension] | None = Field(
        None, description="by what a metric may be grouped and filtered"
    )


class ChartAvailableData(Wire):
    """What charts may be made of."""

    metrics: list[ChartOption]
    entityTypes: list[ChartOption]
    groupings: list[ChartOption]
    chartTypes: list[ChartType]
    modes: list[ChartMode]
    dateRanges: list[ChartDateRange]
    timeGrains: list[ChartTimeGrain]


class ChartDataRequest(Wire):
    """A configuration, or the id of a saved chart; the members of a configuration may also stand
    here by themselves."""

    model_config = ConfigDict(extra="allow")

    configuration: ChartConfiguration | None = None
    chartDefinitionId: str | None = None
    teamId: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
        if isinstance(sent, dict) and "chartType" in sent and not sent.get("configuration"):
            return {"configuration": sent, "teamId": sent.get("teamId")}
        return sent


class ChartSeries(Wire):
    """A figure for each category: 0 for an empty bucket of what adds up; null for a mean or a
    percentile of no calls, and for money of which no amount is known."""

    key: str
    name: str
    axis: Axis
    data: list[Number | None]


class ChartData(Wire):
    """A chart, ready to be drawn."""

    chartType: ChartType
    mode: ChartMode
    categories: list[str] = Field(description="begins of buckets, or names of groups")
    series: list[ChartSeries]
    timeGrain: ChartTimeGrain | None = None
    startDate: datetime
    endDate: datetime
    total: Number | None = Field(None, description="the primary metric over the whole range")
    unpricedCount: int | None = Field(None, description="calls whose cost is unknown, in no figure")
    unratedCount: int | None = Field(
        None,
        description="lines of bills and values of outcomes in a currency without an exchange rate, "
        "in no figure; null where there are none of them in the question",
    )
    unreadDays: list[str] | None = Field(
        None,
        description="past UTC days, those of the span before among them, that some connection has "
        "not read of its bill: they are in no figure; null without bills",
    )
