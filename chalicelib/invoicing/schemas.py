"""The wire of invoices and period charges. Amounts are in the invoice's currency, exact; times are
UTC."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from chalicelib.catalog.plan_schemas import PricingTier, SetupFee
from chalicelib.catalog.product_schemas import PaymentSource
from chalicelib.resources.schemas import (
    Currency,
    HalLinks,
    Line,
    PageQuery,
    ResourceReference,
    TeamQuery,
    Wire,
    build_page_model,
    nullable_words,
)

_PayStatus = Literal["PAID", "UNPAID", "PARTIALLY_PAID", "OVER_PAID", "INVOICE_ONLY"]
_State = Literal["DRAFT", "FINALIZED", "CLOSED", "ISSUED", "PAID", "PARTIALLY_PAID"]
_AccountState = Literal["CREATED", "ACTIVATED", "SUSPENDED", "CLOSED"]
_Provider = Literal["STRIPE"]
Provider = Annotated[_Provider | None, nullable_words(_Provider)]
ChargeType = Literal[
    "CHARGE_EXEMPT",
    "SUBSCRIPTION_FLAT_RATE_CHARGE",
    "SETUP_FEE_FLAT_RATE_CHARGE",
    "ONETIME_FLAT_RATE_CHARGE",
    "TIER_FLAT_RATE_CHARGE",
    "ELEMENT_TRANSACTIONAL_CHARGE",
    "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE",
    "CALL_COUNT_TRANSACTIONAL_CHARGE",
]
ChargeKind = Literal[
    "TRANSACTIONAL",
    "SUBSCRIPTION",
    "ONETIME",
    "SUBSCRIPTION_WITH_OVERAGE",
    "NON_MONETIZED",
    "INDIRECT",
    "RESOURCE_USAGE",
]
Money = Annotated[Decimal, WithJsonSchema({"type": "number"})]


def _split_list(sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    """Repeated values, each with commas in it or not, without blank ones."""
    if not isinstance(sent, list):
        return sent
    return [part.strip() for text in sent for part in str(text).split(",") if part.strip()]


def _blank_to_none(sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    return None if isinstance(sent, str) and not sent.strip() else sent


def _instant(sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    if isinstance(sent, str) and sent.strip() and "T" not in sent.upper():
        raise ValueError("must be an instant such as 2026-01-31T00:00:00Z")
    return _blank_to_none(sent)


Instant = Annotated[datetime | None, BeforeValidator(_instant)]


def _whole(sent: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    if isinstance(sent, str) and "." in sent:
        raise ValueError("must be a whole number")
    return _blank_to_none(sent)


Ids = Annotated[list[str], BeforeValidator(_split_list)]
Whole = Annotated[int | None, BeforeValidator(_whole), Field(ge=0, lt=2**63)]


class InvoicingMembers(Wire):
    """What every record of billing is shown with."""

    id: str | None = None
    label: str
    resourceType: str
    created: datetime | None = None
    updated: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


class InvoiceResource(InvoicingMembers):
    """What a subscription owes for a period."""

    account: ResourceReference | None = None
    accountNumber: str | None = None
    accountReliefState: str | None = None
    accountState: Annotated[_AccountState | None, nullable_words(_AccountState)] = None
    currency: Currency
    endDate: datetime | None = None
    finalized: datetime | None = None
    invoiceJobId: str | None = None
    invoiceNumber: str | None = None
    invoicePayStatus: Annotated[_PayStatus | None, nullable_words(_PayStatus)] = None
    isDemo: bool | None = None
    issued: datetime | None = None
    organization: ResourceReference | None = None
    paymentProvider: Provider = None
    paymentSource: PaymentSource
    product: ResourceReference | None = None
    startDate: datetime
    state: Annotated[_State | None, nullable_words(_State)] = None
    subscription: ResourceReference | None = None
    subscriptionOwner: ResourceReference
    team: ResourceReference
    totalAdjusted: Money
    totalAmount: Money
    totalCallCount: int
    totalFreeCallCount: int
    totalUnpricedCallCount: int | None = None
    totalOpenAmount: Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})] = (
        Field(None, description="what is still owed; negative where more was paid than that")
    )
    totalPaidAmount: Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})] = None
    totalRefund: Money


class NewInvoicePayment(Wire):
    """A payment that came in."""

    amount: Annotated[
        Decimal,
        Field(gt=0, lt=10**12, decimal_places=9),
        WithJsonSchema(
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 10**12},
        ),
    ] = Field(description="in the invoice's currency")
    reference: Line = Field(description="as the bank tells it: the same one again changes nothing")
    currency: Currency | None = Field(None, description="the invoice's: another one is refused")


class InvoicePaymentResource(Wire):
    """A payment that was noted."""

    reference: str
    amount: Money
    currency: Currency
    notedAt: datetime
    author: str | None = Field(None, description="who noted it")


InvoicePaymentPage = build_page_model(
    "InvoicePaymentPage", "invoicePaymentList", InvoicePaymentResource
)


class PeriodChargeResource(InvoicingMembers):
    """One line of an invoice."""

    aggregatedElementValue: Annotated[
        Decimal | None, WithJsonSchema({"type": ["number", "null"]})
    ] = None
    callCount: int
    charge: Money
    chargeDescription: str | None = None
    chargeType: ChargeType
    credential: ResourceReference | None = None
    currency: Currency
    expired: bool
    invoice: ResourceReference | None = None
    metadata: str | None = None
    paymentProvider: Provider = None
    planElement: ResourceReference | None = None
    product: ResourceReference
    remoteAddress: str | None = None
    remoteUser: str | None = None
    resource: str | None = None
    settled: bool
    settledAt: datetime | None = None
    setupFee: SetupFee | None = None
    source: ResourceReference | None = None
    subscription: ResourceReference
    tier: PricingTier | None = None
    transactionId: str | None = None
    trialInProgress: bool | None = None
    unpricedCallCount: int | None = None
    type: ChargeKind
    unmodifiedCallCount: int | None = None
    unmodifiedCharge: Annotated[Decimal | None, WithJsonSchema({"type": ["number", "null"]})] = None


class PeriodChargeRows(Wire):
    """The rows of a page."""

    periodChargeResourceList: list[PeriodChargeResource]


class PeriodChargeCursorPage(Wire):
    """Charges, and where to go on: `cursor` is null on the last page."""

    embedded: PeriodChargeRows = Field(alias="_embedded")
    cursor: str | None
    hasMore: bool


InvoiceResourcePage = build_page_model(
    "InvoiceResourcePage", "invoiceResourceList", InvoiceResource
)


class InvoiceQuery(PageQuery):
    """Which invoices. Dates are instants and count as a pair: those whose period touches the time
    between them."""

    invoiceNumber: str | None = None
    startDate: Instant = None
    endDate: Instant = None
    userIds: Ids = Field([])
    organizationIds: Ids = Field([])
    productIds: Ids = Field([])
    startingAmount: Whole = None
    endingAmount: Whole = None
    accountId: str | None = None
    accountName: str | None = None
    accountNumber: str | None = None
    payStates: Annotated[list[_PayStatus], BeforeValidator(_split_list)] = Field([])
    states: Annotated[list[_State], BeforeValidator(_split_list)] = Field([])


class ChargeQuery(TeamQuery):
    """Which charges. Both dates or none: charges that were first rated between them."""

    invoiceId: str | None = None
    startDate: Instant = None
    endDate: Instant = None
    cursor: str | None = None
    size: int = Field(50, ge=1, description="above 100 is served as 100")


class UserChargeQuery(TeamQuery):
    """Which charges of a user."""

    productId: str | None = None
    start: Instant = None
    end: Instant = None
    cursor: str | None = None
    size: int = Field(50, ge=1, description="above 100 is served as 100")


class SubscriptionBilledAmount(Wire):
    """What the running period comes to, in the plan's currency, as the last billing run found."""

    amountBilled: Money


class SubscriptionQuotaConsumed(Wire):
    """Units: `limit` of the largest tier that has an end (0 without one), `consumed` in the running
    period."""

    limit: int
    consumed: int
