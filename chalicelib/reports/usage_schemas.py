"""The wire of the usage dashboards: their tables, and which answers what."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, RootModel

from chalicelib.reports.older_schemas import Number
from chalicelib.reports.usage_declarations import UsageReport
from chalicelib.reports.usage_series_schemas import TraceTokensWindows, TraceUsageWindows
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


class TraceUsageByUserRows(RootModel[list[TraceUsageByUserRow]]):
    """A row a user, the costliest first."""


class TraceUsageByModelRows(RootModel[list[TraceUsageByModelRow]]):
    """A row a model, the costliest first."""


class TraceUsageByOrganizationRows(RootModel[list[TraceUsageByOrganizationRow]]):
    """A row an organization, the costliest first."""


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
