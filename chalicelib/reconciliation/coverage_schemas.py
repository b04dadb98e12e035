"""The wire of coverage."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from chalicelib.resources.schemas import Wire, nullable_words

Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Comparison = Literal["full-window", "partial-window", "no-overlap"]
PricingMode = Literal["pay-as-you-go", "seat-plan", "unset"]
Confidence = Literal["HIGH", "adjusted"]


class CoverageState(StrEnum):
    """What a coverage is worth."""

    VALID = "VALID"
    NO_INTEGRATION = "NO_INTEGRATION"
    ZERO_SPEND_PERIOD = "ZERO_SPEND_PERIOD"
    DATA_UNAVAILABLE = "DATA_UNAVAILABLE"


class UnavailableReason(StrEnum):
    """Why there is no ratio."""

    NO_BILLING_CREDENTIAL = "NO_BILLING_CREDENTIAL"
    NO_COMPARABLE_PROVIDERS = "NO_COMPARABLE_PROVIDERS"
    NON_POSITIVE_BILLING_TOTAL = "NON_POSITIVE_BILLING_TOTAL"
    ZERO_SPEND_PERIOD = "ZERO_SPEND_PERIOD"


class CoverageMeteredBasis(Wire):
    """Which calls count."""

    transform: str | None = None
    windowStart: date | None = None
    windowEnd: date | None = None


class CoverageUsageTypeBilling(Wire):
    """What was billed for one type of usage, USD."""

    usageType: str | None = None
    billing: Number | None = None


class CoverageProviderRow(Wire):
    """One provider: what was metered against what it billed, USD, over the days that both know."""

    provider: str | None = None
    label: str | None = None
    state: str | None = None
    metered: Number | None = None
    billing: Number | None = None
    ratio: Number | None = None
    meteredCalls: int | None = None
    unpricedCalls: int | None = Field(
        None, description="calls without a known price: what they cost counts as hidden"
    )
    comparisonState: Annotated[Comparison | None, nullable_words(Comparison)] = None
    comparisonStartDate: date | None = None
    comparisonEndDate: date | None = None
    earliestBilledOn: date | None = None
    earliestMeteredOn: date | None = None
    revisionWindowStart: date | None = None
    previousWindowPredatesTelemetry: bool | None = None
    billingCredentialConnected: bool | None = None
    credentialNames: list[str] | None = None
    billedSeats: int | None = None
    codingAssistantPricingMode: Annotated[PricingMode | None, nullable_words(PricingMode)] = None
    codingAssistantUsagePresent: bool | None = None
    codingAssistantUsageUnknown: bool | None = None
    assistantsWithUsageNamedHere: list[str] | None = None
    usageTypeBreakdown: list[CoverageUsageTypeBilling] | None = None


class CoverageRatioReport(Wire):
    """How much of what providers billed was metered. Money is USD; a ratio is null, never 0, where
    it is not known."""

    state: CoverageState | None = None
    aggregateRatio: Number | None = None
    aggregateRatioAvailable: bool | None = None
    aggregateRatioUnavailableReason: UnavailableReason | None = None
    aggregateRatioUnavailableProviders: list[str] | None = None
    trend: Number | None = None
    hiddenSpend: Number | None = Field(
        None, description="billed before credits, taxes and fees among it, over what was metered"
    )
    meteredTotalInComparison: Number | None = None
    meteredTotalOutsideComparison: Number | None = None
    meteredBasis: CoverageMeteredBasis | None = None
    confidence: Annotated[Confidence | None, nullable_words(Confidence)] = None
    earliestMeteredAt: datetime | None = None
    codingAssistantUsagePresent: bool | None = None
    codingAssistantUsageUnknown: bool | None = None
    byProvider: list[CoverageProviderRow] | None = None
