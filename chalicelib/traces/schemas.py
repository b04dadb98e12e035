"""The wire of traces. Times are UTC, durations milliseconds, amounts USD; an amount of which a part
is not known has a count of the unpriced calls beside it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model


class TraceStatus(StrEnum):
    """SUCCESS: no call failed; FAILED: all did."""

    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


class TraceSummary(Wire):
    """One trace: what its calls cost and took in all."""

    id: str
    resourceType: Literal["ai.trace"] = "ai.trace"
    label: str
    traceId: str
    traceType: str | None = None
    traceName: str | None = None
    startTime: datetime = Field(description="when the first call began")
    endTime: datetime = Field(description="when the last answer had come")
    traceDuration: int
    transactionCount: int
    errorCount: int
    unpricedCount: int = Field(description="calls whose cost is not known")
    agentCount: int
    inputTokenCount: int
    outputTokenCount: int
    totalTokenCount: int
    totalCost: Number
    model: str | None = Field(None, description="the one with the largest share of the cost")
    provider: str | None = None
    models: list[str]
    providers: list[str]
    agents: list[str]
    environment: str | None = None
    source: str | None = Field(None, description="what reported the calls, where all agree")
    squadId: str | None = None
    squadName: str | None = None
    status: TraceStatus
    links: HalLinks | None = Field(None, alias="_links")


TracePage = build_page_model("TracePage", "aITraceResourceList", TraceSummary)
