"""Closing: invoices whose time has come are frozen and numbered, sent, and paid."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.billing import ledger
from chalicelib.billing.book import Book
from chalicelib.billing.ledger import Open
from chalicelib.billing.records import INVOICE, INVOICE_NUMBERS, Invoice, State, invoice_of, record_of
from chalicelib.catalog.periods import after
from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.money import to_usd
from chalicelib.kit.telemetry import logger
from chalicelib.lake.amend import Doc, amend
from chalicelib.ports.outbound import Mail, Unreachable
from chalicelib.ports.world import World

_GRACE = HOUR
"""How long an invoice is held at least, so that the last events of its period have reached the lake."""
_NUMBERS = "numbers"


def due_at(book: Book, invoice: Invoice) -> int | None:
    """When an invoice freezes: its end, and what the team holds it for. None for one without end."""
    if invoice.end is None:
        return None
    unit, count = book.team_doc.get("invoiceHoldingPeriod"), book.team_doc.get("invoiceHoldingPeriodCount")
    held = after(invoice.end, unit, count) if count and unit and unit != "NONE" else invoice.end
    grace = _GRACE if invoice.end - invoice.start >= DAY else MINUTE
    return max(held, invoice.end + grace)


def finalize(book: Book, opened: Mapping[str, Open]) -> int:
    """Freeze and number all drafts that are due; how many. Numbers have no gap, and no invoice ever has two."""
    due = [
        (whose, record, invoice)
        for whose in opened.values()
        for record, invoice in whose.drafts.values()
        if (at := due_at(book, invoice)) is not None and at <= book.now
    ]
    due.sort(key=lambda each: (each[2].end, each[1].id))
    numbers = _numbers(book, [record.id for _, record, _ in due])
    for whose, record, invoice in due:
        frozen = replace(invoice, state=State.FINALIZED, number=numbers[record.id], finalized=book.now)
        written = ledger.write(book, record, frozen)
        del whose.drafts[record.id]
        whose.frozen[record.id] = written, frozen
        if not frozen.extra and frozen.end is not None:
            whose.ledger = replace(whose.ledger, next=frozen.end)
        ledger.close(book, whose)
    return len(due)


def issue(book: Book, opened: Mapping[str, Open]) -> int:
    """Send what is frozen; how many. One that nothing is owed for is closed."""
    done = 0
    for whose in opened.values():
        for record, invoice in list(whose.frozen.values()):
            try:
                _send(book, whose, invoice)
            except Unreachable:
                logger().warning("invoice was not sent", extra={"team": book.team, "invoice": invoice.number})
                continue  # the next run tries again
            settled = invoice.total <= 0 or invoice.payment_source == "INVOICE_ONLY_NO_PAYMENT"
            state = State.CLOSED if settled else State.ISSUED
            ledger.write(book, record, replace(invoice, state=state, issued=book.now))
            del whose.frozen[record.id]
            ledger.close(book, whose)
            done += 1
    return done


def pay(world: World, team: str, number: str, amount: int, reference: str) -> Invoice:
    """Note a payment (billionths of the invoice's currency). The same `reference` again changes nothing.

    Raises NotFound for an unknown number, Invalid for an invoice that cannot be paid, Stale.
    """
    record = world.documents.find(team, INVOICE, "number", number)
    if record is None:
        raise NotFound(f"there is no invoice {number}")
    invoice = invoice_of(record)
    if any(each["reference"] == reference for each in invoice.payments):
        return invoice
    if invoice.issued is None or invoice.payment_source == "INVOICE_ONLY_NO_PAYMENT":
        raise Invalid(f"invoice {number} is {invoice.state} and takes no payments", field="number")
    payments = [*invoice.payments, {"amount": amount, "at": world.now(), "reference": reference}]
    paid = replace(invoice, payments=payments)
    paid = replace(paid, state=State.PAID if paid.paid >= paid.total else State.PARTIALLY_PAID)
    world.documents.update(team, replace(record_of(paid, record), updated_at=world.now()))
    return paid


def _numbers(book: Book, ids: Sequence[str]) -> dict[str, str]:
    """A number for each invoice. What was given stays noted until the next time, for a run that dies on the way."""
    given: dict[str, str] = {}

    def give(doc: Doc) -> Doc | None:
        given.clear()
        last = doc.get("last", 0)
        former = doc.get("given", {})
        for each in ids:
            if each in former:
                given[each] = former[each]
            else:
                last += 1
                given[each] = f"INV-{last:06d}"
        return {"last": last, "given": dict(given)} if ids else None

    amend(book.world.documents, book.team, INVOICE_NUMBERS, _NUMBERS, give)
    return given


def _send(book: Book, whose: Open, invoice: Invoice) -> None:
    """Mail an invoice to the subscriber and further recipients, when its product asks for that."""
    product = book.products.get(invoice.product)
    if product is None or not product.doc.get("notifyClientOnInvoice"):
        return
    account = book.accounts.get(whose.account)
    more = account.record.doc.get("additionalInvoiceRecipients") if account else None
    to = [invoice.email, *(more or ()), *(product.doc.get("notificationAddressesOnInvoice") or ())]
    period = f"{day_of(invoice.start)} to {day_of(max((invoice.end or 0) - 1, invoice.start))}"
    text = f"{product.name}, {period}: {to_usd(invoice.total):f} {invoice.currency}"
    subject = f"Invoice {invoice.number}"
    book.world.outbound.mail(book.tenant, Mail([each for each in dict.fromkeys(to) if each], subject, text))
