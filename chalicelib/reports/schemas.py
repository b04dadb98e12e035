"""Answers of the reports on the wire. They describe: the presenter writes plain dictionaries, as answers get large."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

_DEFERRED = ConfigDict(defer_build=True)


class HalLink(BaseModel):
    """One link."""

    model_config = _DEFERRED

    href: str
    templated: bool | SkipJsonSchema[None] = None


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
    """One figure. `metricType` names it and thereby its unit; `id` is fresh in every answer."""

    model_config = _DEFERRED

    id: str
    resourceType: Literal["metric"]
    label: str
    metricType: str
    metricResult: float
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


class _Envelope(BaseModel):
    model_config = ConfigDict(defer_build=True, populate_by_name=True)

    id: str
    label: str
    created: datetime
    updated: datetime | None
    period: AnalyticsPeriod
    page: PageMetadata | SkipJsonSchema[None] = None
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


class AnalyticsCompletionLogs(BaseModel):
    """When the newest completion was received; null when none was within 30 days."""

    model_config = _DEFERRED

    last_date_received: datetime | None


class AnalyticsConnectionStatus(BaseModel):
    """Whether calls arrive."""

    model_config = _DEFERRED

    completion_logs: AnalyticsCompletionLogs
