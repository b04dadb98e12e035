"""The wire of one trace as a whole."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from chalicelib.reports.older_schemas import Number
from chalicelib.resources.schemas import Wire
from chalicelib.traces.schemas import TraceStatus, TraceSummary


class TraceBreakdownEntry(Wire):
    """A part of what a trace cost (USD) or took (ms)."""

    name: str = Field(description="`unknown`: of the calls that carried none")
    cost: Number | None = Field(None, description="null where the cost of none is known")
    duration: int | None = None
    transactionCount: int
    percentage: Number = Field(ge=0, le=100, description="of the whole trace")


class TraceAgent(Wire):
    """What one agent did in a trace."""

    agent: str | None = None
    roles: list[str]
    transactionCount: int
    toolCount: int
    errorCount: int
    totalTokenCount: int
    totalCost: Number = Field(description="of its calls and tools")
    unpricedCount: int = Field(description="of these, without a known cost")
    totalDuration: int
    status: TraceStatus


class SpanStatus(StrEnum):
    """How a span ended."""

    success = "success"
    error = "error"


class SpanKind(StrEnum):
    """A model call, a tool, a run of an agent, or anything else."""

    CALL = "CALL"
    TOOL = "TOOL"
    AGENT = "AGENT"
    OTHER = "OTHER"


class ParentStatus(StrEnum):
    """Why a span stands at the top though it names a parent."""

    MISSING = "MISSING"
    LOOP = "LOOP"


class TraceSpan(Wire):
    """One span of a trace, as it is drawn in a waterfall: a parent stands before its children."""

    id: str
    parentId: str | None = Field(None, description="the span that it stands below")
    parentTransactionId: str | None = Field(None, description="its parent as it was metered")
    parentStatus: ParentStatus | None = None
    depth: int
    kind: SpanKind
    name: str | None = None
    operation: str | None = None
    agent: str | None = None
    role: str | None = None
    taskType: str | None = None
    model: str | None = None
    provider: str | None = None
    startTime: datetime
    offset: int = Field(description="ms since the first span of the trace began")
    duration: int
    inputTokenCount: int | None = None
    outputTokenCount: int | None = None
    totalTokenCount: int | None = None
    cost: Number | None = Field(None, description="left out where it is not known")
    isFlatPlan: bool | None = Field(None, description="a flat plan covers it, so that it cost 0")
    status: SpanStatus
    errorReason: str | None = None


class TraceDetail(TraceSummary):
    """One trace with its tree of calls, tools and agents. Totals are those of its AI calls."""

    taskTypes: list[str]
    subscriberEmail: str | None = None
    organizationName: str | None = None
    productName: str | None = None
    averageDuration: Number
    averageCost: Number = Field(description="of the calls whose cost is known")
    retryCount: int = Field(description="calls that were tried again")
    flatPlanCount: int
    toolCount: int
    toolCost: Number
    unpricedToolCount: int
    costByModel: list[TraceBreakdownEntry] = Field(max_length=5)
    costByProvider: list[TraceBreakdownEntry] = Field(max_length=5)
    durationByTaskType: list[TraceBreakdownEntry] = Field(max_length=5)
    agentTotals: list[TraceAgent]
    spanCount: int = Field(description="of all spans, of which the first 10,000 are in `spans`")
    spans: list[TraceSpan]
