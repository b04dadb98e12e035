"""Drafting: invoices of windows that are open, written anew by each run from all that is known by
then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog.plan_records import PlanFee
from chalicelib.invoicing import ledger
from chalicelib.invoicing.accounts import NEVER, Account, Part
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.gathering import RatedWindow
from chalicelib.invoicing.ledger import Open, StoredInvoice
from chalicelib.invoicing.rating import InvoiceLine, count_unpriced_calls, free_calls, lines_of
from chalicelib.invoicing.records import SETUP_FEE, Invoice
from chalicelib.invoicing.tariffs import NO_PLAN
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Taken

MOST_WINDOWS = 400
"""That one run drafts for a subscription; of one that began long ago the next run does more."""


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice as this run has written it, and the window that it is about; None for one of
    adjustments only."""

    stored: StoredInvoice
    rated: RatedWindow | None

    @property
    def id(self) -> str:
        """The invoice's."""
        return self.stored.record.id

    @property
    def invoice(self) -> Invoice:
        """What was written."""
        return self.stored.invoice


def open_windows(book: Book, account: Account, opened: Open) -> Iterator[RatedWindow]:
    """The windows of a subscription that no frozen invoice is about, up to now."""
    since = max(opened.ledger.next, account.begin)
    if account.begin > book.now or since >= account.end:
        return
    for number, window in enumerate(account.windows(since, book.now, book.plans)):
        if number == MOST_WINDOWS:
            return
        if window.start < since and opened.ledger.next:
            # Its plan had other periods when the last invoice froze.
            window = replace(window, start=since, parts=_behind(window.parts, since))
        tariffs = [book.tariffs.get(part.product, NO_PLAN) for part in window.parts]
        yield RatedWindow(account, window, tariffs)


def draft(
    book: Book,
    opened: Open,
    targets: Sequence[RatedWindow],
    adjusted: Mapping[str, Sequence[InvoiceLine]],
) -> list[InvoiceDraft]:
    """Write the open invoices of a subscription. Drafts that are no more are left to be erased.

    `adjusted` are the lines by frozen invoice that this run found; what an earlier run found of
    others stays.
    """
    return _Drafter(book, opened, _adjustments(opened, adjusted)).draft(targets)


def _adjustments(opened: Open, adjusted: Mapping[str, Sequence[InvoiceLine]]) -> list[InvoiceLine]:
    """The lines about frozen invoices that open ones must have."""
    # By key: a run that died may have left a line both where it was and where it is now.
    pending: dict[str, InvoiceLine] = {}
    for stored in opened.drafts.values():
        for line in stored.invoice.adjustments:
            pending[line.key] = line
    lines = [line for line in pending.values() if line.adjusts not in adjusted]
    for found in adjusted.values():
        lines += found
    return lines


class _Drafter:
    """Writes the open invoices of one subscription. `lines` are adjustments that are yet to be
    placed."""

    def __init__(self, book: Book, opened: Open, lines: Sequence[InvoiceLine]) -> None:
        self._book, self._opened, self._lines = book, opened, list(lines)
        self._left = {stored.invoice.period: stored for stored in opened.drafts.values()}
        self._written: list[InvoiceDraft] = []

    def draft(self, targets: Sequence[RatedWindow]) -> list[InvoiceDraft]:
        """Write an invoice of each window, and of what adjustments are left then."""
        for rated in targets:
            self._draft_window(rated)
        extras = 0
        for currency in sorted({line.currency for line in self._lines}):
            extras += self._draft_adjustments(currency, extras + 1)
        self._opened.gone = {each.record.id: each.invoice for each in self._left.values()}
        self._opened.drafts = {each.id: each.stored for each in self._written}
        ledger.close(self._book, self._opened, extras=extras)
        return self._written

    def _draft_window(self, rated: RatedWindow) -> None:
        book = self._book
        invoice = _invoice(book, rated)
        before = self._left.pop(invoice.period, None)
        own = lines_of(rated.window, rated.usage, _fees(book, rated), book.now)
        lines = [*own, *self._take_lines(invoice.currency)]
        invoice = _with_lines(invoice, before, lines)
        invoice = replace(
            invoice,
            free_calls=free_calls(rated.usage, own),
            unpriced_calls=count_unpriced_calls(rated.usage),
        )
        self._write(before, invoice, rated)

    def _draft_adjustments(self, currency: str, number: int) -> bool:
        """Write an invoice of adjustments only; whether it is a new one, which is then the
        subscription's `number`-th of this run."""
        before = self._pop_extra(currency)
        if before is None:
            invoice = _extra(self._book, self._opened, currency, number)
        else:
            invoice = before.invoice
        invoice = _with_lines(invoice, before, self._take_lines(currency))
        self._write(before, invoice, None)
        return before is None

    def _pop_extra(self, currency: str) -> StoredInvoice | None:
        """A draft of adjustments in a currency that an earlier run has written."""
        for period, stored in self._left.items():
            if stored.invoice.extra and stored.invoice.currency == currency:
                return self._left.pop(period)
        return None

    def _take_lines(self, currency: str) -> list[InvoiceLine]:
        """The adjustments in a currency, which are placed with that."""
        taken = [line for line in self._lines if line.currency == currency]
        self._lines = [line for line in self._lines if line.currency != currency]
        return taken

    def _write(
        self, before: StoredInvoice | None, invoice: Invoice, rated: RatedWindow | None
    ) -> None:
        record = ledger.write(self._book, before.record if before else None, invoice)
        self._written.append(InvoiceDraft(StoredInvoice(record, invoice), rated))


def _with_lines(
    invoice: Invoice, before: StoredInvoice | None, lines: Sequence[InvoiceLine]
) -> Invoice:
    """An invoice with lines; those that it had in its former version keep their numbers."""
    if before:
        former = before.invoice
        invoice = replace(invoice, charges=former.charges, next_number=former.next_number)
    return invoice.with_lines(lines)


def _behind(parts: Iterable[Part], since: int) -> list[Part]:
    """The parts of a window that come after an instant."""
    return [replace(part, start=max(part.start, since)) for part in parts if part.end > since]


def _invoice(book: Book, rated: RatedWindow) -> Invoice:
    """The invoice of a window, yet without lines."""
    window, last = rated.window, rated.usage[-1]
    quantities: dict[str, str] = {}
    for component in last.tariff.components:
        quantities[component.key] = f"{component.quantity(last.measured):f}"
    return replace(
        _blank_invoice(book, rated.account, last.part.product),
        currency=last.tariff.currency,
        start=window.start,
        end=None if window.end == NEVER else window.end,
        opens=window.opens,
        calls=sum(measured.calls for measured in rated.measured),
        quantities=quantities,
        parts=[_stored_part(book, part) for part in window.parts],
    )


def _stored_part(book: Book, part: Part) -> dict[str, Any]:
    """A part of a window as invoices keep it."""
    plan = book.plans.get(part.product)
    return {
        "product": part.product,
        "start": part.start,
        "end": part.end,
        "trial": part.trial,
        "plan": plan.doc if plan else None,
    }


def _blank_invoice(book: Book, account: Account, product: str) -> Invoice:
    """An invoice that says whose it is and nothing else."""
    subscription = account.subscription
    sold = book.products.get(product)
    return Invoice(
        subscription=account.id,
        subscriber=subscription.subscriber_id,
        email=subscription.subscriber_email,
        organization=subscription.organization_id,
        owner=subscription.owner_id,
        product=product,
        currency="",
        start=0,
        end=None,
        opens=0,
        payment_source=(sold.payment_source if sold else "") or "EXTERNAL_PAYMENT_NOTIFICATION",
    )


def _extra(book: Book, opened: Open, currency: str, number: int) -> Invoice:
    """An invoice for adjustments that no open window takes: the subscription has ended, or changed
    its currency."""
    account = book.accounts[opened.account]
    end = opened.ledger.next
    return replace(
        _blank_invoice(book, account, account.stints[-1].product),
        currency=currency,
        start=end,
        end=end,
        opens=end,
        extra=opened.ledger.extras + number,
    )


def _fees(book: Book, rated: RatedWindow) -> list[PlanFee]:
    """The setup fees that fall due with the first window: the one that begins where the trial
    ends."""
    account = rated.account
    if rated.window.start != account.paid_from:
        return []
    return [fee for fee in rated.tariffs[0].fees if _is_due(book, account, fee)]


def _is_due(book: Book, account: Account, fee: PlanFee) -> bool:
    return fee.type == "SUBSCRIPTION" or _is_first_of_organization(book, account, fee)


def _is_first_of_organization(book: Book, account: Account, fee: PlanFee) -> bool:
    """Whether this subscription pays the fee of its organization: whichever asked first does."""
    customer = account.subscription.organization_id or account.id
    claim = f"{customer}|{account.stints[0].product}|{fee.name}"
    documents = book.world.documents
    holder = documents.find(book.team, SETUP_FEE, "fee", claim)
    if holder is None:
        doc = {"subscriptionId": account.id}
        fresh = Record(SETUP_FEE, new_id(), doc, claim, unique={"fee": claim})
        try:
            holder = documents.create(book.team, fresh)
        except Taken:
            return _is_first_of_organization(book, account, fee)
    return bool(holder.doc["subscriptionId"] == account.id)
