"""Period charges: the lines of invoices, as they are walked through and shown."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from chalicelib.catalog.elements import SYSTEM
from chalicelib.catalog.plans import present_amounts
from chalicelib.catalog.targets import TO_ELEMENT
from chalicelib.invoicing.invoices import (
    INVOICES,
    PRODUCT_OF,
    SUBSCRIPTION_OF,
    label_of,
    records_of_user,
)
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
from chalicelib.resources.errors import UnknownRecord, check_id
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


class _Line(NamedTuple):
    record: Record
    invoice: Invoice
    charge: Charge

    @property
    def place(self) -> Place:
        """Where it stands."""
        return fold(self.record.name), self.charge.number


Keep = Callable[[Record, Charge], bool]
Source = Callable[[str | None], tuple[Sequence[Record], str | None]]
"""From a cursor (None: the beginning) to invoices and the next cursor (None: the end)."""


def listed(store: Store, query: ChargeQuery) -> Row:
    """A page of a team's charges, in the order of their invoices' periods. Raises Invalid,
    UndecodableId."""
    keep = _between(query.startDate, query.endDate, ("startDate", "endDate"))
    if query.invoiceId:
        check_id(query.invoiceId, "invoiceId")
        record = store.world.documents.get(store.scope, INVOICE, query.invoiceId)
        return _walked(
            store, lambda _: ([record] if record else [], None), query.cursor, query.size, keep
        )

    def chunk(cursor: str | None) -> tuple[Sequence[Record], str | None]:
        page = store.world.documents.page(store.scope, INVOICE, cursor=cursor, limit=_CHUNK)
        return page.records, page.cursor

    return _walked(store, chunk, query.cursor, query.size, keep)


def of_user(store: Store, user: str, query: UserChargeQuery) -> Row:
    """A page of the charges of a user's subscriptions. Raises Invalid, UndecodableId,
    UnknownRecord."""
    if query.productId:
        check_id(query.productId, "productId")
    records = sorted(
        records_of_user(store, user, query.productId), key=lambda record: fold(record.name)
    )
    keep = _between(query.start, query.end, ("start", "end"))
    return _walked(store, lambda _: (records, None), query.cursor, query.size, keep)


def get(store: Store, charge: str) -> Row:
    """One charge. Raises UndecodableId, UnknownRecord."""
    check_id(charge)
    invoice_id, number = place_of(charge) or ("", 0)
    record = store.world.documents.get(store.scope, INVOICE, invoice_id)
    invoice = invoice_of(record) if record else None
    found = (
        next((each for each in invoice.charges if each.number == number), None) if invoice else None
    )
    if record is None or invoice is None or found is None:
        raise UnknownRecord("PeriodCharge", charge)
    return _rows(store, [_Line(record, invoice, found)])[0]


def _walked(store: Store, source: Source, token: str | None, size: int, keep: Keep) -> Row:
    """A page behind the line that a token names, in the order of invoices and numbers; whatever
    came in before it meanwhile. Where the token came from only saves reading what lies before."""
    cursor, last = _position(token)
    size, start = min(size, _MOST), cursor
    lines: list[_Line] = []
    while len(lines) <= size:
        start = cursor if len(lines) < size else start
        records, cursor = source(cursor)
        lines += [line for record in records for line in _lines(record, keep) if line.place > last]
        if cursor is None:
            break
    shown = lines[:size]
    return _page(store, shown, _token(start, shown[-1].place) if len(lines) > size else None)


def _lines(record: Record, keep: Keep) -> list[_Line]:
    invoice = invoice_of(record)
    numbered = sorted(invoice.charges, key=lambda charge: charge.number)
    return [_Line(record, invoice, charge) for charge in numbered if keep(record, charge)]


def _page(store: Store, lines: Sequence[_Line], token: str | None) -> Row:
    rows = _rows(store, lines)
    return {
        "_embedded": {"periodChargeResourceList": rows},
        "cursor": token,
        "hasMore": token is not None,
    }


def _token(cursor: str | None, place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps([cursor, *place]).encode()).decode()


def _position(token: str | None) -> tuple[str | None, Place]:
    if not token:
        return None, _BEGINNING
    try:
        match json.loads(base64.urlsafe_b64decode(token)):
            case [str() | None as cursor, str() as name, int() as number]:
                return cursor, (name, number)
    except ValueError as error:
        raise Invalid("is not the cursor of an earlier answer", field="cursor") from error
    raise Invalid("is not the cursor of an earlier answer", field="cursor")


def _between(start: datetime | None, end: datetime | None, names: tuple[str, str]) -> Keep:
    if (start is None) != (end is None):
        missing = names[0] if start is None else names[1]
        raise Invalid(
            f"{missing} must be given too",
            faults=[Fault(missing, "must be given too", "DATE_RANGE")],
        )
    if start is None or end is None:
        return lambda record, charge: True
    first, last = millis(start), millis(end)
    if first > last:
        raise Invalid(
            f"{names[0]} is after {names[1]}",
            faults=[Fault(names[0], f"is after {names[1]}", "DATE_RANGE")],
        )
    return lambda record, charge: first <= record.created_at <= last


def _rows(store: Store, lines: Sequence[_Line]) -> list[Row]:
    """What the lines refer to is read with one query a kind."""
    docs = [
        {"subscriptionId": invoice.subscription, "productId": charge.line.product or invoice.product,
         "elementId": charge.line.element}
        for _, invoice, charge in lines
    ]  # fmt: skip
    rows: list[Row] = [{} for _ in lines]
    for reference in _REFERENCES:
        wanted = [each for doc in docs if (each := doc[reference.flat])]
        known = references.read_referred(store.world, store.principal, reference, wanted)
        for row, doc in zip(rows, docs, strict=True):
            row |= references.present_reference(store.principal, reference, doc, known)
    return [_row(line, row) for line, row in zip(lines, rows, strict=True)]


def _row(place: _Line, row: Row) -> Row:
    record, invoice, (number, line) = (
        place.record,
        place.invoice,
        (place.charge.number, place.charge.line),
    )
    for flat in ("subscriptionId", "productId", "elementId"):
        row.pop(flat, None)
    own_id = charge_id(record.id, number)
    settled = invoice.state is not State.DRAFT
    times = {"created": iso(record.created_at), "updated": iso(record.updated_at)}
    link = {"id": record.id, "label": label_of(record), "resourceType": "invoice", **times}
    return row | times | {
        "id": own_id,
        "label": own_id,
        "transactionId": own_id,
        "resourceType": "period_charge",
        "_links": self_link(f"{PATH}/{own_id}"),
        "subscription": row["subscription"] or _lost(invoice.subscription, "subscription"),
        "product": row["product"] or _lost(line.product, "product"),
        "planElement": row["planElement"] or _built_in(line.element),
        "aggregatedElementValue": Decimal(line.quantity) if line.quantity is not None and line.element else None,
        "callCount": line.calls,
        "unmodifiedCallCount": line.calls,
        "charge": to_usd(line.charge),
        "unmodifiedCharge": to_usd(line.plain),
        "chargeDescription": line.description,
        "chargeType": line.charge_type,
        "type": line.type,
        "currency": invoice.currency,
        "expired": False,
        "invoice": link | {"_links": self_link(f"{INVOICES.path}/{record.id}")},
        "settled": settled,
        "settledAt": iso(invoice.finalized) if invoice.finalized else None,
        "setupFee": present_amounts(line.fee) if line.fee else None,
        "tier": present_amounts(line.tier) if line.tier and "name" in line.tier else None,
        "trialInProgress": line.trial,
    }  # fmt: skip


def _lost(record_id: str, resource_type: str) -> Row:
    """A reference to what was deleted for good."""
    return {"id": record_id, "label": None, "resourceType": resource_type}


def _built_in(element: str | None) -> Row | None:
    """A reference to a built-in element, which no team stores."""
    found = next((each for each in SYSTEM if each.id == element), None)
    return (
        {"id": found.id, "label": found.name, "resourceType": "metering_element_definition"}
        if found
        else None
    )
