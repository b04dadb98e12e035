"""Late events: what came, or was corrected, after its invoice froze. It becomes a line of the next
invoice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from chalicelib.invoicing.accounts import Account, Part, Window
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.days import Day
from chalicelib.invoicing.gathering import Days, Rated, gather
from chalicelib.invoicing.ledger import Open, invoices_of
from chalicelib.invoicing.rating import Line, component_key
from chalicelib.invoicing.records import Invoice, State
from chalicelib.invoicing.tariffs import tariff_of, total
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.ports.documents import Record

Adjustments = dict[str, dict[str, list[Line]]]
"""By subscription and by the id of the invoice that is adjusted; an empty list where nothing is to
be adjusted."""


def adjustments(
    book: Book, opened: Mapping[str, Open], days: Days, changed: Sequence[str]
) -> Adjustments:
    """What frozen invoices lack or have too much, for the days whose files have changed. Raises
    NotInLake."""
    touched: dict[str, set[str]] = {}
    for day in changed:
        after = days.day(day)
        if after is None:
            continue
        for account in _touched(book, days.before.get(day), after):
            if opened[account.id].ledger.next > day_start(day):
                touched.setdefault(account.id, set()).add(day)
    found: Adjustments = {}
    for account_id, whose_days in touched.items():
        invoices = [
            each for each in invoices_of(book, account_id) if each[1].state is not State.DRAFT
        ]
        targets = {
            record.id: (invoice, _rated(book.accounts[account_id], invoice))
            for record, invoice in invoices
            if any(_holds(invoice, day) for day in whose_days)
        }
        frozen = [rated for _, rated in targets.values()]
        days.ask(frozen)
        gather(book, frozen, days)
        found[account_id] = {
            each: list(_differences(each, invoice, rated, invoices))
            for each, (invoice, rated) in targets.items()
        }
    return found


def _touched(book: Book, before: Day | None, after: Day) -> Iterable[Account]:
    """The subscriptions of all callers whose usage is not what it was."""
    old, new = (before.by_caller() if before else {}), after.by_caller()
    callers = [each for each in old.keys() | new.keys() if old.get(each) != new.get(each)]
    return {
        account.id: account for caller in callers for account in book.matcher.of(caller)
    }.values()


def _holds(invoice: Invoice, day: str) -> bool:
    start = day_start(day)
    return (
        invoice.opens < start + DAY
        and (invoice.end is None or start < invoice.end)
        and not invoice.extra
    )


def _rated(account: Account, invoice: Invoice) -> Rated:
    """The window of a frozen invoice, with the plans that it was rated by."""
    parts = [
        Part(each["product"], each["start"], each["end"], each["trial"]) for each in invoice.parts
    ]
    end = invoice.end or invoice.start
    window = Window(invoice.start, end, invoice.start, end, parts)
    return Rated(account, window, [tariff_of(each["plan"]) for each in invoice.parts])


def _differences(
    invoice_id: str, invoice: Invoice, rated: Rated, invoices: Sequence[tuple[Record, Invoice]]
) -> Iterator[Line]:
    billed = _billed(invoice_id, invoice, invoices)
    period = f"{day_of(invoice.start)} to {day_of((invoice.end or invoice.start) - 1)}"
    for number, (part, tariff, measured) in enumerate(
        zip(rated.window.parts, rated.tariffs, rated.measured, strict=True)
    ):
        for component in () if part.trial else tariff.components:
            key = component_key(number, component.key)
            amount = total(component, measured) - billed.get(key, 0)
            if amount:
                yield Line(
                    f"{invoice_id}:{key}:",
                    part.product,
                    "RESOURCE_USAGE" if component.element else "TRANSACTIONAL",
                    "ELEMENT_TRANSACTIONAL_CHARGE"
                    if component.element
                    else "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE",
                    amount,
                    amount,
                    element=component.element or None,
                    description=f"{component.name}, adjustment of {period}, invoice {invoice.number}",
                    adjusts=invoice_id,
                    currency=invoice.currency,
                )


def _billed(
    invoice_id: str, invoice: Invoice, invoices: Sequence[tuple[Record, Invoice]]
) -> dict[str, int]:
    """What was asked for each component: by the invoice itself, and by frozen ones that have
    adjusted it."""
    billed: dict[str, int] = {}
    own = [
        (each.line.component, each.line.charge) for each in invoice.charges if not each.line.adjusts
    ]
    for _, other in invoices:
        adjusting = (line for line in other.adjustments if line.adjusts == invoice_id)
        own += [(line.component.partition(":")[2], line.charge) for line in adjusting]
    for component, charge in own:
        billed[component] = billed.get(component, 0) + charge
    return billed
