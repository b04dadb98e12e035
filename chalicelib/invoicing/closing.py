"""Closing: invoices whose time has come are frozen and numbered, and sent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.catalog.periods import add_units
from chalicelib.catalog.plan_records import NO_PERIOD
from chalicelib.invoicing import ledger
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.ledger import Open, StoredInvoice
from chalicelib.invoicing.records import INVOICE_NUMBERS, ONLY_INVOICED, Invoice, State
from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of
from chalicelib.kit.logs import logger
from chalicelib.kit.money import to_usd
from chalicelib.kit.parallel import at_once
from chalicelib.ports.outbound import Mail, Unreachable
from chalicelib.resources.amend import Doc, amend

_GRACE = HOUR
"""How long an invoice is held at least, so that the last events of its period have reached the
lake."""
_NUMBERS = "numbers"


def due_at(book: Book, invoice: Invoice) -> int | None:
    """When an invoice freezes (UTC epoch ms): its end, and what the team holds it for. None for one
    without end."""
    if invoice.end is None:
        return None
    unit, count = book.settings.holding_period, book.settings.holding_count
    held = invoice.end
    if count and unit and unit != NO_PERIOD:
        held = add_units(invoice.end, unit, count)
    grace = _GRACE if invoice.end - invoice.start >= DAY else MINUTE
    return max(held, invoice.end + grace)


def close_due(book: Book, opened: Mapping[str, Open]) -> tuple[int, int]:
    """Freeze all drafts that are due, and send what is frozen; how many of each.

    A ledger is told last: an invoice that it takes for a draft is known by its state.
    """
    frozen = _freeze_due(book, opened)
    issued = sum(invoice.issued is not None for invoice in frozen) + _issue(book, opened)
    at_once(lambda whose: ledger.close(book, whose), opened.values())
    return len(frozen), issued


def _freeze_due(book: Book, opened: Mapping[str, Open]) -> list[Invoice]:
    """Freeze and number what is due. Numbers have no gap, and no invoice ever has two. One that
    nobody is mailed is issued in the same write."""
    due = _find_due(book, opened)
    numbers = _numbers(book, [stored.record.id for _, stored in due])

    def freeze(each: tuple[Open, StoredInvoice]) -> StoredInvoice:
        whose, stored = each
        number = numbers[stored.record.id]
        frozen = replace(stored.invoice, state=State.FINALIZED, number=number, finalized=book.now)
        if _mail_of(book, whose, frozen) is None:
            frozen = _with_issue(book, frozen)
        return StoredInvoice(ledger.write(book, stored.record, frozen), frozen)

    done = at_once(freeze, due)
    for (whose, _), stored in zip(due, done, strict=True):
        invoice = stored.invoice
        del whose.drafts[stored.record.id]
        if invoice.issued is None:
            whose.frozen[stored.record.id] = stored
        if not invoice.extra and invoice.end is not None:
            whose.ledger = replace(whose.ledger, next=invoice.end)
    return [stored.invoice for stored in done]


def _find_due(book: Book, opened: Mapping[str, Open]) -> list[tuple[Open, StoredInvoice]]:
    """The drafts whose time has come, in the order in which they are numbered."""
    due: list[tuple[Open, StoredInvoice]] = []
    for whose in opened.values():
        for stored in whose.drafts.values():
            at = due_at(book, stored.invoice)
            if at is not None and at <= book.now:
                due.append((whose, stored))
    return sorted(due, key=lambda each: (each[1].invoice.end, each[1].record.id))


def _issue(book: Book, opened: Mapping[str, Open]) -> int:
    """Mail what is frozen; how many."""
    done = 0
    for whose in opened.values():
        for stored in list(whose.frozen.values()):
            if not _send(book, whose, stored.invoice):
                continue  # the next run tries again
            ledger.write(book, stored.record, _with_issue(book, stored.invoice))
            del whose.frozen[stored.record.id]
            done += 1
    return done


def _send(book: Book, whose: Open, invoice: Invoice) -> bool:
    """Mail an invoice to whoever is to have it; False when the mail could not be sent."""
    mail = _mail_of(book, whose, invoice)
    if mail is None:
        return True
    try:
        book.world.outbound.mail(book.tenant, mail)
    except Unreachable:
        extra = {"team": book.team, "invoice": invoice.number}
        logger().warning("invoice was not sent", extra=extra)
        return False
    return True


def _with_issue(book: Book, invoice: Invoice) -> Invoice:
    """The invoice as it was issued now. One that nothing is owed for is closed at once."""
    owes_nothing = invoice.total <= 0 or invoice.payment_source == ONLY_INVOICED
    return replace(invoice, state=State.CLOSED if owes_nothing else State.ISSUED, issued=book.now)


def _numbers(book: Book, ids: Sequence[str]) -> dict[str, str]:
    """A number for each invoice. What was given stays noted until the next time, for a run that
    dies on the way.

    What such a run gave to drafts that are no more is free, and given next.
    """
    given: dict[str, str] = {}
    if not ids:
        return given
    stored = book.world.documents.get(book.team, INVOICE_NUMBERS, _NUMBERS)
    former: Mapping[str, str] = stored.doc["given"] if stored else {}
    reached = ledger.find_numbers(book, former)
    lost: list[str] = []
    for invoice, number in former.items():
        if invoice not in ids and number not in reached:
            lost.append(number)

    def give(doc: Doc) -> Doc:
        given.clear()
        last, free = doc.get("last", 0), [*doc.get("free", ()), *lost]
        for invoice in ids:
            if invoice in former:
                given[invoice] = former[invoice]
            elif free:
                given[invoice] = free.pop(0)
            else:
                last += 1
                given[invoice] = f"INV-{last:06d}"
        return {"last": last, "given": dict(given), "free": free}

    amend(book.world.documents, book.team, INVOICE_NUMBERS, _NUMBERS, give)
    return given


def _mail_of(book: Book, whose: Open, invoice: Invoice) -> Mail | None:
    """An invoice for the subscriber and further recipients, when its product asks for that."""
    product = book.products.get(invoice.product)
    if product is None or not product.sends_invoices:
        return None
    account = book.accounts.get(whose.account)
    addresses = [invoice.email]
    if account:
        addresses += account.subscription.invoice_addresses
    addresses += product.invoice_addresses
    to = [address for address in dict.fromkeys(addresses) if address]
    last = max((invoice.end or 0) - 1, invoice.start)
    period = f"{day_of(invoice.start)} to {day_of(last)}"
    text = f"{product.name}, {period}: {to_usd(invoice.total):f} {invoice.currency}"
    return Mail(to, f"Invoice {invoice.number}", text) if to else None
