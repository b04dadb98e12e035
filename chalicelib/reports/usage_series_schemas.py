"""The wire of usage over time."""

from typing import Literal

from pydantic import RootModel

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import Wire


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


class TraceUsageWindows(RootModel[list[TraceUsageWindow]]):
    """Windows, the oldest first."""


class TraceTokensWindows(RootModel[list[TraceTokensWindow]]):
    """Every window, the oldest first."""
