"""Late events: what came, or was corrected, after its invoice froze. It becomes a line of the next
invoice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.catalog.plan_records import Plan
from chalicelib.invoicing.accounts import Account, BillingWindow, Part
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.days import CountedDay
from chalicelib.invoicing.gathering import CountedDays, RatedWindow, gather
from chalicelib.invoicing.ledger import Open, StoredInvoice, invoices_of
from chalicelib.invoicing.rating import InvoiceLine, component_key, usage_charge_type, usage_type
from chalicelib.invoicing.records import Invoice, State
from chalicelib.invoicing.tariffs import Component, tariff_of, total
from chalicelib.kit.clock import DAY, day_of, day_start

Adjustments = dict[str, dict[str, list[InvoiceLine]]]
"""By subscription and by the id of the invoice that is adjusted; an empty list where nothing is to
be adjusted."""


def find_adjustments(
    book: Book, opened: Mapping[str, Open], days: CountedDays, changed: Sequence[str]
) -> Adjustments:
    """What frozen invoices lack or have too much, for the days whose files have changed. Raises
    NotInLake."""
    adjustments: Adjustments = {}
    for account_id, touched in _find_touched(book, opened, days, changed).items():
        account = book.accounts[account_id]
        invoices = invoices_of(book, account_id)
        frozen = [each for each in invoices if each.invoice.state is not State.DRAFT]
        late = _find_late(account, frozen, touched)
        targets = [each.rated for each in late]
        days.ask(targets)
        gather(book, targets, days)
        adjustments[account_id] = {
            each.id: list(_differences(each, _amounts_billed(each, frozen))) for each in late
        }
    return adjustments


@dataclass(frozen=True, slots=True)
class _LateInvoice:
    """A frozen invoice that something came late for, and its window, rated anew."""

    id: str
    invoice: Invoice
    rated: RatedWindow


def _find_touched(
    book: Book, opened: Mapping[str, Open], days: CountedDays, changed: Sequence[str]
) -> dict[str, set[str]]:
    """By subscription: the days that may be in frozen invoices of it and whose usage is no longer
    what it was."""
    touched: dict[str, set[str]] = {}
    for day in changed:
        after = days.day(day)
        if after is None:
            continue
        for account in _accounts_of_changes(book, days.before.get(day), after):
            if opened[account.id].ledger.next > day_start(day):
                touched.setdefault(account.id, set()).add(day)
    return touched


def _accounts_of_changes(
    book: Book, before: CountedDay | None, after: CountedDay
) -> Iterable[Account]:
    """The subscriptions of all callers whose usage is not what it was."""
    old, new = (before.by_caller() if before else {}), after.by_caller()
    accounts: dict[str, Account] = {}
    for caller in old.keys() | new.keys():
        if old.get(caller) != new.get(caller):
            accounts.update({account.id: account for account in book.matcher.of(caller)})
    return accounts.values()


def _find_late(
    account: Account, frozen: Sequence[StoredInvoice], touched: Iterable[str]
) -> list[_LateInvoice]:
    """The frozen invoices of a subscription that are about any of some days."""
    late: list[_LateInvoice] = []
    for stored in frozen:
        if any(_holds(stored.invoice, day) for day in touched):
            rated = _window_of(account, stored.invoice)
            late.append(_LateInvoice(stored.record.id, stored.invoice, rated))
    return late


def _holds(invoice: Invoice, day: str) -> bool:
    """Whether an invoice is about usage of a day."""
    start = day_start(day)
    if invoice.extra or invoice.opens >= start + DAY:
        return False
    return invoice.end is None or start < invoice.end


def _window_of(account: Account, invoice: Invoice) -> RatedWindow:
    """The window of a frozen invoice, with the plans that it was rated by, yet without usage."""
    parts: list[Part] = []
    tariffs = []
    for stored in invoice.parts:
        parts.append(Part(stored["product"], stored["start"], stored["end"], stored["trial"]))
        plan = stored["plan"]
        tariffs.append(tariff_of(Plan.of(plan) if plan else None))
    end = invoice.end or invoice.start
    window = BillingWindow(invoice.start, end, invoice.start, end, parts)
    return RatedWindow(account, window, tariffs)


def _differences(late: _LateInvoice, billed: Mapping[str, int]) -> Iterator[InvoiceLine]:
    """A line for each component that would cost something else today. `billed`: what was asked for
    it, by key."""
    for usage in late.rated.usage:
        if usage.part.trial:
            continue
        for component in usage.tariff.components:
            key = component_key(usage.number, component.key)
            amount = total(component, usage.measured) - billed.get(key, 0)
            if amount:
                yield _line(late, usage.part, component, key, amount)


def _line(
    late: _LateInvoice, part: Part, component: Component, key: str, amount: int
) -> InvoiceLine:
    invoice = late.invoice
    period = f"{day_of(invoice.start)} to {day_of((invoice.end or invoice.start) - 1)}"
    return InvoiceLine(
        key=f"{late.id}:{key}:",
        product=part.product,
        type=usage_type(component),
        charge_type=usage_charge_type(component),
        charge=amount,
        plain=amount,
        element=component.element or None,
        description=f"{component.name}, adjustment of {period}, invoice {invoice.number}",
        adjusts=late.id,
        currency=invoice.currency,
    )


def _amounts_billed(late: _LateInvoice, frozen: Sequence[StoredInvoice]) -> dict[str, int]:
    """What was asked for each component: by the invoice itself, and by frozen ones that have
    adjusted it."""
    billed: dict[str, int] = {}
    for charge in late.invoice.charges:
        line = charge.line
        if not line.adjusts:
            billed[line.component] = billed.get(line.component, 0) + line.charge
    for stored in frozen:
        for line in stored.invoice.adjustments:
            if line.adjusts == late.id:
                component = line.component.partition(":")[2]
                billed[component] = billed.get(component, 0) + line.charge
    return billed
