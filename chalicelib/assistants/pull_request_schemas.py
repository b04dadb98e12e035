"""The wire of merged pull requests."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from chalicelib.assistants.ranges import RangeQuery
from chalicelib.resources.schemas import Wire

Source = Literal["github", "gitlab"]
Granularity = Literal["window", "day", "week", "month"]
GroupBy = Literal["author", "repository"]
_Usd = Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})]
Vendors = Annotated[dict[str, int] | None, Field(description="by coding tool; absent without any")]


class GithubPrFigures(Wire):
    """Merged pull requests."""

    prsMerged: int
    prsMergedWithCodingTool: int = Field(
        0, description="whose commits say that a coding tool had a hand in it"
    )
    prsMergedByVendor: Vendors = None


class GithubPrMember(GithubPrFigures):
    """What one login merged."""

    platformLogin: str | None = Field(description="null of who has left GitHub")
    githubLogin: str | None = None
    mappedEmail: str | None = None


class GithubPrPeriodMember(GithubPrMember):
    """The same of one period."""

    date: date


class GithubPrRepository(GithubPrFigures):
    """What was merged into one repository."""

    repository: str
    repositoryDisplay: str


class GithubSyncScope(Wire):
    """What the figures are about. `connected` tells a quiet team from one without a token."""

    source: Source
    connected: bool
    credentialCount: int
    deliveringCredentialCount: int
    filterActive: bool = Field(description="whether only some repositories are read")
    syncedRepositoryCount: int | None = None
    totalRepositoryCount: int | None = None
    repositoryBreakdownSupported: bool
    unsupportedReason: str | None = None
    lastSyncedAt: datetime | None = None


class PullRequestCosts(Wire):
    """What coding assistants cost in the window, and a merged pull request of it. Seats are those
    of today, by the days of each month; null where nothing is known."""

    seatCost: _Usd = Field(None, description="USD; null without a subscription")
    usageCost: _Usd = Field(None, description="USD, of assistants that are paid by use")
    unpricedCalls: int = Field(0, description="calls of these whose cost is not known")
    flatPlanCalls: int = Field(0, description="calls that seats cover")
    totalCost: _Usd = None
    costPerMergedPr: _Usd = None
    costPerMergedPrWithCodingTool: _Usd = None


class GithubPrsSummaryResponse(Wire):
    """Merged pull requests by login: in all of the window, or by period."""

    source: Source
    granularity: Granularity
    totalPrsMerged: int
    totalPrsMergedWithCodingTool: int
    totalPrsMergedByVendor: dict[str, int]
    members: list[GithubPrMember] | None
    summaries: list[GithubPrMember] | None = Field(description="the same as members")
    totalPRs: int = Field(description="the same as totalPrsMerged")
    dailyRows: list[GithubPrPeriodMember] | None
    historyStartDate: date | None = Field(description="figures begin on this day")
    groupBy: GroupBy | None = None
    repositories: list[GithubPrRepository] | None = None
    repositoriesTruncated: bool | None = None
    costs: PullRequestCosts | None = None
    syncScope: GithubSyncScope


class GithubPrsQuery(RangeQuery):
    """Which pull requests, and how they are put together."""

    granularity: Granularity = "window"
    source: Source = "github"
    groupBy: GroupBy = "author"
    includeCosts: bool = Field(False, description="what one cost, too")
