"""Paying: payments of invoices are noted once, listed, and leave an audit entry each."""

from dataclasses import dataclass, replace
from typing import Any

from chalicelib.invoicing.records import (
    INVOICE,
    ONLY_INVOICED,
    Invoice,
    State,
    invoice_of,
    record_of,
)
from chalicelib.invoicing.schemas import InvoicePaymentResource, NewInvoicePayment
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.http.messages import Request
from chalicelib.kit.money import to_nano, to_usd
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.amend import retry
from chalicelib.resources.audit import PAYMENT, note_change
from chalicelib.resources.errors import Duplicate, UnknownRecord
from chalicelib.resources.revisions import name_author
from chalicelib.resources.schemas import PageQuery, plain_members
from chalicelib.resources.store import Store

_MOST = 1_000
"""Payments of one invoice: it is one document."""
_NAME, _ROWS = "Payment", "invoicePaymentList"


@dataclass(frozen=True, slots=True)
class Payment:
    """What came in: billionths of the invoice's currency, under a reference of its own; and who
    notes it. `currency` is what the payer calls it, empty for nothing."""

    amount: int
    reference: str
    author: str
    currency: str = ""


def find_by_number(world: World, team: Scope, number: str) -> Record:
    """The invoice of a number. Raises NotFound."""
    record = world.documents.find(team, INVOICE, "number", number)
    if record is None:
        raise NotFound(f"there is no invoice {number}")
    return record


def pay(world: World, team: Scope, record_id: str, payment: Payment) -> Invoice:
    """Note a payment; the invoice with it. The same reference and amount again change nothing.

    Raises UnknownRecord, Invalid for an invoice that cannot be paid, an amount that is none or
    another currency than the invoice's, Duplicate for a reference under which another amount was
    paid, Stale.
    """
    if payment.amount <= 0:
        raise Invalid("must be above 0", field="amount")

    def attempt() -> tuple[Invoice, bool]:
        record = world.documents.get(team, INVOICE, record_id)
        if record is None:
            raise UnknownRecord("Invoice", record_id)
        invoice = invoice_of(record)
        if payment.currency not in ("", invoice.currency):
            raise Invalid(f"the invoice is in {invoice.currency}", field="currency")
        if _is_known(invoice, payment):
            return invoice, False
        after = _with_payment(invoice, payment, world.now())
        world.documents.update(team, replace(record_of(after, record), updated_at=world.now()))
        return after, True

    invoice, is_new = retry(attempt)
    if is_new:
        facts = {
            "invoice": invoice.number,
            "reference": payment.reference,
            "amount": f"{to_usd(payment.amount):f} {invoice.currency}",
        }
        note_change(world, team, PAYMENT, payment.author, facts)
    return invoice


def note_payment(store: Store, record_id: str, sent: NewInvoicePayment) -> Record:
    """Note a payment for a caller; the invoice's record with it. Raises as `pay` does."""
    world, team = store.world, store.scope
    author, currency = name_author(world, store.principal), sent.currency or ""
    payment = Payment(to_nano(sent.amount), sent.reference, author, currency)
    pay(world, team, store.get(record_id).id, payment)
    return store.get(record_id)


def page_payments(store: Store, record_id: str, query: PageQuery, asked: Request) -> dict[str, Any]:
    """A HAL page of an invoice's payments, the newest first. Raises UnknownRecord, Invalid."""
    invoice = invoice_of(store.get(record_id))
    rows = [
        {
            "reference": payment["reference"],
            "amount": to_usd(payment["amount"]),
            "currency": invoice.currency,
            "notedAt": iso(payment["at"]),
            "author": payment.get("author"),
        }
        for payment in reversed(invoice.payments)
    ]
    orders = hal.parse_sort(query.sort, plain_members(InvoicePaymentResource), _NAME)
    ordered = hal.sort_rows(rows, orders, lambda row, member: row[member])
    return hal.build_page(asked, query.request, _ROWS, query.request.cut(ordered), len(ordered))


def _is_known(invoice: Invoice, payment: Payment) -> bool:
    """Whether the payment was noted before. Raises Duplicate where its reference says another
    amount."""
    for former in invoice.payments:
        if former["reference"] == payment.reference:
            if former["amount"] != payment.amount:
                raise Duplicate(_NAME, "reference", payment.reference)
            return True
    return False


def _with_payment(invoice: Invoice, payment: Payment, now: int) -> Invoice:
    if invoice.issued is None or invoice.payment_source == ONLY_INVOICED:
        called = f"invoice {invoice.number}" if invoice.number else "this invoice"
        raise Invalid(f"{called} is {invoice.state} and takes no payments", field="number")
    if len(invoice.payments) >= _MOST:
        raise Invalid(f"invoice {invoice.number} has {_MOST} payments already", field="number")
    told = {
        "amount": payment.amount,
        "at": now,
        "reference": payment.reference,
        "author": payment.author,
    }
    after = replace(invoice, payments=[*invoice.payments, told])
    state = State.PAID if after.paid_amount >= after.total else State.PARTIALLY_PAID
    return replace(after, state=state)
