"""The wire of circular patterns."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, create_model

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model
from chalicelib.traces.agent_queries import CircularPatternSeverity


class CircularPattern(Wire):
    """Agents that hand work around in a circle, and what all steps but the first one cost."""

    id: str
    resourceType: Literal["ai.circular.pattern"] = "ai.circular.pattern"
    label: str
    pattern: str
    agents: list[str] = Field(min_length=3, description="the first one again at the end")
    cycleLength: int = Field(ge=2)
    occurrences: int
    affectedTraces: int
    traceIds: list[str] = Field(max_length=10)
    wastedCost: Number
    averageWastedCost: Number
    unpricedCount: int = Field(description="wasted calls whose cost is not known")
    wastedTokens: int
    wastedDuration: int
    severity: CircularPatternSeverity
    firstDetected: datetime
    lastDetected: datetime
    recommendation: str
    links: HalLinks | None = Field(None, alias="_links")


class SeverityBreakdown(Wire):
    """How many patterns are so severe."""

    LOW: int
    MEDIUM: int
    HIGH: int
    CRITICAL: int


class CircularPatternSummary(Wire):
    """What all patterns wasted that match; a call that several of them wasted counts once."""

    totalPatterns: int
    totalOccurrences: int
    affectedTraces: int
    totalWastedCost: Number
    unpricedCount: int
    totalWastedTokens: int
    totalWastedDuration: int
    wastedCostPercentage: Number = Field(ge=0, le=100, description="of the cost of all traces")
    severityBreakdown: SeverityBreakdown


_page: Any = build_page_model(
    "CircularPatternRowsPage", "circularPatternResourceList", CircularPattern
)
CircularPatternPage = create_model(
    "CircularPatternPage", __base__=_page, summary=(CircularPatternSummary, ...)
)
