"""The wire of runs: what is asked, and how they are listed and read."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, StringConstraints, WithJsonSchema

from chalicelib.recommendations.advice_schemas import (
    Recommendation,
    RecommendationFinding,
    RecommendationSummary,
)
from chalicelib.recommendations.feedback_schemas import RecommendationFeedback
from chalicelib.recommendations.vocabulary import AnalyzedSegment, RunStatus, TriggeredBy
from chalicelib.reports.parameters import AnalyticsQuery, Instant
from chalicelib.resources.schemas import Wire

_MOST_VALUES = 100
_Text = Annotated[str, StringConstraints(max_length=255)]
Values = Annotated[list[_Text], Field(max_length=_MOST_VALUES)]
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
_Flag = Annotated[int, WithJsonSchema({"type": "integer", "enum": [0, 1]})]
_JsonText = Annotated[
    str, WithJsonSchema({"type": "string", "contentMediaType": "application/json"})
]
_Started = Literal[RunStatus.RUNNING, RunStatus.COMPLETED, RunStatus.PARTIAL, RunStatus.FAILED]


class RecommendationInvestigator(Wire):
    """A rule that runs look for."""

    id: str
    displayName: str
    category: str
    version: str


class RecommendationInvestigatorList(RootModel[list[RecommendationInvestigator]]):
    """All of them."""


class RecommendationRunRequest(Wire):
    """What a run is to look at. Empty filters keep everything."""

    periodStart: datetime | None = Field(description="at most 90 days before periodEnd")
    periodEnd: datetime | None = Field(description="exclusive")
    excludeInvestigatorIds: Values = Field([])
    filterAgent: Values = Field([])
    filterProductId: Values = Field([])
    filterTraceType: Values = Field([])
    filterConsumingOrgId: Values = Field([])
    filterEnvironment: _Text = ""
    filterDepartmentId: _Text = ""
    filterIncludeDescendants: bool = True
    filterIncludeCodingAssistants: bool = True
    filterIncludeCodingAssistantsForCostDetectors: bool = False


class RecommendationRunTrigger(Wire):
    """A run that was begun, or found. The counts are there once it is finished."""

    runId: str
    status: _Started
    findingsCount: int | None = None
    recommendationsCount: int | None = None
    totalDurationMs: Number | None = None
    failedInvestigators: list[str] = Field([])
    duplicated: bool = False
    findingsTruncated: bool = False
    findingsConsideredCount: int | None = None


class RunListQuery(AnalyticsQuery):
    """Parameters of the list of runs. `since` and `until` bound when they were created."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = None
    status: RunStatus | None = None
    since: Instant | None = None
    until: Instant | None = None
    triggered_by: TriggeredBy | None = Field(None, alias="triggered_by")


class RecommendationRunListItem(Wire):
    """A run in a list."""

    runId: str
    status: RunStatus
    triggeredBy: TriggeredBy
    created: datetime
    periodStart: datetime
    periodEnd: datetime
    findingsCount: int
    recommendationsCount: int
    codingAssistantPricingDegraded: bool | None
    dashboard_url: str | None = None


class RecommendationRunList(Wire):
    """A page of runs, the newest first."""

    data: list[RecommendationRunListItem]
    next_cursor: str | None = Field(description="null on the last page")


class RunQuery(AnalyticsQuery):
    """Parameters of one run."""

    slim: bool = False


class FeedbackQuery(AnalyticsQuery):
    """Parameters of the feedback of a run. All of it is always answered: what clients page by is
    read, and changes nothing."""

    limit: int | None = Field(None, ge=1)
    cursor: str | None = None


class RecommendationRun(Wire):
    """A run with what it has found."""

    id: str
    status: RunStatus
    statusMessage: str
    created: datetime
    updated: datetime
    periodStart: datetime
    periodEnd: datetime
    triggeredBy: TriggeredBy
    triggeredByUserId: str
    triggeredByApiKeyHint: str
    filterAgent: list[str]
    filterProductId: list[str]
    filterTraceType: list[str]
    filterConsumingOrgId: list[str] = Field([])
    filterEnvironment: str
    filterDepartmentId: str = ""
    filterIncludeDescendants: _Flag = 1
    filterIncludeCodingAssistants: _Flag
    filterIncludeCodingAssistantsForCostDetectors: _Flag
    analyzedSegment: AnalyzedSegment
    analyzedSegmentStatement: str
    analyzedCostUsd: Number | None
    excludedCodingAssistantCostUsd: Number | None
    codingAssistantPricingDegraded: bool | None
    meteredOnlyInvestigatorIds: list[str]
    failedInvestigators: list[str] = Field([])
    findingsCount: int
    recommendationsCount: int
    findingsTruncated: bool = False
    findingsConsideredCount: int = 0
    totalDurationMs: Number
    findingsJson: _JsonText | None = None
    parsedFindings: list[RecommendationFinding] | None = None
    recommendationsJson: _JsonText | None = None
    parsedRecommendations: list[Recommendation] | None = None
    batchMetadataJson: _JsonText | None = None
    parsedBatchMetadata: dict[str, Any] | None = None
    recommendationsSummary: list[RecommendationSummary] | None = None
    feedback: list[RecommendationFeedback]
    dashboard_url: str | None = None
