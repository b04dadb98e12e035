"""The wire of the usage dashboards."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, RootModel

from chalicelib.reports.older_schemas import Number
from chalicelib.reports.usage_declarations import UsageReport
from chalicelib.resources.schemas import Wire


class TraceModelBreakdownRow(Wire):
    """What one model has in a row: cost in USD, and its percentage of the row's."""

    model: str
    provider: str | None = None
    totalCost: Number
    totalTokenCount: int | None = None
    requestCount: int | None = None
    percentage: Number | None = None
    unpricedCount: int | None = None


class _UsageRow(Wire):
    """What was used: tokens, calls, and costs in USD."""

    requestCount: int
    traceCount: int | None = None
    inputTokenCount: int | None = None
    outputTokenCount: int | None = None
    cacheReadTokenCount: int | None = None
    cacheCreationTokenCount: int | None = None
    totalTokenCount: int | None = None
    totalCost: Number
    averageCost: Number | None = None
    percentage: Number | None = None
    unpricedCount: int | None = None


class TraceUsageByUserRow(_UsageRow):
    """What one user used, and when last (UTC)."""

    userEmail: str
    lastActivity: datetime | None = None
    modelBreakdown: list[TraceModelBreakdownRow] | None = None


class TraceUsageByModelRow(_UsageRow):
    """What was used of one model."""

    model: str
    provider: str | None = None


class TraceUsageByOrganizationRow(_UsageRow):
    """What one organization used."""

    organizationId: str | None = None
    organizationName: str


class TraceUsagePoint(Wire):
    """One figure: USD, calls or tokens; times are UTC epoch ms."""

    metricType: Literal[
        "COST",
        "REQUESTS",
        "INPUT_TOKENS",
        "OUTPUT_TOKENS",
        "CACHE_READ_TOKENS",
        "CACHE_CREATION_TOKENS",
        "TOTAL_TOKENS",
    ]
    metricResult: Number
    startTimestamp: int
    endTimestamp: int
    unpricedCount: int | None = None


class TraceUsageGroup(Wire):
    """What one user, model or organization used in a window."""

    groupName: str
    metrics: list[TraceUsagePoint]


class TraceUsageWindow(Wire):
    """A window of time with those who used something in it; UTC epoch ms."""

    startTimestamp: int
    endTimestamp: int
    groups: list[TraceUsageGroup]


class TraceTokensWindow(Wire):
    """The tokens of a window of time; UTC epoch ms."""

    startTimestamp: int
    endTimestamp: int
    inputTokenCount: int
    outputTokenCount: int
    cacheReadTokenCount: int
    cacheCreationTokenCount: int | None = None
    totalTokenCount: int | None = None


class TraceUsageByUserRows(RootModel[list[TraceUsageByUserRow]]):
    """A row a user, the costliest first."""


class TraceUsageByModelRows(RootModel[list[TraceUsageByModelRow]]):
    """A row a model, the costliest first."""


class TraceUsageByOrganizationRows(RootModel[list[TraceUsageByOrganizationRow]]):
    """A row an organization, the costliest first."""


class TraceUsageWindows(RootModel[list[TraceUsageWindow]]):
    """Windows, the oldest first."""


class TraceTokensWindows(RootModel[list[TraceTokensWindow]]):
    """Every window, the oldest first."""


_TABLES: dict[str, Any] = {
    "userEmail": TraceUsageByUserRows,
    "model": TraceUsageByModelRows,
    "organizationName": TraceUsageByOrganizationRows,
}


def usage_model(usage: UsageReport) -> type[BaseModel]:
    """What a usage dashboard answers."""
    if usage.by is None:
        return TraceTokensWindows
    model: type[BaseModel] = TraceUsageWindows if usage.over_time else _TABLES[usage.member]
    return model
