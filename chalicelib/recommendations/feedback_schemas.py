"""The wire of feedback."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, RootModel, StringConstraints, WithJsonSchema

from chalicelib.recommendations.vocabulary import FeedbackAction
from chalicelib.resources.schemas import Wire

_MOST_MONEY = Decimal(10) ** 12
_Savings = Annotated[
    Decimal, Field(ge=-_MOST_MONEY, le=_MOST_MONEY), WithJsonSchema({"type": "number"})
]
_Rating = Annotated[int, Field(ge=-1, le=1)]
_Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{3}$"), AfterValidator(lambda text: text.upper())
]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class RecommendationFeedbackRequest(Wire):
    """What was done about an advice, and what it has saved."""

    runId: _Id
    recommendationId: _Id
    action: FeedbackAction
    confidenceRating: _Rating = Field(description="-1, 0 or 1: how right it was")
    dismissalReason: Annotated[str, StringConstraints(max_length=1_000)] = ""
    realizedSavings: _Savings = Decimal(0)
    realizedSavingsCurrency: _Currency = "USD"
    realizedSavingsMeasuredAt: datetime | None = None


class RecommendationFeedback(Wire):
    """Feedback, as it was recorded."""

    id: str
    runId: str
    recommendationId: str
    action: FeedbackAction
    confidenceRating: _Rating
    dismissalReason: str
    realizedSavings: Annotated[Decimal, WithJsonSchema({"type": ["number", "string"]})]
    realizedSavingsCurrency: Annotated[str, StringConstraints(min_length=3, max_length=3)]
    realizedSavingsMeasuredAt: Annotated[
        datetime | None, WithJsonSchema({"type": ["string", "null"]})
    ]
    actorUserId: str
    actorApiKeyHint: str
    created: datetime


class RealizedSavings(Wire):
    """What advice has saved in one currency, by the newest feedback on each."""

    currency: str
    realizedSavings: Annotated[Decimal, WithJsonSchema({"type": "number"})]
    recommendations: int = Field(description="that were implemented")


class RealizedSavingsList(Wire):
    """What was saved, by currency."""

    savings: list[RealizedSavings]


class RecommendationFeedbackList(RootModel[list[RecommendationFeedback]]):
    """All feedback of a run, the oldest first."""
