"""The wire of reports on bills."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from chalicelib.providers.periods import CUSTOM, NAMED, Period, period_of
from chalicelib.providers.vocabulary import BillingProvider, UsageType
from chalicelib.resources.schemas import PageQuery, Wire, build_page_model


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


PeriodName = Annotated[str, BeforeValidator(_lower)]
Least = Annotated[Decimal, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class BillQuery(PageQuery):
    """Whose bills of which days. Of startDate and endDate the UTC day counts, for a custom
    period."""

    period: PeriodName = Field(
        "",
        description="custom when it is absent and a date is given",
        json_schema_extra={"enum": [*NAMED, CUSTOM], "default": "30d"},
    )
    startDate: str | None = None
    endDate: str | None = None
    provider: BillingProvider | None = None

    def days(self, now: int) -> Period:
        """The days asked for. Raises Invalid."""
        return period_of(self.period, self.startDate, self.endDate, now)


class BilledQuery(BillQuery):
    """Which lines of bills. Beside another period than custom the dates count for nothing."""

    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["totalCost,DESC"], description="property or property,asc|desc")
    usageType: UsageType | None = None
    apiKey: str | None = None
    minCost: Least | None = Field(None, description="USD, inclusive")
    maxCost: Least | None = Field(None, description="USD, inclusive")
    query: str | None = Field(None, description="found in names, whatever the case")

    def lines(self, *, keyed: bool = True) -> dict[str, str]:
        """The columns of BILLING_DAYS that lines are narrowed by, with their values; the key only
        where it is asked for."""
        given = {"provider": self.provider, "usage_type": self.usageType}
        given_key = {"api_key_id": self.apiKey} if keyed else {}
        return {name: str(value) for name, value in (given | given_key).items() if value}

    def keeps(self, cost: Decimal) -> bool:
        """Whether a row of this cost (USD) is asked for."""
        above = self.minCost is None or cost >= self.minCost
        return above and (self.maxCost is None or cost <= self.maxCost)


class BilledDaysQuery(BilledQuery):
    """The same for days."""

    sort: list[str] = Field(["date,ASC"], description="property or property,asc|desc")
    query: None = Field(None, exclude=True)


class _Figures(Wire):
    """What every row tells. Money is USD; null is what the provider does not tell."""

    provider: str
    cost: Number
    totalCost: Number = Field(description="the same as cost")
    creditsApplied: Number | None = None


class _Tokens(_Figures):
    inputTokens: int | None = Field(
        None, description="neither read from a cache nor written to one"
    )
    outputTokens: int | None = None
    cacheReadTokens: int | None = None
    cacheCreationTokens: int | None = None
    totalTokens: int | None = None
    requestCount: int | None = None


class BillingApiKeyRow(_Tokens):
    """What was billed for one key of a provider, or for none that is known."""

    id: str = Field(description="the provider's; (no key) for what it tells no key of")
    name: str | None = None
    partialKeyHint: str | None = None
    workspaceId: str | None = None


class BillingModelRow(_Tokens):
    """What was billed for one model of a provider."""

    model: str = Field(description="(no model) for what is of none")
    costPerMillionTokens: Number | None = None
    percentage: Number | None = Field(None, description="of the total")


class BillingWorkspaceRow(_Tokens):
    """What was billed for the workspaces of one display name."""

    provider: str | None = None  # type: ignore[assignment]
    workspaceId: str | None = None
    workspace: str
    reveniumName: str | None = None
    workspaceIds: list[str]


class BillingDailyRow(_Figures):
    """What was billed for one model on one UTC day."""

    date: str = Field(json_schema_extra={"format": "date"})
    model: str | None = None


class _Totals(Wire):
    """Sums of the whole filtered result. Money is USD."""

    totalCost: Number
    costByProvider: dict[str, Number]
    creditsAppliedByProvider: dict[str, Number | None]
    totalCreditsApplied: Number | None = None
    lastRefreshDate: datetime | None = None
    unconvertedLines: int = Field(
        0, description="lines in a currency without an exchange rate: they are in no amount"
    )


def _page_of(name: str, row: type[BaseModel]) -> Any:  # noqa: ANN401 - a model
    page = build_page_model(f"{name}Rows", "objectList", row)
    return type(name, (page, _Totals), {"__doc__": f"A page of {row.__name__} with its totals."})


BillingApiKeyPage = _page_of("BillingApiKeyPage", BillingApiKeyRow)
BillingModelPage = _page_of("BillingModelPage", BillingModelRow)
BillingWorkspacePage = _page_of("BillingWorkspacePage", BillingWorkspaceRow)
BillingDailyPage = _page_of("BillingDailyPage", BillingDailyRow)


class BillingRefreshResult(Wire):
    """What became of a request to read bills again."""

    refreshType: str = Field(json_schema_extra={"enum": ["intraday", "historical"]})
    status: str = Field(json_schema_extra={"enum": ["COMPLETED", "ACCEPTED"]})
    message: str | None = None
    days: int | None = None
    providerCredentialIds: list[str]
    recordsFetched: int | None = None
    startedAt: datetime | None = None
    completedAt: datetime | None = None
