"""The wire of one execution of a squad: in detail and as a timeline."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire
from chalicelib.squads.schemas import SquadExecution


class SquadAgentBreakdown(Wire):
    """What one agent did: USD, tokens, ms of all its calls; the role it was seen in most often."""

    id: str
    label: str
    agent: str
    role: str | None = None
    transactionCount: int
    errorCount: int | None = None
    inputTokens: int | None = None
    outputTokens: int | None = None
    totalTokens: int
    totalCost: Number | None = None
    costPercentage: Number | None = None
    duration: int | None = None
    models: list[str] | None = None


class SquadTraceReference(Wire):
    """A trace in it, by which one can go on: ms and USD of its calls in the execution."""

    traceId: str
    traceName: str | None = None
    traceType: str | None = None
    startTime: datetime | None = None
    duration: int | None = None
    transactionCount: int | None = None
    totalCost: Number | None = None


class SquadDetailResource(SquadExecution):
    """One run of a squad by its agents and traces."""

    resourceType: Literal["squad.detail"]
    transactionCount: int
    errorCount: int
    inputTokens: int | None = None
    outputTokens: int | None = None
    totalTokens: int | None = None
    agents: list[SquadAgentBreakdown]
    traces: list[SquadTraceReference] | None = None


class SquadTimelineEvent(Wire):
    """One call: ms, tokens, USD; `timestamp` is its start in UTC epoch ms."""

    id: str
    traceId: str | None = None
    parentTransactionId: str | None = None
    agent: str | None = None
    role: str | None = None
    timestamp: int
    startTime: datetime
    endTime: datetime
    duration: int
    model: str | None = None
    provider: str | None = None
    operationType: str | None = None
    inputTokens: int | None = None
    outputTokens: int | None = None
    totalTokens: int | None = None
    cost: Number | None = None
    status: Literal["success", "error"] | None = None


class SquadTimelineResource(Wire):
    """The calls of one run of a squad, the oldest first."""

    squadId: str
    squadName: str | None = None
    startTime: datetime
    endTime: datetime
    totalDuration: int
    events: list[SquadTimelineEvent]
    links: HalLinks | None = Field(None, alias="_links")
