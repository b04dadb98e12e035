"""The wire of charts."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    field_validator,
    model_validator,
)

from chalicelib.budgets.schemas import Comparison
from chalicelib.charts.metrics import METRICS
from chalicelib.charts.vocabulary import (
    Calculation,
    ChartDateRange,
    ChartDimension,
    ChartMode,
    ChartTimeGrain,
    ChartType,
)
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    Wire,
    build_page_model,
)

_MOST_FILTERS, _MOST_GROUPS, _MOST_MEMBERS = 20, 100, 50
Description = Annotated[str, StringConstraints(max_length=1_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)]


class ChartMetricSelection(Wire):
    """A metric, and what is made of it."""

    baseMetric: str
    calculationType: Calculation

    @field_validator("baseMetric")
    @classmethod
    def _known(cls, told: str) -> str:
        if told not in METRICS:
            raise ValueError(f"one of {', '.join(METRICS)}")
        return told

    @model_validator(mode="after")
    def _fits(self) -> "ChartMetricSelection":
        metric = METRICS[self.baseMetric]
        if self.calculationType not in metric.calculations:
            known = ", ".join(metric.calculations)
            raise ValueError(f"calculationType: {self.baseMetric} has {known}")
        return self


class ChartFilter(Comparison):
    """Which calls, jobs or budgets count: all filters must hold. What each metric knows stands in
    available-data."""

    dimension: ChartDimension


class ChartConfiguration(Wire):
    """What to draw. Unknown members, such as options of display, are kept as sent."""

    model_config = ConfigDict(extra="allow")

    chartType: ChartType
    mode: ChartMode
    dateRange: ChartDateRange
    primaryMetric: ChartMetricSelection
    secondaryMetric: ChartMetricSelection | None = Field(None, description="of dual-axis")
    startDate: datetime | None = Field(None, description="of a custom range")
    endDate: datetime | None = Field(None, description="of a custom range")
    timeGrain: ChartTimeGrain | None = None
    groupBy: str | None = Field(None, description="see available-data; a pie needs one")
    filters: Annotated[list[ChartFilter], Field(max_length=_MOST_FILTERS)] | None = None
    limit: int | None = Field(
        None, ge=1, le=_MOST_GROUPS, description="groups that are named, the rest are Other"
    )
    comparePrevious: bool | None = Field(
        None, description="beside each series the one of the span before"
    )

    @field_validator("groupBy")
    @classmethod
    def _grouping(cls, told: str | None) -> str | None:
        from chalicelib.charts.catalogue import find_grouping

        if told:
            find_grouping(told)
        return told or None

    @model_validator(mode="after")
    def _bounded(self) -> "ChartConfiguration":
        if len(self.model_extra or {}) > _MOST_MEMBERS:
            raise ValueError(f"at most {_MOST_MEMBERS} members of its own")
        return self


class ChartDefinitionResource(RecordMembers):
    """A saved chart, which everybody in the team sees."""

    name: Name
    description: Description | None = None
    configuration: ChartConfiguration
    label: Label | None = None
    type: str | None = Field(None, description="the chart type in upper case, as LINE, DUAL_AXIS")
    teamId: str | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    createdBy: Annotated[str | None, READ_ONLY] = None


ChartDefinitionResourcePage = build_page_model(
    "ChartDefinitionResourcePage", "chartDefinitionResourceList", ChartDefinitionResource
)


class ChartDefinitionList(
    RootModel[ChartDefinitionResourcePage | list[ChartDefinitionResource]]  # type: ignore
):
    """Saved charts: clients take a page or a bare list; a page it is."""


class ChartQuery(PageQuery):
    """What the list of charts may be asked."""

    size: int = Field(20, ge=1, description="above 100 is served as 100")
