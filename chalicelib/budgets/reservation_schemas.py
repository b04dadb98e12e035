"""The wire of reservations. Amounts are in the unit of each budget: USD for costs, counts
otherwise."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.metering.schemas import Count, IngestAttribution, Usd
from chalicelib.resources.schemas import Wire

DEFAULT_TTL_S, LONGEST_TTL_S = 600, 3_600
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class Decision(StrEnum):
    """Whether the call may be made. WARN: it may, and a line has been crossed that nobody is
    stopped by."""

    ALLOW = "ALLOW"
    WARN = "WARN"
    BLOCK = "BLOCK"


class EstimateSource(StrEnum):
    """How the cost was estimated: as the client stated it; by the team's own prices or the list's,
    input as counted and output at its cap; by the input alone, where no cap of the output was
    told; or not at all, since nobody knows the price."""

    STATED = "STATED"
    TEAM = "TEAM"
    BOOK = "BOOK"
    INPUT_ONLY = "INPUT_ONLY"
    UNKNOWN = "UNKNOWN"


class ReservationRequest(IngestAttribution):
    """What a call will be. Whom it is charged to is told by the names that metering uses."""

    model: str = Field(min_length=1, max_length=255)
    provider: str = Field(min_length=1, max_length=255)
    transactionId: str = Field(min_length=1, description="that the call will be metered under")
    inputTokenCount: Count | None = None
    maxOutputTokenCount: Count | None = None
    estimatedCost: Usd | None = Field(None, description="USD; goes before the tokens")
    ttlSeconds: int = Field(DEFAULT_TTL_S, ge=1, le=LONGEST_TTL_S)
    subscriberCredential: str | None = Field(None, description="name of the credential")


class ReservedBudget(Wire):
    """A budget that the call falls under. `reserved` is what calls under way may use, this one
    among them when it is allowed; `remaining` is the limit without that and without what was
    used."""

    ruleId: str
    name: str
    metricType: str
    groupValue: str | None = None
    limit: Number
    used: Number
    reserved: Number
    remaining: Number
    windowEnd: datetime
    denyMessage: str | None = None


class ReservationResource(Wire):
    """A reservation, or why there is none. `state`: HELD until the call is metered (SETTLED), it is
    given back (RELEASED), or nobody has told in time (EXPIRED); REFUSED when nothing was held."""

    decision: Decision
    reservationId: str | None = None
    transactionId: str
    state: str
    estimatedCost: Number | None = Field(None, description="USD; null when nobody knows the price")
    estimateSource: EstimateSource
    actualCost: Number | None = Field(None, description="USD; of a settled one")
    expiresAt: datetime | None = None
    budgets: list[ReservedBudget]
    blockedBy: ReservedBudget | None = None
    wouldBlock: list[ReservedBudget] = Field(description="rules in shadow mode that would block")
