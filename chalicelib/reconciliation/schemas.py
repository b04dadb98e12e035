"""The wire of the reconciliation statement."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, WithJsonSchema

from chalicelib.providers.billed_schemas import BillQuery
from chalicelib.providers.periods import Period, check_alone
from chalicelib.reconciliation.parts import PartKind
from chalicelib.resources.schemas import PageBlock, Wire

Usd = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class ReconciliationQuery(BillQuery):
    """Which bills to reconcile. Of startDate and endDate the UTC day counts, for a custom period;
    beside another one they are refused."""

    size: int = Field(100, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field([], exclude=True)
    threshold: Annotated[
        Decimal,
        Field(ge=0, le=100),
        WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
    ] = Field(Decimal(1), description="percent of the bill above which the rest is too large")

    def days(self, now: int) -> Period:
        """The days asked for. Raises Invalid."""
        check_alone(self.period, self.startDate, self.endDate)
        return super().days(now)


class DoubledCall(Wire):
    """Two events that look like one call."""

    eventId: str = Field(description="the later one: a duplicate, perhaps")
    repeats: str = Field(description="the event that it repeats")


class DoubledCalls(Wire):
    """Calls that look metered twice. Two equal prompts at one moment look the same: the bill says
    for how many of them the amount is."""

    calls: int = Field(description="how many look so, all but the first of each row of them")
    crossed: int = Field(description="of these, how many came by another channel than that first")
    metered: Usd = Field(description="what they cost by our price list, USD")
    some: list[DoubledCall] = Field(description="the first few; of sums none are named")


class ReconciliationPart(Wire):
    """One part of a difference."""

    kind: PartKind
    amount: Usd = Field(description="USD; above zero where the bill is higher")
    rule: str = Field(description="what it is, in words")
    calls: str | None = Field(
        None,
        description="where its calls are listed, with others of the day where clients wrote its "
        "model in several ways",
    )
    doubled: DoubledCalls | None = Field(None, description="of DUPLICATES, the calls")


class ReconciliationFigures(Wire):
    """Both sides and the parts of their difference: metered plus all parts is billed. Money is
    USD."""

    metered: Usd
    billed: Usd = Field(description="after discounts and credits")
    difference: Usd
    unexplained: Usd
    parts: list[ReconciliationPart]


class ReconciliationRow(ReconciliationFigures):
    """One model of one provider on one UTC day."""

    provider: str
    date: date
    model: str
    meteredCalls: int
    unpricedCalls: int
    meteredTokens: int
    billedTokens: int | None = Field(description="null where the provider tells none")
    billedRequests: int | None = None
    settled: bool = Field(description="false: the provider may still change the day")


class ReconciliationProvider(ReconciliationFigures):
    """All of one provider."""

    provider: str


class PricePair(Wire):
    """USD a million tokens."""

    ours: Usd | None = Field(description="null where we have no price")
    theirs: Usd


class ProposedRequest(Wire):
    """The request that would set a price; tokens are priced one by one there. It names no day: a
    first price of a model holds for all time, a later one from when it is made. Which calls it
    reaches is said by `meterlake re-rate --from DATE`."""

    method: str
    path: str
    body: dict[str, Usd | str]


class PriceProposal(Wire):
    """A price of a team's own that would agree with the bill."""

    provider: str
    model: str
    effectiveFrom: date = Field(
        description="the first UTC day from which on the bill differs: no member of the request, "
        "but the DATE of `meterlake re-rate --from DATE` after it"
    )
    pricesPerMillion: dict[str, PricePair] = Field(description="by kind of tokens")
    difference: Usd = Field(description="what it was in the period, USD")
    request: ProposedRequest


class PriceProposals(Wire):
    """Where providers' prices differ from ours, dearest first. Nothing is changed by asking."""

    startDate: date
    endDate: date
    proposals: list[PriceProposal]


class CallsWithoutBill(Wire):
    """Calls of a provider on days whose bill is not known."""

    calls: int
    unpricedCalls: int = Field(
        description="of these, calls without a known price: they are in no metered cost"
    )


class ReconciliationStatement(ReconciliationFigures):
    """What was metered, what was billed, and why the two differ."""

    startDate: date
    endDate: date
    meteredCalls: int = Field(
        description="on days whose bill is known; the others are in callsWithoutBill"
    )
    unpricedCalls: int = Field(
        description="of these, calls without a known price: they are in no metered cost"
    )
    withinThreshold: bool = Field(
        description="whether the unexplained rest is at most the threshold's share of the bill"
    )
    providers: list[ReconciliationProvider]
    rows: list[ReconciliationRow]
    page: PageBlock
    unsettledDays: list[date]
    meteredWithoutBill: dict[str, Usd | None] = Field(
        description="what was metered of providers, or on days, whose bill is not known; null "
        "where the cost of no call is known"
    )
    callsWithoutBill: dict[str, CallsWithoutBill] = Field(description="the calls of these")
    flatPlanCalls: dict[str, int] = Field(
        description="calls of coding assistants that a flat plan covers: they are on no bill"
    )
    unconvertedLines: int = Field(
        description="lines of bills in a currency without an exchange rate: in no figure"
    )
    daysBilledTwice: dict[str, list[date]] = Field(
        description="by provider, days that two sources bill: two accounts, or one account twice"
    )
    incompleteDays: list[date] = Field(description="days that the lake misses something of")
