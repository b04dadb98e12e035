"""Closing: invoices whose time has come are frozen and numbered, sent, and paid."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.catalog.periods import add_units
from chalicelib.invoicing import ledger
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.ledger import Open
from chalicelib.invoicing.records import (
    INVOICE,
    INVOICE_NUMBERS,
    Invoice,
    State,
    invoice_of,
    record_of,
)
from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.kit.money import to_usd
from chalicelib.kit.parallel import at_once
from chalicelib.kit.telemetry import logger
from chalicelib.ports.documents import Record
from chalicelib.ports.outbound import Mail, Unreachable
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

_GRACE = HOUR
"""How long an invoice is held at least, so that the last events of its period have reached the
lake."""
_NUMBERS = "numbers"


def due_at(book: Book, invoice: Invoice) -> int | None:
    """When an invoice freezes: its end, and what the team holds it for. None for one without
    end."""
    if invoice.end is None:
        return None
    unit, count = (
        book.team_doc.get("invoiceHoldingPeriod"),
        book.team_doc.get("invoiceHoldingPeriodCount"),
    )
    held = add_units(invoice.end, unit, count) if count and unit and unit != "NONE" else invoice.end
    grace = _GRACE if invoice.end - invoice.start >= DAY else MINUTE
    return max(held, invoice.end + grace)


def settle(book: Book, opened: Mapping[str, Open]) -> tuple[int, int]:
    """Freeze all drafts that are due, and send what is frozen; how many of each.

    A ledger is told last: an invoice that it takes for a draft is known by its state.
    """
    frozen = _finalize(book, opened)
    issued = sum(each.issued is not None for each in frozen) + _issue(book, opened)
    at_once(lambda whose: ledger.close(book, whose), opened.values())
    return len(frozen), issued


def _finalize(book: Book, opened: Mapping[str, Open]) -> list[Invoice]:
    """Freeze and number what is due. Numbers have no gap, and no invoice ever has two. One that
    nobody is mailed is issued in the same write."""
    due = [
        (whose, record, invoice)
        for whose in opened.values()
        for record, invoice in whose.drafts.values()
        if (at := due_at(book, invoice)) is not None and at <= book.now
    ]
    due.sort(key=lambda each: (each[2].end, each[1].id))
    numbers = _numbers(book, [record.id for _, record, _ in due])

    def freeze(each: tuple[Open, Record, Invoice]) -> tuple[Record, Invoice]:
        whose, record, invoice = each
        frozen = replace(
            invoice, state=State.FINALIZED, number=numbers[record.id], finalized=book.now
        )
        if _mail_of(book, whose, frozen) is None:
            frozen = _issued(book, frozen)
        return ledger.write(book, record, frozen), frozen

    done = at_once(freeze, due)
    for (whose, record, _), (written, frozen) in zip(due, done, strict=True):
        del whose.drafts[record.id]
        if frozen.issued is None:
            whose.frozen[record.id] = written, frozen
        if not frozen.extra and frozen.end is not None:
            whose.ledger = replace(whose.ledger, next=frozen.end)
    return [frozen for _, frozen in done]


def _issue(book: Book, opened: Mapping[str, Open]) -> int:
    """Mail what is frozen; how many."""
    done = 0
    for whose in opened.values():
        for record, invoice in list(whose.frozen.values()):
            try:
                if mail := _mail_of(book, whose, invoice):
                    book.world.outbound.mail(book.tenant, mail)
            except Unreachable:
                logger().warning(
                    "invoice was not sent", extra={"team": book.team, "invoice": invoice.number}
                )
                continue  # the next run tries again
            ledger.write(book, record, _issued(book, invoice))
            del whose.frozen[record.id]
            done += 1
    return done


def _issued(book: Book, invoice: Invoice) -> Invoice:
    """One that nothing is owed for is closed at once."""
    settled = invoice.total <= 0 or invoice.payment_source == "INVOICE_ONLY_NO_PAYMENT"
    return replace(invoice, state=State.CLOSED if settled else State.ISSUED, issued=book.now)


def pay(world: World, team: str, number: str, amount: int, reference: str) -> Invoice:
    """Note a payment (billionths of the invoice's currency). The same `reference` again changes
    nothing.

    Raises NotFound for an unknown number, Invalid for an invoice that cannot be paid or an amount
    that is none, Stale.
    """
    if amount <= 0:
        raise Invalid("must be above 0", field="amount")
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
    """A number for each invoice. What was given stays noted until the next time, for a run that
    dies on the way.

    What such a run gave to drafts that are no more is free, and given next.
    """
    given: dict[str, str] = {}
    if not ids:
        return given
    noted = book.world.documents.get(book.team, INVOICE_NUMBERS, _NUMBERS)
    former = noted.doc["given"] if noted else {}
    reached = ledger.numbered(book, former)
    lost = [number for each, number in former.items() if each not in ids and number not in reached]

    def give(doc: Doc) -> Doc:
        given.clear()
        last, free = doc.get("last", 0), [*doc.get("free", ()), *lost]
        for each in ids:
            if each in former:
                given[each] = former[each]
            elif free:
                given[each] = free.pop(0)
            else:
                last += 1
                given[each] = f"INV-{last:06d}"
        return {"last": last, "given": dict(given), "free": free}

    amend(book.world.documents, book.team, INVOICE_NUMBERS, _NUMBERS, give)
    return given


def _mail_of(book: Book, whose: Open, invoice: Invoice) -> Mail | None:
    """An invoice for the subscriber and further recipients, when its product asks for that."""
    product = book.products.get(invoice.product)
    if product is None or not product.doc.get("notifyClientOnInvoice"):
        return None
    account = book.accounts.get(whose.account)
    more = account.record.doc.get("additionalInvoiceRecipients") if account else None
    addresses = [
        invoice.email,
        *(more or ()),
        *(product.doc.get("notificationAddressesOnInvoice") or ()),
    ]
    to = [each for each in dict.fromkeys(addresses) if each]
    period = f"{day_of(invoice.start)} to {day_of(max((invoice.end or 0) - 1, invoice.start))}"
    text = f"{product.name}, {period}: {to_usd(invoice.total):f} {invoice.currency}"
    return Mail(to, f"Invoice {invoice.number}", text) if to else None
