"""Jobs on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    RootModel,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from chalicelib.kit.windows import Window
from chalicelib.metering.schemas import JobId
from chalicelib.reports.measures import Measure
from chalicelib.reports.parameters import Instant, window_of
from chalicelib.reports.schemas import AnalyticsPeriod
from chalicelib.resources.schemas import Currency, HalLinks, PageBlock, PageQuery, TeamQuery, Wire

_MOST_IDS, _MOST_FACTS = 500, 50
_MOST_ROWS = 10_000
Status = Literal["SUCCESS", "FAILED", "CANCELLED"]
OutcomeType = Literal["CONVERTED", "ESCALATED", "DEFLECTED", "UNSUCCESSFUL", "CUSTOM"]
Source = Literal["TELEMETRY", "UI", "API"]
Provenance = Literal["MEASURED", "SELF_REPORTED", "DERIVED", "ATTESTED"]
Number = Annotated[Decimal, Field(ge=-(10**15), le=10**15), WithJsonSchema({"type": "number"})]
"""Kept with all the digits that were sent."""
Text255 = Annotated[str, StringConstraints(max_length=255)]
Text128 = Annotated[str, StringConstraints(max_length=128)]
Text64 = Annotated[str, StringConstraints(max_length=64)]
FactKey = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Reason = Annotated[str, StringConstraints(max_length=2_048)]
Json = Annotated[str, StringConstraints(max_length=65_536)]


class JobUpdateRequest(Wire):
    """What may be changed of a job; null and absent members leave it as it is."""

    name: Text255 | None = None
    type: Text128 | None = Field(None, description="stored lowercase")
    version: Text64 | None = None
    environment: Text255 | None = None


class JobCreateRequest(JobUpdateRequest):
    """A new job."""

    agenticJobId: JobId
    teamId: str | None = Field(None, description="the team of the key")
    tenantId: str | None = Field(None, description="ignored")


class JobResource(Wire):
    """A job. The costs are shown in lists only."""

    id: str
    resourceType: Literal["job"]
    label: str = Field(description="name, else agenticJobId")
    agenticJobId: str
    name: str | None = None
    type: str | None = None
    version: str | None = None
    environment: str | None = None
    source: Source
    entityVersion: int = Field(ge=0, description="0 on a new job; for PATCH of its outcome")
    hasOutcome: bool
    executionStatus: Status | None = None
    outcomeType: OutcomeType | None = None
    outcomeValue: float | None = None
    outcomeCurrency: str | None = None
    outcomeMetadata: str | None = Field(None, description="JSON kept as text")
    outcomeReason: str | None = None
    outcomeReportedAt: datetime | None = None
    outcomeUpdateCount: int = Field(ge=0, description="changes after the first report")
    outcomeUpdatedAt: datetime | None = None
    outcomeUpdatedBy: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    totalCost: float | None = Field(
        None, description="USD of AI calls; null when no price is known of any"
    )
    toolCost: float | None = Field(
        None, description="USD of tool calls; null when no price is known of any"
    )
    transactionCount: int | None = Field(
        None, description="AI calls, failed ones and retries included"
    )
    unpricedCount: int | None = Field(
        None, description="AI and tool calls whose price is unknown: in no cost"
    )
    links: HalLinks | None = Field(None, alias="_links")


class JobRows(Wire):
    """The rows of a page."""

    jobResourceList: list[JobResource]


class JobPagedModel(Wire):
    """A HAL page of jobs."""

    embedded: JobRows | None = Field(
        None, alias="_embedded", description="left out of an empty page"
    )
    links: HalLinks = Field(alias="_links")
    page: PageBlock


class JobPageQuery(PageQuery):
    """Which jobs to list, in which order."""

    search: str | None = Field(
        None, min_length=1, max_length=256, description="found in agenticJobId or name"
    )
    type: str | None = None
    executionStatus: Status | None = None
    outcomeType: OutcomeType | Literal["PENDING"] | None = Field(
        None, description="PENDING: no outcome type yet"
    )
    outcomeValueMin: Annotated[Number | None, Field(ge=0)] = None
    outcomeValueMax: Annotated[Number | None, Field(ge=0)] = None
    environment: str | None = None
    startDate: Instant | None = Field(None, description="created at or after")
    endDate: Instant | None = Field(None, description="created at or before")
    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["created,DESC"], description="property or property,asc|desc")


class FunnelQuery(TeamQuery):
    """Which jobs to count."""

    startDate: Instant | None = Field(None, description="created at or after")
    endDate: Instant | None = Field(None, description="created at or before")
    jobType: str | None = None
    environment: str | None = None


class JobTypes(RootModel[list[str]]):
    """Types, as a bare array."""


class JobConversionFunnelResource(Wire):
    """Counts of jobs, and rates as fractions."""

    totalJobs: int
    successfulJobs: int
    convertedJobs: int
    deflectedJobs: int
    escalatedJobs: int
    customJobs: int
    successRate: float = Field(ge=0, le=1)
    conversionRate: float = Field(ge=0)


class JobDeletionResult(Wire):
    """The answer of a delete."""

    id: str
    message: str


class JobBulkDeleteRequest(Wire):
    """agenticJobIds of the jobs to delete."""

    ids: list[str] = Field(min_length=1, max_length=_MOST_IDS)


class JobBulkDeleteResponse(Wire):
    """What was deleted; ids that no job has were skipped."""

    requestedCount: int
    deletedCount: int
    deletedIds: list[str]
    message: str


class Fact(Wire):
    """One measured fact of a job."""

    key: FactKey = Field(
        description="of those declared PER_JOB for the job's type, if any are; "
        "quality_rate is a fraction"
    )
    value: Number
    provenance: Provenance = "SELF_REPORTED"
    recordedBy: Text255 | None = Field(None, description="the key, unless it says otherwise")
    source: Text255 = "api"
    reason: Reason | None = Field(None, description="needed to replace a fact that is there")
    recordedAt: Instant | None = Field(None, description="not in the future, nor over a year ago")

    @field_validator("value")
    @classmethod
    def _in_range(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        if info.data.get("key") == "quality_rate" and not 0 <= value <= 1:
            raise ValueError("quality_rate must be within 0 and 1")
        return value


class Facts(RootModel[list[Fact]]):
    """Facts, as a bare array."""

    root: list[Fact] = Field(min_length=1, max_length=_MOST_FACTS)


class OutcomeMembers(Wire):
    """What is told of an outcome."""

    outcomeType: OutcomeType | None = None
    outcomeValue: Number | None = None
    outcomeCurrency: Currency | None = Field(None, description="USD, when there is a value")
    outcomeReason: Reason | None = None
    metadata: Json | None = Field(None, description="JSON text, shown as outcomeMetadata")
    reportedBy: Text255 | None = Field(None, description="the key, unless it says otherwise")
    metrics: list[Fact] | None = Field(None, max_length=_MOST_FACTS)


class JobOutcomeReportRequest(OutcomeMembers):
    """The first report of an outcome."""

    executionStatus: Status


class JobOutcomeAmendRequest(OutcomeMembers):
    """What to change of an outcome; an empty text clears, null and absent members leave as it
    is."""

    executionStatus: Status | None = None
    reason: Reason | None = None
    expectedEntityVersion: int | None = Field(
        None, ge=0, description="refused when the job is at another by now"
    )


class JobOutcomeRevision(Wire):
    """An outcome as it was reported or amended; sequence 1 is the report."""

    sequence: int
    executionStatus: Status
    outcomeType: OutcomeType | None = None
    outcomeValue: float | None = None
    outcomeCurrency: str | None = None
    outcomeMetadata: str | None = None
    outcomeReason: str | None = None
    reportedBy: str
    reportedAt: datetime
    reason: str | None = None


class JobOutcomeRevisions(RootModel[list[JobOutcomeRevision]]):
    """All versions of an outcome, the oldest first."""


class JobRoiResource(Wire):
    """What a job cost and earned."""

    agenticJobId: str
    agenticJobName: str | None = None
    agenticJobType: str | None = None
    executionStatus: Status | None = None
    outcomeType: OutcomeType | None = None
    hasOutcome: bool
    outcomeValue: float | None = None
    outcomeCurrency: str | None = None
    outcomeValueUsd: float | None = Field(
        description="at the exchange rate of the day it was reported; null without one"
    )
    monetizedValueUsd: float | None = Field(
        description="by the economics of the job's type: the value in roi, where there is one"
    )
    totalCost: float | None = Field(
        description="USD of AI calls; null when no price is known of any"
    )
    roi: float | None = Field(description="percent: (value - cost) / cost * 100")
    transactionCount: int = Field(description="AI calls, failed ones and retries included")
    inputTokens: int
    outputTokens: int
    totalTokens: int
    toolCost: float | None = Field(
        description="USD of tool calls; null when no price is known of any"
    )
    toolCallCount: int
    roiWithTools: float | None = Field(description="percent, with the tools in the cost")
    unpricedCount: int = Field(description="AI and tool calls whose price is unknown: in no cost")


class TimelineQuery(TeamQuery):
    """Which of the calls to show; unless it says otherwise, the first 10,000."""

    page: int = Field(0, ge=0, description="zero-based")
    size: int = Field(_MOST_ROWS, ge=1, le=_MOST_ROWS)


class JobTimelineEvent(Wire):
    """One AI call."""

    transactionId: str
    timestamp: datetime
    agent: str | None = None
    model: str
    provider: str
    duration: int = Field(description="milliseconds")
    cost: float | None = Field(None, description="USD; null when the price is unknown")
    inputTokens: int | None = None
    outputTokens: int | None = None
    totalTokens: int | None = None
    status: Literal["success", "error"]


class JobTimelineResource(Wire):
    """The AI calls of a job by start."""

    transactions: list[JobTimelineEvent]
    totalCount: int


class JobsRoiQuery(TeamQuery):
    """Which jobs to sum up: those created within the window, both ends inclusive."""

    startDate: Instant | None = None
    endDate: Instant | None = None
    metricType: Measure | None = Field(None, description="has no effect")
    jobType: str | None = None

    def window(self, now: int) -> Window:
        """The window asked for, as in every report. Raises Invalid."""
        return window_of(self.startDate, self.endDate, now)


class AnalyticsJobRoiRow(Wire):
    """Jobs of one type. Costs and values are USD; rates are fractions, roi is percent."""

    jobType: str
    totalJobs: int
    completedJobs: int = Field(description="succeeded or failed")
    successRate: float = Field(ge=0, le=1)
    conversions: int
    deflections: int
    totalValue: float
    averageValue: float
    totalCost: float = Field(description="of all calls whose price is known")
    tokenCost: float
    modalityCost: float
    externalToolCost: float
    humanCost: float
    costPerConversion: float
    costPerOutcome: float
    costPerCompletedJob: float
    roi: float = Field(description="(value - cost) / cost * 100; 0 without a cost")
    toolCostAttribution: Literal["ALLOCATED_BY_AGENT"]
    unpricedCount: int = Field(description="calls whose price is unknown: in no cost")
    otherCurrencyOutcomes: int = Field(
        description="valued in another currency, without an exchange rate: in no value"
    )


class AnalyticsJobRoiSummary(Wire):
    """All types together."""

    totalJobTypes: int
    totalJobs: int
    totalCost: float
    totalValue: float
    overallROI: float
    unpricedCount: int
    otherCurrencyOutcomes: int


class AnalyticsJobsRoiResponse(Wire):
    """Return on investment by job type, the best first."""

    id: str
    resourceType: str
    label: str
    period: AnalyticsPeriod
    links: HalLinks = Field(alias="_links")
    byJobType: list[AnalyticsJobRoiRow]
    summary: AnalyticsJobRoiSummary


def sent_members(body: Wire) -> dict[str, Any]:
    """The members that a client did send and did not leave empty; Decimals as text."""
    return body.model_dump(mode="json", exclude_unset=True, exclude_none=True)
