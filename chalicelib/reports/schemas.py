"""Answers of the reports on the wire. They describe: the presenter writes plain dictionaries, as
answers get large."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from chalicelib.kit.http.links import HalLink

_DEFERRED = ConfigDict(defer_build=True)


HalLinks = dict[str, HalLink]
"""Links by relation."""


class PageMetadata(BaseModel):
    """Where a page stands; `number` is zero-based."""

    model_config = _DEFERRED

    size: int = Field(ge=0)
    totalElements: int = Field(ge=0)
    totalPages: int = Field(ge=0)
    number: int = Field(ge=0)
    last: bool


class AnalyticsPeriod(BaseModel):
    """The window that was used, both ends inclusive."""

    model_config = _DEFERRED

    start: datetime
    end: datetime


class AnalyticsMetric(BaseModel):
    """One figure. `metricType` names it and thereby its unit; `id` is fresh in every answer.
    `unpricedCount`: how many calls (or charges) of the group have no known price, and are missing
    in a figure of money; absent when there are none. `unassignedCost`, of a margin: USD of calls
    that name none of the groups, and `unassignedRevenue` USD that were earned for none of them;
    some of both may belong to this one, whose margin is then another one than it is shown."""

    model_config = _DEFERRED

    id: str
    resourceType: Literal["metric"]
    label: str
    metricType: str
    metricResult: float
    unpricedCount: int | SkipJsonSchema[None] = None
    unassignedCost: float | SkipJsonSchema[None] = None
    unassignedRevenue: float | SkipJsonSchema[None] = None
    created: datetime
    updated: datetime | None
    links: HalLinks | SkipJsonSchema[None] = None
    taskType: str | SkipJsonSchema[None] = None
    tokenType: str | SkipJsonSchema[None] = None
    toolType: str | SkipJsonSchema[None] = None
    toolProvider: str | SkipJsonSchema[None] = None


class AnalyticsMetricGroup(BaseModel):
    """The figures of one group."""

    model_config = _DEFERRED

    groupName: str
    metrics: list[AnalyticsMetric]


class AnalyticsTimeBucket(BaseModel):
    """All groups in one bucket of time; both instants belong to it."""

    model_config = _DEFERRED

    startTimestamp: datetime
    endTimestamp: datetime
    groups: list[AnalyticsMetricGroup]


class AnalyticsFlatPlan(BaseModel):
    """Calls of coding assistants that are in no figure of money, because a flat plan covers them;
    `message` says how to have them count."""

    model_config = _DEFERRED

    calls: dict[str, int] = Field(description="by assistant")
    message: str


class _Envelope(BaseModel):
    model_config = ConfigDict(defer_build=True, populate_by_name=True)

    id: str
    label: str
    created: datetime
    updated: datetime | None
    period: AnalyticsPeriod
    page: PageMetadata | SkipJsonSchema[None] = None
    flatPlan: AnalyticsFlatPlan | SkipJsonSchema[None] = None
    links: HalLinks = Field(alias="_links")


class AnalyticsTimeBuckets(BaseModel):
    """The buckets of a page."""

    model_config = _DEFERRED

    items: list[AnalyticsTimeBucket]


class AnalyticsMetricGroups(BaseModel):
    """The groups of a page."""

    model_config = _DEFERRED

    items: list[AnalyticsMetricGroup]


class AnalyticsTimeSeriesResponse(_Envelope):
    """A report over time."""

    resourceType: Literal["metric_timeseries"]
    embedded: AnalyticsTimeBuckets = Field(alias="_embedded")


class AnalyticsAggregatedResponse(_Envelope):
    """A report over the whole window."""

    resourceType: Literal["metric_aggregated"]
    embedded: AnalyticsMetricGroups = Field(alias="_embedded")


class AnalyticsTopMoverMetric(AnalyticsMetric):
    """The change of a cost, in percent, between two windows of equal length; both values are
    USD."""

    currentValue: float
    previousValue: float
    trend: Literal["up", "down", "neutral", "new", "eliminated"]


class AnalyticsTopMoverGroup(BaseModel):
    """How the cost of one group changed."""

    model_config = _DEFERRED

    groupName: str
    metrics: list[AnalyticsTopMoverMetric]


class AnalyticsTopMoverGroups(BaseModel):
    """The groups of a page."""

    model_config = _DEFERRED

    items: list[AnalyticsTopMoverGroup]


class AnalyticsTopMoversResponse(_Envelope):
    """The largest changes of cost."""

    resourceType: Literal["metric_aggregated"]
    embedded: AnalyticsTopMoverGroups = Field(alias="_embedded")


class AnalyticsFilterOptions(BaseModel):
    """Names, in order."""

    model_config = _DEFERRED

    items: list[str]


class AnalyticsFilterOptionsResponse(_Envelope):
    """The values of a dimension that occur in a window."""

    resourceType: Literal["filter_options"]
    embedded: AnalyticsFilterOptions = Field(alias="_embedded")


class AnalyticsFilterOption(BaseModel):
    """A name and its id, or the name again where no id is known."""

    model_config = _DEFERRED

    id: str
    name: str
    label: str


class AnalyticsFilterOptionPairs(BaseModel):
    """Names with their ids, in order."""

    model_config = _DEFERRED

    items: list[AnalyticsFilterOption]


class AnalyticsFilterOptionPairsResponse(_Envelope):
    """The values of a dimension that occur in a window, with their ids."""

    resourceType: Literal["filter_options"]
    embedded: AnalyticsFilterOptionPairs = Field(alias="_embedded")


class AnalyticsAgentToolRow(BaseModel):
    """What one agent spent on one tool, USD. `unpricedCount`, here and in its siblings: how many
    calls have no known price, and are missing in the cost; absent when there are none."""

    model_config = _DEFERRED

    agentName: str
    toolName: str
    toolType: str
    totalCalls: float
    totalCost: float
    unpricedCount: int | SkipJsonSchema[None] = None


class AnalyticsAgentToolBreakdownResponse(_Envelope):
    """Agents and their tools."""

    resourceType: Literal["table_chart"]
    data: list[AnalyticsAgentToolRow]


class AnalyticsIcebergToolCost(BaseModel):
    """What a tool cost, USD, negated: it is drawn below the line."""

    model_config = _DEFERRED

    toolName: str
    cost: float = Field(le=0)


class AnalyticsIcebergRow(BaseModel):
    """What an agent's tokens and tools cost, USD; costs of tools are negated."""

    model_config = _DEFERRED

    agentName: str
    tokenCost: float = Field(ge=0)
    toolCosts: list[AnalyticsIcebergToolCost]
    totalToolCost: float = Field(le=0)
    unpricedCount: int | SkipJsonSchema[None] = None


class AnalyticsIcebergResponse(_Envelope):
    """Tokens above the line, tools below."""

    resourceType: Literal["iceberg_chart"]
    data: list[AnalyticsIcebergRow]


class AnalyticsTraceCostPoint(BaseModel):
    """One trace; `transactionId` is its id, the cost is USD, of its calls and their tools."""

    model_config = _DEFERRED

    transactionId: str
    agentName: str
    totalCost: float
    totalCalls: float
    distinctTools: float
    traceStart: datetime
    traceEnd: datetime
    unpricedCount: int | SkipJsonSchema[None] = None


class AnalyticsTraceCostSummary(BaseModel):
    """How the costs of the shown traces are spread, USD."""

    model_config = _DEFERRED

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    stddev: float
    totalTraces: float
    tracesAboveThreshold: float | None


class AnalyticsTraceCostDistributionResponse(_Envelope):
    """The costliest traces."""

    resourceType: Literal["scatter_chart"]
    dataPoints: list[AnalyticsTraceCostPoint]
    summary: AnalyticsTraceCostSummary


class AnalyticsCompletionLogs(BaseModel):
    """When the newest completion was received; null when none was within 30 days."""

    model_config = _DEFERRED

    last_date_received: datetime | None


class AnalyticsConnectionStatus(BaseModel):
    """Whether calls arrive."""

    model_config = _DEFERRED

    completion_logs: AnalyticsCompletionLogs
