"""The wire of squads: groups and executions."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, Wire, build_page_model

SquadStatus = Literal["SUCCESS", "PARTIAL", "FAILED"]


class SquadResource(Wire):
    """A group of executions of one purpose; counts and cost (USD, null when none is known) are of
    those that began in the window."""

    id: str
    resourceType: Literal["squad"]
    label: str
    description: str | None = None
    source: Literal["TELEMETRY", "UI", "API"] | None = None
    executionCount: int
    successCount: int | None = None
    partialCount: int | None = None
    failedCount: int | None = None
    agentCount: int
    traceCount: int
    totalCost: Number | None = None
    unpricedCount: int | None = None
    firstExecutionTime: datetime | None = None
    lastExecutionTime: datetime | None = None
    created: datetime | None = None
    updated: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


class SquadExecution(Wire):
    """One run of a squad: first request to last answer; duration in ms, cost in USD (null when none
    is known)."""

    id: str
    label: str
    squadName: str | None = None
    startTime: datetime
    endTime: datetime
    duration: int
    agentCount: int
    traceCount: int
    totalCost: Number | None = None
    unpricedCount: int | None = None
    status: SquadStatus
    transactionId: str | None = None
    name: str | None = None
    executions: int | None = None
    links: HalLinks | None = Field(None, alias="_links")


class SquadExecutionResource(SquadExecution):
    """One run of a squad, in a list."""

    resourceType: Literal["squadExecution"]


SquadPagedModel: Any = build_page_model("SquadPagedModel", "squadResourceList", SquadResource)
SquadExecutionPagedModel: Any = build_page_model(
    "SquadExecutionPagedModel", "squadExecutionResourceList", SquadExecutionResource
)
