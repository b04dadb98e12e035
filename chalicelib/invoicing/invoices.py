"""Invoices as they are listed and shown."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from chalicelib.catalog import personal
from chalicelib.catalog.subscribers import CUSTOMER
from chalicelib.catalog.targets import TO_PRODUCT, TO_SUBSCRIBER, TO_SUBSCRIPTION
from chalicelib.invoicing.records import INVOICE, invoice_of, summary_of
from chalicelib.invoicing.schemas import InvoiceQuery, InvoiceResource
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record, walk
from chalicelib.resources.errors import UnknownRecord, check_id
from chalicelib.resources.references import OWN_TEAM, Reference, Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import PageQuery
from chalicelib.resources.store import Store

_FLAT = ("organizationId", "productId", "subscriptionId", "subscriberId", "teamId")
_SUMMED = ("totalAdjusted", "totalAmount", "totalPaidAmount", "totalRefund")
SUBSCRIPTION_OF = Reference("subscription", "subscriptionId", TO_SUBSCRIPTION)
PRODUCT_OF = Reference("product", "productId", TO_PRODUCT)


def _present(store: Store, record: Record, row: Row) -> Row:
    invoice = invoice_of(record)
    for flat in _FLAT:
        row.pop(flat, None)
    summary = summary_of(invoice)
    owner = row["subscriptionOwner"] or {
        "id": invoice.subscriber,
        "label": invoice.email,
        "resourceType": "subscriber",
    }
    return row | summary | {
        "label": label_of(record),
        "subscriptionOwner": owner,
        "finalized": _iso(invoice.finalized),
        "issued": _iso(invoice.issued),
        "startDate": iso(invoice.start),
        "endDate": _iso(invoice.end),
        "paymentSource": invoice.payment_source,
        "isDemo": False,
    } | {member: Decimal(str(summary[member])) for member in _SUMMED}  # fmt: skip


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
    return record.doc["number"] or f"Draft {iso(record.doc['start'])[:10]}"


def listed(store: Store, query: InvoiceQuery, asked: Request) -> Row:
    """A page of a team's invoices, in the order of their periods. Raises Invalid, UndecodableId,
    TooMany."""
    tests = list(_tests(store, query))
    if not tests:
        return store.page(query, asked)
    invoices = walk(store.world.documents, store.scope, INVOICE)
    found = filter(lambda record: all(test(record) for test in tests), invoices)
    return store.page_of(found, _in_order(query), asked)


def of_user(store: Store, user: str, query: PageQuery, asked: Request) -> Row:
    """A page of the invoices of a user's subscriptions."""
    return store.page_of(records_of_user(store, user), _in_order(query), asked)


def records_of_user(store: Store, user: str, product: str | None = None) -> Iterator[Record]:
    """The invoices of a user's subscriptions. Raises UndecodableId, UnknownRecord."""
    for subscriber in personal.subscribers_of(store.world, store.principal, user):
        kept: Callable[[Record], bool] = partial(_is_of, subscriber, product)
        yield from filter(kept, walk(store.world.documents, store.scope, INVOICE))


def _is_of(subscriber: str, product: str | None, record: Record) -> bool:
    return record.doc["subscriber"] == subscriber and product in (None, "", record.doc["product"])


def _in_order(query: PageQuery) -> Any:  # noqa: ANN401 - the same type of query
    return query if query.sort else query.model_copy(update={"sort": ["startDate"]})


def _tests(store: Store, query: InvoiceQuery) -> Iterator[Callable[[Record], bool]]:
    """One for each parameter that says something."""
    for name, ids in (("userIds", query.userIds), ("organizationIds", query.organizationIds),
                      ("productIds", query.productIds)):  # fmt: skip
        for text in ids:
            check_id(text, name)
    if query.invoiceNumber:
        yield lambda record: record.doc["number"] == query.invoiceNumber
    if query.startDate and query.endDate:
        yield _within(query.startDate, query.endDate)
    if query.userIds:
        subscribers = _subscribers(store, query.userIds)
        yield lambda record: record.doc["subscriber"] in subscribers
    if query.organizationIds:
        yield lambda record: record.doc["organization"] in query.organizationIds
    if query.productIds:
        yield lambda record: record.doc["product"] in query.productIds
    if query.startingAmount is not None:
        least = query.startingAmount
        yield lambda record: Decimal(record.doc["totalAmount"]) >= least
    if query.endingAmount is not None:
        most = query.endingAmount
        yield lambda record: Decimal(record.doc["totalAmount"]) <= most
    if query.payStates:
        yield lambda record: record.doc["invoicePayStatus"] in query.payStates
    if query.states:
        yield lambda record: record.doc["state"] in query.states
    if query.accountId or query.accountName or query.accountNumber:
        yield (
            lambda record: False
        )  # accounts are those of a payment provider, which no invoice here has


def _subscribers(store: Store, users: Sequence[str]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for user in users:
        try:
            found |= personal.subscribers_of(store.world, store.principal, user)
        except UnknownRecord:
            continue  # a filter for nobody finds nothing
    return found


def _within(start: datetime, end: datetime) -> Callable[[Record], bool]:
    first, last = millis(start), millis(end)
    if first > last:
        raise Invalid(
            "startDate is after endDate",
            faults=[Fault("startDate", "is after endDate", "DATE_RANGE")],
        )

    def touches(record: Record) -> bool:
        invoice_end = record.doc["end"]
        return bool(record.doc["start"] <= last and (invoice_end is None or invoice_end > first))

    return touches


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)
