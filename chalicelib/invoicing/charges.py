"""Period charges: the lines of invoices, as they are walked through and shown."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chalicelib.catalog.elements import SYSTEM
from chalicelib.catalog.plans import present_amounts
from chalicelib.catalog.targets import TO_ELEMENT
from chalicelib.invoicing.invoices import (
    INVOICES,
    PRODUCT_OF,
    SUBSCRIPTION_OF,
    label_of,
    walk_invoices_of,
)
from chalicelib.invoicing.rating import InvoiceLine
from chalicelib.invoicing.records import (
    INVOICE,
    Charge,
    Invoice,
    State,
    charge_id,
    invoice_of,
    place_of,
)
from chalicelib.invoicing.schemas import ChargeQuery, UserChargeQuery
from chalicelib.kit.clock import iso, millis
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record, fold
from chalicelib.resources import references
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.hal import self_link
from chalicelib.resources.references import Reference, Row
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/period-charges"
_MOST = 100
_CHUNK = 50
_ELEMENT_OF = Reference("planElement", "elementId", TO_ELEMENT)
_REFERENCES = (SUBSCRIPTION_OF, PRODUCT_OF, _ELEMENT_OF)


Place = tuple[str, int]
"""The name of an invoice, folded, and the number of a charge in it."""
_BEGINNING: Place = ("", -1)


@dataclass(frozen=True, slots=True)
class _PlacedCharge:
    """A charge, and the invoice that it stands in, with its record."""

    record: Record
    invoice: Invoice
    charge: Charge

    @property
    def place(self) -> Place:
        """Where it stands."""
        return fold(self.record.name), self.charge.number


Keep = Callable[[Record], bool]
"""Whether the charges of an invoice are wanted, by its record."""
ChunkReader = Callable[[str | None], tuple[Sequence[Record], str | None]]
"""From a cursor (None: the beginning) to invoices and the next cursor (None: the end)."""


def page_charges(store: Store, query: ChargeQuery) -> Row:
    """A page of a team's charges, in the order of their invoices' periods. Raises Invalid,
    UndecodableId."""
    keep = _between(query.startDate, query.endDate, ("startDate", "endDate"))
    documents = store.world.documents
    if query.invoiceId:
        check_id(query.invoiceId, "invoiceId")
        record = documents.get(store.scope, INVOICE, query.invoiceId)
        return _walk_page(store, _all_of([record] if record else []), query, keep)

    def read_chunk(cursor: str | None) -> tuple[Sequence[Record], str | None]:
        page = documents.page(store.scope, INVOICE, cursor=cursor, limit=_CHUNK)
        return page.records, page.cursor

    return _walk_page(store, read_chunk, query, keep)


def page_charges_of(store: Store, user: str, query: UserChargeQuery) -> Row:
    """A page of the charges of a user's subscriptions. Raises Invalid, UndecodableId,
    UnknownRecord."""
    if query.productId:
        check_id(query.productId, "productId")
    records = list(walk_invoices_of(store, user, query.productId))
    records.sort(key=lambda record: fold(record.name))
    keep = _between(query.start, query.end, ("start", "end"))
    return _walk_page(store, _all_of(records), query, keep)


def read_charge(store: Store, charge: str) -> Row:
    """One charge. Raises UndecodableId, UnknownRecord."""
    check_id(charge)
    invoice_id, number = place_of(charge) or ("", 0)
    record = store.world.documents.get(store.scope, INVOICE, invoice_id)
    if record is not None:
        for placed in _charges_of(record):
            if placed.charge.number == number:
                return _rows(store, [placed])[0]
    raise UnknownRecord("PeriodCharge", charge)


def _all_of(records: Sequence[Record]) -> ChunkReader:
    """A source of some records, at once."""
    return lambda _: (records, None)


def _walk_page(
    store: Store, read_chunk: ChunkReader, query: ChargeQuery | UserChargeQuery, keep: Keep
) -> Row:
    """A page behind the charge that a token names, in the order of invoices and numbers; whatever
    came in before it meanwhile. Where the token came from only saves reading what lies before."""
    cursor, last = _position(query.cursor)
    size, start = min(query.size, _MOST), cursor
    charges: list[_PlacedCharge] = []
    while len(charges) <= size:
        if len(charges) < size:
            start = cursor
        records, cursor = read_chunk(cursor)
        for record in filter(keep, records):
            charges += [placed for placed in _charges_of(record) if placed.place > last]
        if cursor is None:
            break
    shown = charges[:size]
    token = _token(start, shown[-1].place) if len(charges) > size else None
    return {
        "_embedded": {"periodChargeResourceList": _rows(store, shown)},
        "cursor": token,
        "hasMore": token is not None,
    }


def _charges_of(record: Record) -> list[_PlacedCharge]:
    """The charges of an invoice, by their numbers."""
    invoice = invoice_of(record)
    ordered = sorted(invoice.charges, key=lambda charge: charge.number)
    return [_PlacedCharge(record, invoice, charge) for charge in ordered]


def _token(cursor: str | None, place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([cursor, *place]).encode()).decode()


def _position(token: str | None) -> tuple[str | None, Place]:
    """The cursor and the place that a token holds. Raises Invalid."""
    if not token:
        return None, _BEGINNING
    refusal = Invalid("is not the cursor of an earlier answer", field="cursor")
    try:
        match json.loads(base64.urlsafe_b64decode(token)):
            case [str() | None as cursor, str() as name, int() as number]:
                return cursor, (name, number)
    except ValueError as error:
        raise refusal from error
    raise refusal


def _between(start: datetime | None, end: datetime | None, names: tuple[str, str]) -> Keep:
    """The invoices that were made between two instants, both inclusive; all without them. `names`
    are those of the parameters. Raises Invalid."""
    if start is None and end is None:
        return lambda _: True
    if start is None or end is None:
        missing = names[0] if start is None else names[1]
        raise _date_range_fault(missing, f"{missing} must be given too", "must be given too")
    first, last = millis(start), millis(end)
    if first > last:
        message = f"{names[0]} is after {names[1]}"
        raise _date_range_fault(names[0], message, f"is after {names[1]}")
    return lambda record: first <= record.created_at <= last


def _date_range_fault(field: str, message: str, fault: str) -> Invalid:
    return Invalid(message, faults=[Fault(field, fault, "DATE_RANGE")])


def _rows(store: Store, charges: Sequence[_PlacedCharge]) -> list[Row]:
    """Charges as they are shown. What they refer to is read with one query a kind."""
    docs = [_referring_doc(placed) for placed in charges]
    rows: list[Row] = [{} for _ in charges]
    for reference in _REFERENCES:
        wanted = list(filter(None, (doc[reference.flat] for doc in docs)))
        known = references.read_referred(store.world, store.principal, reference, wanted)
        for row, doc in zip(rows, docs, strict=True):
            row |= references.present_reference(store.principal, reference, doc, known)
    return [_row(placed, row) for placed, row in zip(charges, rows, strict=True)]


def _referring_doc(placed: _PlacedCharge) -> dict[str, str | None]:
    """What a charge refers to, under the flat names of the references."""
    line = placed.charge.line
    return {
        "subscriptionId": placed.invoice.subscription,
        "productId": line.product or placed.invoice.product,
        "elementId": line.element,
    }


def _row(placed: _PlacedCharge, row: Row) -> Row:
    """A charge as it is shown; `row` has its references."""
    record, invoice, line = placed.record, placed.invoice, placed.charge.line
    own_id = charge_id(record.id, placed.charge.number)
    times = {"created": iso(record.created_at), "updated": iso(record.updated_at)}
    return {
        **times,
        "id": own_id,
        "label": own_id,
        "transactionId": own_id,
        "resourceType": "period_charge",
        "_links": self_link(f"{PATH}/{own_id}"),
        "subscription": row["subscription"]
        or _refer_to_deleted(invoice.subscription, "subscription"),
        "product": row["product"] or _refer_to_deleted(line.product, "product"),
        "planElement": row["planElement"] or _built_in(line.element),
        "aggregatedElementValue": _element_value(line),
        "callCount": line.calls,
        "unmodifiedCallCount": line.calls,
        "charge": to_usd(line.charge),
        "unmodifiedCharge": to_usd(line.plain),
        "chargeDescription": line.description,
        "chargeType": line.charge_type,
        "type": line.type,
        "currency": invoice.currency,
        "expired": False,
        "invoice": {
            "id": record.id,
            "label": label_of(record),
            "resourceType": "invoice",
            **times,
            "_links": self_link(f"{INVOICES.path}/{record.id}"),
        },
        "settled": invoice.state is not State.DRAFT,
        "settledAt": iso(invoice.finalized) if invoice.finalized else None,
        "setupFee": present_amounts(line.fee) if line.fee else None,
        "tier": present_amounts(line.tier) if line.tier and "name" in line.tier else None,
        "trialInProgress": line.trial,
        "unpricedCallCount": line.unpriced_calls,
    }


def _element_value(line: InvoiceLine) -> Decimal | None:
    """The quantity of an element that a line is about."""
    if line.quantity is None or not line.element:
        return None
    return Decimal(line.quantity)


def _refer_to_deleted(record_id: str, resource_type: str) -> Row:
    """A reference to what was deleted for good."""
    return {"id": record_id, "label": None, "resourceType": resource_type}


def _built_in(element: str | None) -> Row | None:
    """A reference to a built-in element, which no team stores."""
    for record in SYSTEM:
        if record.id == element:
            return {
                "id": record.id,
                "label": record.name,
                "resourceType": "metering_element_definition",
            }
    return None
