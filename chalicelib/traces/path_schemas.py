"""The wire of critical paths."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire
from chalicelib.traces.detail_schemas import SpanStatus

_CONTRIBUTION = Field(description="what it adds to the path where no earlier call of it runs")


class CriticalPathTransaction(Wire):
    """A call on the path."""

    sequence: int = Field(ge=1)
    transactionId: str
    parentTransactionId: str | None = None
    transactionName: str | None = None
    agent: str | None = None
    taskType: str | None = None
    model: str | None = None
    provider: str | None = None
    startTime: datetime
    endTime: datetime
    duration: int
    contribution: int = _CONTRIBUTION
    percentageOfPath: Number = Field(ge=0, le=100)
    cost: Number | None = None
    totalTokens: int | None = None
    isBottleneck: bool
    status: SpanStatus


class CriticalPathBottleneck(Wire):
    """A call that adds at least a fifth of the path; where none does, the one that adds most."""

    transactionId: str
    transactionName: str | None = None
    agent: str | None = None
    model: str | None = None
    taskType: str | None = None
    duration: int
    contribution: int = _CONTRIBUTION
    percentageOfPath: Number
    cost: Number | None = None
    rank: int = Field(ge=1)
    recommendation: str


class CriticalPathOptimization(Wire):
    """What could be saved of a trace that did nothing but its path."""

    potentialTimeSavings: int = Field(ge=0)
    potentialTimeSavingsPercentage: Number = Field(ge=0, le=100)
    minimumDuration: int
    parallelizableTransactions: int = Field(description="calls off the path")
    recommendations: list[str]


class CriticalPath(Wire):
    """The chain of calls, from a root to a leaf, that ran for the longest time in all."""

    id: str
    resourceType: Literal["ai.trace.critical-path"] = "ai.trace.critical-path"
    label: str
    traceId: str
    traceName: str | None = None
    traceType: str | None = None
    startTime: datetime
    endTime: datetime
    traceDuration: int
    criticalPathDuration: int
    criticalPathPercentage: Number = Field(ge=0, le=100)
    criticalPathCost: Number
    totalCost: Number
    unpricedCount: int = Field(description="calls of the trace whose cost is not known")
    transactionCount: int
    criticalPathTransactionCount: int
    criticalPath: list[CriticalPathTransaction] = Field(description="the first 10,000 of it")
    bottlenecks: list[CriticalPathBottleneck]
    optimizationPotential: CriticalPathOptimization
    links: HalLinks | None = Field(None, alias="_links")
