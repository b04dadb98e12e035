"""The wire of what Claude Code contributed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from chalicelib.assistants.integration_schemas import SyncWord
from chalicelib.assistants.ranges import RangeQuery
from chalicelib.resources.schemas import Wire, nullable_words

Granularity = Literal["window", "day"]
Usd = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Share = Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})]


class ContributionFigures(Wire):
    """What adds up."""

    sessions: int = 0
    linesAdded: int = 0
    linesRemoved: int = 0
    commits: int = 0
    pullRequests: int = 0
    estimatedCost: Usd = Field(Decimal(0), description="USD, as Anthropic estimates it")
    inputTokens: int = 0
    outputTokens: int = 0
    cacheReadTokens: int = 0
    cacheCreationTokens: int = 0


class ClaudeCodeToolAction(Wire):
    """Edits of one tool that people took, or did not."""

    tool: str
    accepted: int
    rejected: int


class ClaudeCodeContribution(ContributionFigures):
    """What Claude Code did for one person, or under one API key."""

    userEmail: str | None = Field(description="null of an API key")
    apiKeyName: str | None = None
    count: int = Field(description="commits and pull requests")
    githubLogin: str | None = None
    customerType: Literal["api", "subscription"] = "api"
    subscriptionType: str | None = None
    activeDays: int = 0
    toolActions: list[ClaudeCodeToolAction] = Field(default_factory=list)
    acceptanceRate: Share = Field(None, description="of all edits, 0 to 1; null without any")


class ClaudeCodeContributionDay(ContributionFigures):
    """The same of one UTC day."""

    date: date
    userEmail: str | None
    apiKeyName: str | None = None
    count: int = 0


class ContributionTotals(ContributionFigures):
    """Of everybody together."""

    activeUsers: int = Field(0, description="people, without API keys")


class ClaudeCodeContributionsResponse(Wire):
    """What Claude Code did for whom; empty when nothing is known."""

    contributions: list[ClaudeCodeContribution]
    totalContributions: int = Field(description="commits and pull requests of all")
    startDate: date
    endDate: date
    granularity: Granularity
    totals: ContributionTotals
    dailyRows: list[ClaudeCodeContributionDay] = Field(default_factory=list)
    connected: bool = Field(description="whether there is an Anthropic admin key")
    lastSyncedAt: datetime | None = None
    lastSyncStatus: Annotated[SyncWord | None, nullable_words(SyncWord)] = None
    lastSyncError: str | None = None


class ClaudeCodeContributionsQuery(RangeQuery):
    """Whose contributions, and when."""

    granularity: Granularity = "window"
    email: str | None = Field(None, max_length=320, description="only this person")


class ClaudeCodeSyncResponse(Wire):
    """That reading begins."""

    status: Literal["ACCEPTED"]
    message: str | None = None
    syncId: str | None = None
    startDate: date
    endDate: date
