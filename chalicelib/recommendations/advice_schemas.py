"""The wire of findings and advice."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema

from chalicelib.recommendations.findings import AdviceCategory, Severity
from chalicelib.resources.schemas import Wire

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
_Band = Literal["low", "medium", "high"]
_Dimension = Literal[
    "agent", "model", "provider", "trace_type", "trace_name", "operation_type", "operation_subtype",
    "task_type", "product_id", "product_name", "subscription_id", "subscriber", "consuming_org_id",
    "api_key", "credential_id", "squad_id", "squad_name", "environment", "region",
    "agentic_job_type", "cost_source", "coding_assistant_account_uuid",
]  # fmt: skip
_Role = Literal[
    "platform_engineer", "ai_engineer", "devops", "finops_lead", "product_owner", "security",
    "executive", "unknown",
]  # fmt: skip
_Currency = Annotated[str, StringConstraints(min_length=3, max_length=3)]


class QueryParameter(Wire):
    """A parameter of a query; a name may come more than once."""

    name: str
    value: str


class FigureQuery(Wire):
    """The request that gives a figure, and where it stands in the answer (JSONPath, RFC 9535)."""

    method: Literal["GET"]
    path: str
    parameters: list[QueryParameter]
    member: str


class AdviceFigure(Wire):
    """A figure that can be opened."""

    name: str
    value: Number
    unit: str
    query: FigureQuery


class AdviceSaving(Wire):
    """How the saving of an advice is made. `formula` gives `worthUsd` from the inputs by their
    names: whole numbers, + - * / and brackets, `min` and `max`, exact but for one rounding at the
    end, half to even at a billionth. What advice of a better rank counts of it is
    `countedBeforeUsd`, which `countedBeforeQuery` gives (null where no calls are behind the advice,
    of which nobody else could count any); the rest is claimed; `monthlyFormula` gives
    `monthlyImpact` from that."""

    formula: str
    inputs: list[AdviceFigure]
    worthUsd: Number
    countedBeforeUsd: Number
    countedBeforeQuery: FigureQuery | None = None
    claimedUsd: Number
    monthlyFormula: str


class AdviceEvidence(Wire):
    """What stands behind an advice: figures, the ids of its dearest calls, 20 at most, and how its
    saving is made; null where nothing is saved."""

    figures: list[AdviceFigure]
    callIds: list[str]
    saving: AdviceSaving | None = None


class RecommendationFinding(Wire):
    """What one investigator has found."""

    model_config = ConfigDict(extra="allow")

    id: str
    category: str
    severity: str
    summary: str
    metric: Any = None
    evidence: Any = None
    confidence: Number | None = Field(None, description="of the rule itself, 0 to 1")


class RecommendationEntity(Wire):
    """What an advice is about."""

    dimension: _Dimension
    value: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    displayLabel: Annotated[str, StringConstraints(max_length=200)] | None = None


class RecommendationImpactEstimate(Wire):
    """What it comes to in a month. `monthlyLow` and `monthlyHigh` are its 95 % limits, claimedUsd
    what it counts of the period and no other advice does."""

    monthlyImpact: Number
    currency: _Currency
    confidenceBand: _Band
    basis: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    monthlyLow: Number | None = None
    monthlyHigh: Number | None = None
    claimedUsd: Number | None = None


class RecommendationReference(Wire):
    """Where a rule comes from."""

    label: str
    url: Annotated[str, Field(min_length=1, json_schema_extra={"format": "uri"})]


class RecommendationSuggestedAction(Wire):
    """What to do, and who would."""

    summary: Annotated[str, StringConstraints(min_length=10, max_length=300)]
    accountableRole: _Role
    steps: Annotated[list[str], Field(min_length=1, max_length=10)]
    references: list[RecommendationReference] = Field([])


class Recommendation(Wire):
    """An advice."""

    id: UUID
    runId: str
    rank: Annotated[int, Field(ge=1)]
    title: Annotated[str, StringConstraints(min_length=10, max_length=150)]
    body: Annotated[str, StringConstraints(min_length=50, max_length=2_000)]
    category: AdviceCategory
    severity: Severity
    confidence: Annotated[
        Decimal, Field(ge=0, le=1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
    ]
    impactEstimate: RecommendationImpactEstimate
    suggestedAction: RecommendationSuggestedAction
    entities: Annotated[list[RecommendationEntity], Field(min_length=1)]
    citations: Annotated[list[UUID], Field(min_length=1)]
    createdAt: datetime
    expiresAt: datetime | None = None
    evidence: AdviceEvidence | None = None


class RecommendationSummary(Wire):
    """An advice in a line."""

    id: str
    title: str
    rank: int
    severity: Severity
    monthlyImpact: Number
    confidenceBand: _Band
    category: AdviceCategory
