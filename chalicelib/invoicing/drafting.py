"""Drafting: invoices of windows that are open, written anew by each run from all that is known by
then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.invoicing import ledger
from chalicelib.invoicing.accounts import NEVER, Account, Part
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.gathering import Rated
from chalicelib.invoicing.ledger import Open
from chalicelib.invoicing.rating import Line, free_calls, lines_of
from chalicelib.invoicing.records import SETUP_FEE, Invoice
from chalicelib.invoicing.tariffs import NO_PLAN, Doc
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Taken

MOST_WINDOWS = 400
"""That one run drafts for a subscription; of one that began long ago the next run does more."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """An invoice as it was written, and the window that it is about; None for one of adjustments
    only."""

    record: Record
    invoice: Invoice
    rated: Rated | None


def open_windows(book: Book, account: Account, opened: Open) -> Iterator[Rated]:
    """The windows of a subscription that no frozen invoice is about, up to now."""
    since = max(opened.ledger.next, account.begin)
    if account.begin > book.now or since >= account.end:
        return
    for number, window in enumerate(account.windows(since, book.now, book.plans)):
        if number == MOST_WINDOWS:
            return
        if (
            window.start < since and opened.ledger.next
        ):  # its plan had other periods when the last invoice froze
            window = replace(window, start=since, parts=_behind(window.parts, since))
        yield Rated(
            account, window, [book.tariffs.get(part.product, NO_PLAN) for part in window.parts]
        )


def draft(
    book: Book, opened: Open, targets: Sequence[Rated], adjusted: Mapping[str, Sequence[Line]]
) -> list[Drafted]:
    """Write the open invoices of a subscription. Drafts that are no more are left to be erased.

    `adjusted` are the lines by frozen invoice that this run found; what an earlier run found of
    others stays.
    """
    # By key: a run that died may have left a line both where it was and where it is now.
    pending = {
        line.key: line for _, invoice in opened.drafts.values() for line in invoice.adjustments
    }
    lines = [line for line in pending.values() if line.adjusts not in adjusted]
    lines += [line for each in adjusted.values() for line in each]
    drafts = {invoice.period: (record, invoice) for record, invoice in opened.drafts.values()}
    written: list[Drafted] = []
    for rated in targets:
        fresh = _invoice(book, rated)
        record, known = drafts.pop(fresh.period, (None, None))
        own = lines_of(rated.window, rated.tariffs, rated.measured, _fees(book, rated), book.now)
        placed = [line for line in lines if line.currency == fresh.currency]
        lines = [line for line in lines if line.currency != fresh.currency]
        invoice = _with_lines(fresh, known, [*own, *placed])
        invoice = replace(invoice, free_calls=free_calls(rated.window, own, rated.measured))
        written.append(Drafted(ledger.write(book, record, invoice), invoice, rated))
    extras = 0
    for currency in sorted({line.currency for line in lines}):
        periods = (
            period
            for period, (_, each) in drafts.items()
            if each.extra and each.currency == currency
        )
        period = next(periods, None)
        extras += period is None
        record, known = (
            drafts.pop(period) if period else (None, _extra(book, opened, currency, extras))
        )
        invoice = _with_lines(known, known, [line for line in lines if line.currency == currency])
        written.append(Drafted(ledger.write(book, record, invoice), invoice, None))
    opened.gone = {record.id: invoice for record, invoice in drafts.values()}
    opened.drafts = {each.record.id: (each.record, each.invoice) for each in written}
    ledger.close(book, opened, extras=extras)
    return written


def _with_lines(fresh: Invoice, known: Invoice | None, lines: Iterable[Line]) -> Invoice:
    if known:
        fresh = replace(fresh, charges=known.charges, next_number=known.next_number)
    return fresh.with_lines(list(lines))


def _behind(parts: Iterable[Part], since: int) -> list[Part]:
    """The parts of a window that come after an instant."""
    return [replace(part, start=max(part.start, since)) for part in parts if part.end > since]


def _invoice(book: Book, rated: Rated) -> Invoice:
    window, account = rated.window, rated.account
    part, tariff, measured = window.parts[-1], rated.tariffs[-1], rated.measured[-1]
    return replace(
        _headed(book, account, part.product),
        currency=tariff.currency,
        start=window.start,
        end=None if window.end == NEVER else window.end,
        opens=window.opens,
        calls=sum(each.calls for each in rated.measured),
        quantities={each.key: f"{each.quantity(measured):f}" for each in tariff.components},
        parts=[
            {"product": each.product, "start": each.start, "end": each.end, "trial": each.trial,
             "plan": book.plans.get(each.product)}
            for each in window.parts
        ],
    )  # fmt: skip


def _headed(book: Book, account: Account, product: str) -> Invoice:
    doc = account.record.doc
    known = book.products.get(product)
    source = known.doc.get("paymentSource") if known else None
    return Invoice(
        subscription=account.id,
        subscriber=doc.get("subscriberId") or "",
        email=doc.get("subscriberEmail") or "",
        organization=doc.get("organizationId") or "",
        owner=doc.get("ownerId") or "",
        product=product,
        currency="",
        start=0,
        end=None,
        opens=0,
        payment_source=source or "EXTERNAL_PAYMENT_NOTIFICATION",
    )


def _extra(book: Book, opened: Open, currency: str, number: int) -> Invoice:
    """An invoice for adjustments that no open window takes: the subscription has ended, or changed
    its currency."""
    account = book.accounts[opened.account]
    end = opened.ledger.next
    head = _headed(book, account, account.stints[-1].product)
    return replace(
        head, currency=currency, start=end, end=end, opens=end, extra=opened.ledger.extras + number
    )


def _fees(book: Book, rated: Rated) -> Sequence[Doc]:
    """The setup fees that fall due with the first window."""
    account = rated.account
    if rated.window.start != account.paid_from:
        return ()
    fees = rated.tariffs[0].fees
    return [
        fee
        for fee in fees
        if fee["type"] == "SUBSCRIPTION" or _first_of_organization(book, account, fee)
    ]


def _first_of_organization(book: Book, account: Account, fee: Doc) -> bool:
    """Whether this subscription pays the fee of its organization: whichever asked first does."""
    customer = account.record.doc.get("organizationId") or account.id
    claim = f"{customer}|{account.stints[0].product}|{fee['name']}"
    documents = book.world.documents
    known = documents.find(book.team, SETUP_FEE, "fee", claim)
    if known is None:
        fresh = Record(
            SETUP_FEE, new_id(), {"subscriptionId": account.id}, claim, unique={"fee": claim}
        )
        try:
            known = documents.create(book.team, fresh)
        except Taken:
            return _first_of_organization(book, account, fee)
    return bool(known.doc["subscriptionId"] == account.id)
