"""The ledger: the open invoices of every subscription, and how they are written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from chalicelib.invoicing.book import Book
from chalicelib.invoicing.records import (
    ACCOUNT,
    INVOICE,
    Invoice,
    Ledger,
    State,
    invoice_of,
    record_of,
)
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Taken, walk
from chalicelib.resources.listing import read_many

_DRAWS = 3


@dataclass(frozen=True, slots=True)
class StoredInvoice:
    """An invoice, and its record as it is stored."""

    record: Record
    invoice: Invoice

    @classmethod
    def of(cls, record: Record) -> "StoredInvoice":
        """The invoice of a record, with it."""
        return cls(record, invoice_of(record))


@dataclass(slots=True)
class Open:
    """A subscription's ledger and its open invoices by id, drafts and frozen ones. `account` is the
    subscription's id, `record` that of the ledger, None before the first run.

    `gone` are drafts whose window is no more. They stay in the ledger until their revenue is taken
    back.
    """

    account: str
    record: Record | None
    ledger: Ledger
    drafts: dict[str, StoredInvoice] = field(default_factory=dict)
    frozen: dict[str, StoredInvoice] = field(default_factory=dict)
    gone: dict[str, Invoice] = field(default_factory=dict)


def read_ledgers(book: Book) -> dict[str, Open]:
    """Where every subscription of the team stands, by its id; also those that are gone.

    An invoice that froze in a run which died before it could say so is told by its state.
    """
    opened: dict[str, Open] = {}
    for record in walk(book.world.documents, book.team, ACCOUNT):
        opened[record.id] = Open(record.id, record, Ledger(**record.doc))
    ids: list[str] = []
    for whose in opened.values():
        ids += whose.ledger.invoices
    invoices = read_many(book.world, book.team, INVOICE, ids)
    for whose in opened.values():
        for each in whose.ledger.invoices:
            if each in invoices:
                _place(whose, invoices[each])
    for account in book.accounts:
        opened.setdefault(account, Open(account, None, Ledger()))
    return opened


def invoices_of(book: Book, account: str) -> list[StoredInvoice]:
    """All invoices of a subscription, the oldest first."""
    records = walk(book.world.documents, book.team, INVOICE, by="reference", prefix=account)
    own = [StoredInvoice.of(record) for record in records if record.reference == account]
    return sorted(own, key=lambda each: each.invoice.start)


def find_numbers(book: Book, ids: Iterable[str]) -> set[str]:
    """The numbers of those invoices that have one."""
    numbers: set[str] = set()
    for record in read_many(book.world, book.team, INVOICE, ids).values():
        number = invoice_of(record).number
        if number is not None:
            numbers.add(number)
    return numbers


def write(book: Book, record: Record | None, invoice: Invoice) -> Record:
    """Store an invoice that changed; a new one gets an id, unless a run that died has stored its
    like. Raises Stale, and Taken when no drawn id is free."""
    documents = book.world.documents
    if record is not None:
        if invoice_of(record) == invoice:
            return record
        return _update(book, record, invoice)
    for _ in range(_DRAWS):
        blank = Record(INVOICE, new_id(), {}, created_at=book.now, updated_at=book.now)
        try:
            return documents.create(book.team, record_of(invoice, blank))
        except Taken:
            like = documents.find(book.team, INVOICE, "period", invoice.period)
            if like:
                return _update(book, like, invoice)
    raise Taken(INVOICE, "id", blank.id)


def _update(book: Book, record: Record, invoice: Invoice) -> Record:
    after = replace(record_of(invoice, record), updated_at=book.now)
    return book.world.documents.update(book.team, after)


def close(book: Book, opened: Open, *, extras: int = 0) -> None:
    """Store where a subscription stands after its invoices were written; `extras` are new ones of
    adjustments."""
    ledger = Ledger(
        next=opened.ledger.next,
        drafts=[*opened.drafts, *opened.gone],
        frozen=list(opened.frozen),
        extras=opened.ledger.extras + extras,
    )
    doc, documents = asdict(ledger), book.world.documents
    if opened.record is None:
        fresh = Record(ACCOUNT, opened.account, doc, opened.account)
        opened.record = documents.create(book.team, fresh)
    elif opened.record.doc != doc:
        opened.record = documents.update(book.team, replace(opened.record, doc=doc))
    opened.ledger = ledger


def erase(book: Book, opened: Open) -> None:
    """Remove drafts whose window is no more."""
    if not opened.gone:
        return
    for invoice in opened.gone:
        book.world.documents.erase(book.team, INVOICE, invoice)
    opened.gone = {}
    close(book, opened)


def _place(opened: Open, record: Record) -> None:
    """Put an invoice of a subscription where its state says."""
    stored = StoredInvoice.of(record)
    invoice = stored.invoice
    if invoice.state is State.DRAFT:
        opened.drafts[record.id] = stored
        return
    if invoice.state is State.FINALIZED:
        opened.frozen[record.id] = stored
    if not invoice.extra and invoice.end is not None:
        opened.ledger = replace(opened.ledger, next=max(opened.ledger.next, invoice.end))
