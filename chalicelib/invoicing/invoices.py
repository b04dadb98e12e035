"""Invoices as they are listed and shown."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.catalog import personal
from chalicelib.catalog.subscribers import CUSTOMER
from chalicelib.catalog.targets import TO_PRODUCT, TO_SUBSCRIBER, TO_SUBSCRIPTION
from chalicelib.invoicing.records import INVOICE, InvoiceSummary, invoice_of, summary_of
from chalicelib.invoicing.schemas import InvoiceQuery, InvoiceResource
from chalicelib.kit.clock import day_of, iso, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record, walk
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.references import OWN_TEAM, Reference, Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import PageQuery
from chalicelib.resources.store import Store

_FLAT = ("organizationId", "productId", "subscriptionId", "subscriberId", "teamId")
_SUMMED = ("totalAdjusted", "totalAmount", "totalPaidAmount", "totalRefund")
SUBSCRIPTION_OF = Reference("subscription", "subscriptionId", TO_SUBSCRIPTION)
PRODUCT_OF = Reference("product", "productId", TO_PRODUCT)


def _present(_: Store, record: Record, row: Row) -> Row:
    invoice = invoice_of(record)
    shown = {name: value for name, value in row.items() if name not in _FLAT}
    shown |= summary_of(invoice)
    for member in _SUMMED:
        shown[member] = Decimal(shown[member])
    if not shown["subscriptionOwner"]:
        shown["subscriptionOwner"] = {
            "id": invoice.subscriber,
            "label": invoice.email,
            "resourceType": "subscriber",
        }
    return shown | {
        "label": label_of(record),
        "totalOpenAmount": to_usd(invoice.total - invoice.paid_amount),
        "finalized": _iso(invoice.finalized),
        "issued": _iso(invoice.issued),
        "startDate": iso(invoice.start),
        "endDate": _iso(invoice.end),
        "paymentSource": invoice.payment_source,
        "isDemo": False,
    }


INVOICES = Resource(
    kind=INVOICE,
    name="Invoice",
    resource_type="invoice",
    path="/profitstream/v2/api/invoices",
    embedded="invoiceResourceList",
    model=InvoiceResource,
    stored_names={
        "organizationId": "organization",
        "productId": "product",
        "subscriptionId": "subscription",
        "subscriberId": "subscriber",
    },
    references=(
        OWN_TEAM,
        CUSTOMER,
        PRODUCT_OF,
        SUBSCRIPTION_OF,
        Reference("subscriptionOwner", "subscriberId", TO_SUBSCRIBER),
    ),
    present=_present,
)


def label_of(record: Record) -> str:
    """The number of an invoice; of a draft, its first day."""
    summary = InvoiceSummary.of(record)
    return summary.number or f"Draft {day_of(summary.start)}"


def page_invoices(store: Store, query: InvoiceQuery, asked: Request) -> Row:
    """A page of a team's invoices, in the order of their periods. Raises Invalid, UndecodableId,
    TooMany."""
    _check_ids(query)
    tests = list(_tests(store, query))
    if not tests:
        return store.page(query, asked)

    def keep(record: Record) -> bool:
        summary = InvoiceSummary.of(record)
        return all(test(summary) for test in tests)

    invoices = walk(store.world.documents, store.scope, INVOICE)
    return store.page_of(filter(keep, invoices), _in_order(query), asked)


def page_invoices_of(store: Store, user: str, query: PageQuery, asked: Request) -> Row:
    """A page of the invoices of a user's subscriptions. Raises UndecodableId, UnknownRecord,
    TooMany."""
    return store.page_of(walk_invoices_of(store, user), _in_order(query), asked)


def walk_invoices_of(store: Store, user: str, product: str | None = None) -> Iterator[Record]:
    """The invoices of a user's subscriptions, of one product where that is given. Raises
    UndecodableId, UnknownRecord."""
    for subscriber in personal.subscribers_of(store.world, store.principal, user):
        for record in walk(store.world.documents, store.scope, INVOICE):
            summary = InvoiceSummary.of(record)
            if summary.subscriber == subscriber and product in (None, "", summary.product):
                yield record


def _in_order(query: PageQuery) -> Any:  # noqa: ANN401 - the same type of query
    return query if query.sort else query.model_copy(update={"sort": ["startDate"]})


Test = Callable[[InvoiceSummary], bool]


def _check_ids(query: InvoiceQuery) -> None:
    """Raises UndecodableId for what can be no id."""
    ids = {
        "userIds": query.userIds,
        "organizationIds": query.organizationIds,
        "productIds": query.productIds,
    }
    for name, texts in ids.items():
        for text in texts:
            check_id(text, name)


def _tests(store: Store, query: InvoiceQuery) -> Iterator[Test]:
    """One for each parameter that says something."""
    if query.invoiceNumber:
        yield lambda invoice: invoice.number == query.invoiceNumber
    if query.startDate and query.endDate:
        yield _within(query.startDate, query.endDate)
    yield from _owner_tests(store, query)
    yield from _amount_tests(query)
    if query.payStates:
        yield lambda invoice: invoice.pay_status in query.payStates
    if query.states:
        yield lambda invoice: invoice.state in query.states
    if query.accountId or query.accountName or query.accountNumber:
        # Accounts are those of a payment provider, which no invoice here has.
        yield lambda _: False


def _owner_tests(store: Store, query: InvoiceQuery) -> Iterator[Test]:
    if query.userIds:
        subscribers = _subscribers(store, query.userIds)
        yield lambda invoice: invoice.subscriber in subscribers
    if query.organizationIds:
        yield lambda invoice: invoice.organization in query.organizationIds
    if query.productIds:
        yield lambda invoice: invoice.product in query.productIds


def _amount_tests(query: InvoiceQuery) -> Iterator[Test]:
    least, most = query.startingAmount, query.endingAmount
    if least is not None:
        yield lambda invoice: invoice.total >= least
    if most is not None:
        yield lambda invoice: invoice.total <= most


def _subscribers(store: Store, users: Sequence[str]) -> frozenset[str]:
    """The subscribers that some users are."""
    subscribers: frozenset[str] = frozenset()
    for user in users:
        try:
            subscribers |= personal.subscribers_of(store.world, store.principal, user)
        except UnknownRecord:
            continue  # a filter for nobody finds nothing
    return subscribers


def _within(start: datetime, end: datetime) -> Test:
    """The invoices whose period touches a time."""
    first, last = millis(start), millis(end)
    if first > last:
        raise Invalid(
            "startDate is after endDate",
            faults=[Fault("startDate", "is after endDate", "DATE_RANGE")],
        )

    def touches(invoice: InvoiceSummary) -> bool:
        return invoice.start <= last and (invoice.end is None or invoice.end > first)

    return touches


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)
