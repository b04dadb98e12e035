"""The wire of budgets: their progress, one by one, in bulk and as a portfolio."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, RootModel

from chalicelib.alerts.reading_schemas import BilledMembers
from chalicelib.alerts.vocabulary import AlertPeriod, Risk
from chalicelib.budgets.schemas import Number
from chalicelib.budgets.vocabulary import AlertMetricType
from chalicelib.reports.parameters import Instant
from chalicelib.resources.schemas import HalLinks, PageQuery, Wire, build_page_model

PORTFOLIO_ROWS = "budgetPortfolioItemResourceList"
MOST_IDS = 50


class BudgetWindow(Wire):
    """The bounds of the current period."""

    start: datetime
    endExpected: datetime = Field(description="its last instant")
    now: datetime = Field(description="when the progress is told of")


class PaceStatus(StrEnum):
    """How use stands to straight-line use."""

    AHEAD = "AHEAD"
    ON_TRACK = "ON_TRACK"
    BEHIND = "BEHIND"


class BudgetPace(Wire):
    """Comparison with straight-line use."""

    expectedByNow: Number
    delta: Number = Field(description="what was used less what was expected: positive is ahead")
    status: PaceStatus


class BudgetForecast(Wire):
    """Where use goes if it goes on as since the beginning of the period."""

    runRatePerDay: Number
    endValue: Number = Field(description="at the end of the period")
    endPercentUsed: Number | None = Field(None, description="a fraction of the threshold")
    isExhausted: bool = Field(description="whether it is gone already")
    exhaustedOn: date | None = Field(None, description="the UTC day on which it will be gone")


class BudgetGroupResult(Wire):
    """One group of a budget: the threshold is one of each alone."""

    groupValue: str | None = None
    groupDisplayName: str | None = None
    currentValue: Number
    remaining: Number | None = None
    percentUsed: Number | None = Field(None, description="a fraction of the threshold")


class _Head(BilledMembers):
    """What is told of every budget. The forecast is ours."""

    threshold: Number
    metricType: AlertMetricType
    window: BudgetWindow
    unpricedCount: int | None = Field(None, description="calls whose cost is unknown, not counted")


class _Use(Wire):
    """What was used."""

    currentValue: Number | None = Field(description="null: nobody knows, of providers' bills")
    remaining: Number | None = None
    percentUsed: Number | None = Field(None, description="a fraction of the threshold")


class _Names(Wire):
    """What a budget is called."""

    alertId: str
    name: str
    risk: Risk
    currency: str | None = Field(None, description="of costs: USD")


class BudgetProgress(_Head, _Use, _Names):
    """The progress of a budget without groups."""

    anomalyId: int
    aheadBehindVsLinear: BudgetPace | None = None
    forecast: BudgetForecast | None = None


class GroupedBudgetProgress(_Head, _Names):
    """The progress of a budget with groups."""

    anomalyId: int
    groups: list[BudgetGroupResult]
    groupCount: int = Field(description="also of those that are not shown, beyond the 200 highest")


class BudgetProgressAnswer(RootModel[BudgetProgress | GroupedBudgetProgress]):
    """The progress of one budget."""


class BudgetProgressItemSuccess(_Head, _Use):
    """The progress of one of several budgets."""

    ok: Literal[True]
    alertId: str
    cumulativePeriod: AlertPeriod
    groups: list[BudgetGroupResult] | None = None
    groupCount: int | None = None
    aheadBehindVsLinear: BudgetPace | None = None
    forecast: BudgetForecast | None = None


class BulkErrorCode(StrEnum):
    """Why there is no progress."""

    NOT_FOUND = "NOT_FOUND"
    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"


class BulkError(Wire):
    """Why there is no progress."""

    code: BulkErrorCode
    type: BulkErrorCode
    message: str


class BudgetProgressItemError(Wire):
    """One of several ids that leads to no budget."""

    ok: Literal[False]
    id: str | None = None
    error: BulkError


class BudgetProgressBulk(Wire):
    """The progress of several budgets, in the order in which they were asked for."""

    items: list[BudgetProgressItemSuccess | BudgetProgressItemError]


class BudgetPortfolioItem(_Head, _Use, _Names):
    """One budget of the portfolio. With groups, what was used is that of all of them."""

    cumulativePeriod: AlertPeriod
    groups: list[BudgetGroupResult] | None = None
    groupCount: int | None = None
    groupsOverLimit: int | None = None
    worstPercentUsed: Number | None = None
    aheadBehindVsLinear: BudgetPace | None = None
    forecast: BudgetForecast | None = None
    links: HalLinks | None = Field(None, alias="_links")


BudgetPortfolioItemPage = build_page_model(
    "BudgetPortfolioItemPage", PORTFOLIO_ROWS, BudgetPortfolioItem
)


class ProgressQuery(Wire):
    """Of when, and with what."""

    teamId: str | None = None
    now: Instant | None = Field(None, description="the instant to tell of; the present without it")
    includeTrend: bool = Field(False, description="add aheadBehindVsLinear and the forecast")


class BulkQuery(ProgressQuery):
    """Which budgets."""

    ids: Annotated[list[str], Field(min_length=1)] = Field(
        description="repeated, or one text with commas; 50 at most"
    )


class PortfolioQuery(PageQuery):
    """Which budgets, in which order."""

    size: int = Field(20, ge=1, description="above 100 is served as 100")
    now: Instant | None = Field(None, description="the instant to tell of; the present without it")
    includeTrend: bool = Field(False, description="add aheadBehindVsLinear and the forecast")
    groupLimit: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="so many groups of each budget, the highest first"
    )
