"""The wire of agents that call each other."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import HalLinks, PageBlock, Wire, build_page_model

_UNPRICED = Field(description="called transactions whose cost is not known")


class AgentInteraction(Wire):
    """What one agent asked of another; figures are those of the called transactions."""

    id: str
    resourceType: Literal["ai.agent.interaction"] = "ai.agent.interaction"
    label: str
    sourceAgent: str
    targetAgent: str
    interactionCount: int
    traceCount: int
    totalCost: Number
    averageCost: Number
    unpricedCount: int = _UNPRICED
    totalTokens: int
    totalDuration: int
    averageDuration: Number
    errorCount: int
    errorRate: Number = Field(ge=0, le=100)
    lastInteractionTime: datetime
    links: HalLinks | None = Field(None, alias="_links")


class AgentInteractionSummary(Wire):
    """How one agent interacts; cost, tokens, durations and errors are those of the calls that
    others made to it."""

    agent: str
    label: str
    outgoingInteractions: int
    incomingInteractions: int
    totalInteractions: int
    traceCount: int
    transactionCount: int
    totalCost: Number
    unpricedCount: int = _UNPRICED
    totalTokens: int
    averageDuration: Number
    errorCount: int


class AgentInteractionMatrixMetadata(Wire):
    """What is told of all interactions, whatever page is shown."""

    totalAgents: int
    totalInteractions: int
    totalTraces: int
    totalCost: Number
    unpricedCount: int = _UNPRICED
    maxInteractionCount: int
    maxInteractionCost: Number
    startDate: datetime | None = None
    endDate: datetime | None = None
    generatedAt: datetime


class AgentInteractionMatrix(Wire):
    """A page of agents, and the interactions between those on it."""

    id: str
    resourceType: Literal["ai.agent.interaction.matrix"] = "ai.agent.interaction.matrix"
    label: str
    agents: list[AgentInteractionSummary]
    interactions: list[AgentInteraction]
    metadata: AgentInteractionMatrixMetadata
    page: PageBlock
    links: HalLinks | None = Field(None, alias="_links")


AgentInteractionPage = build_page_model(
    "AgentInteractionPage", "agentInteractionResourceList", AgentInteraction
)
