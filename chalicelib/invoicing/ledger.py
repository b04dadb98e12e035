"""The ledger: the open invoices of every subscription, and how they are written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace

from chalicelib.invoicing.book import Book, named
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

_DRAWS = 3


@dataclass(slots=True)
class Open:
    """A subscription's ledger and its open invoices: records with the invoices in them, drafts and
    frozen ones.

    `gone` are drafts whose window is no more. They stay in the ledger until their revenue is taken
    back.
    """

    account: str
    record: Record | None
    ledger: Ledger
    drafts: dict[str, tuple[Record, Invoice]] = field(default_factory=dict)
    frozen: dict[str, tuple[Record, Invoice]] = field(default_factory=dict)
    gone: dict[str, Invoice] = field(default_factory=dict)


def read(book: Book) -> dict[str, Open]:
    """Where every subscription of the team stands, also those that are gone.

    An invoice that froze in a run which died before it could say so is told by its state.
    """
    records = {record.id: record for record in walk(book.world.documents, book.team, ACCOUNT)}
    ledgers = {account: Ledger(**record.doc) for account, record in records.items()}
    ids = [invoice for ledger in ledgers.values() for invoice in (*ledger.drafts, *ledger.frozen)]
    invoices = named(book.world, book.team, INVOICE, ids)
    found = {}
    for account, ledger in ledgers.items():
        opened = found[account] = Open(account, records[account], ledger)
        for invoice in (*ledger.drafts, *ledger.frozen):
            if record := invoices.get(invoice):
                _place(opened, record, invoice_of(record))
    for account in book.accounts:
        found.setdefault(account, Open(account, None, Ledger()))
    return found


def invoices_of(book: Book, account: str) -> list[tuple[Record, Invoice]]:
    """All invoices of a subscription, the oldest first."""
    records = walk(book.world.documents, book.team, INVOICE, by="reference", prefix=account)
    own = ((record, invoice_of(record)) for record in records if record.reference == account)
    return sorted(own, key=lambda found: found[1].start)


def numbered(book: Book, ids: Iterable[str]) -> set[str]:
    """The numbers of those invoices that have one."""
    return {
        record.doc["number"] for record in named(book.world, book.team, INVOICE, ids).values()
    } - {None}


def write(book: Book, record: Record | None, invoice: Invoice) -> Record:
    """Store an invoice that changed; a new one gets an id, unless a run that died has stored its
    like. Raises Stale."""
    documents = book.world.documents
    if record is not None:
        if invoice_of(record) == invoice:
            return record
        return documents.update(book.team, replace(record_of(invoice, record), updated_at=book.now))
    for _ in range(_DRAWS):
        fresh = record_of(
            invoice, Record(INVOICE, new_id(), {}, created_at=book.now, updated_at=book.now)
        )
        try:
            return documents.create(book.team, fresh)
        except Taken:
            if known := documents.find(book.team, INVOICE, "period", invoice.period):
                return documents.update(
                    book.team, replace(record_of(invoice, known), updated_at=book.now)
                )
    raise Taken(INVOICE, "id", fresh.id)


def close(book: Book, opened: Open, *, extras: int = 0) -> None:
    """Store where a subscription stands after its invoices were written; `extras` are new ones of
    adjustments."""
    drafts = [*opened.drafts, *opened.gone]
    ledger = Ledger(opened.ledger.next, drafts, list(opened.frozen), opened.ledger.extras + extras)
    doc = asdict(ledger)
    if opened.record is None:
        opened.record = book.world.documents.create(
            book.team, Record(ACCOUNT, opened.account, doc, opened.account)
        )
    elif opened.record.doc != doc:
        opened.record = book.world.documents.update(book.team, replace(opened.record, doc=doc))
    opened.ledger = ledger


def erase(book: Book, opened: Open) -> None:
    """Remove drafts whose window is no more."""
    if not opened.gone:
        return
    for invoice in opened.gone:
        book.world.documents.erase(book.team, INVOICE, invoice)
    opened.gone = {}
    close(book, opened)


def _place(opened: Open, record: Record, invoice: Invoice) -> None:
    if invoice.state is State.DRAFT:
        opened.drafts[record.id] = record, invoice
        return
    if invoice.state is State.FINALIZED:
        opened.frozen[record.id] = record, invoice
    if not invoice.extra and invoice.end is not None:
        opened.ledger = replace(opened.ledger, next=max(opened.ledger.next, invoice.end))
