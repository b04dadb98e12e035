"""Revenue: what invoices earned, by day, in the lake beside the costs. Batch functions only: needs
pyarrow.

Usage is earned on the day it happened, a recurring fee evenly over its time, a setup fee and an
adjustment on the first day of their invoice. Days of frozen invoices are never written again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.directory.registry import NO_ORGANIZATION
from chalicelib.invoicing.accounts import NEVER, BillingWindow, Part
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.drafting import InvoiceDraft
from chalicelib.invoicing.gathering import RatedWindow, UsageRevenue, days_between
from chalicelib.invoicing.rating import (
    FEE,
    InvoiceLine,
    PartUsage,
    component_key,
    recurring_fee,
    usage_charge_type,
    usage_type,
)
from chalicelib.invoicing.records import Invoice
from chalicelib.invoicing.tariffs import prorate
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.reading import read_file, read_steadily
from chalicelib.lake.tables import CHARGES
from chalicelib.ports.lake import LakePath, NotInLake

FILE = "charges.parquet"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Revenue:
    """What was earned on a day: for a component, of a type and type of charge, in billionths of the
    invoice's currency, by a product. `key` names it within its invoice."""

    day: str
    key: str
    component: str
    type: str
    charge_type: str
    amount: int
    product: str
    is_adjustment: bool = False


def write(book: Book, drafts: Sequence[InvoiceDraft], gone: Mapping[str, Invoice]) -> int:
    """Write the rows of the invoices of a run in place of those that they had; how many days
    changed.

    `gone` are drafts that are no more, by their ids.
    """
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    days: set[str] = set()
    for draft in drafts:
        for earning in _revenues(book, draft):
            rows[earning.day].append(_row(book, draft, earning))
        days.update(_days(book, draft.invoice))
    for invoice in gone.values():
        days.update(_days(book, invoice))
    ids = [*(draft.id for draft in drafts), *gone]
    return sum(_write_day(book, day, rows.get(day, []), ids) for day in sorted(days | rows.keys()))


def _write_day(book: Book, day: str, rows: Sequence[Row], ids: Sequence[str]) -> bool:
    """Replace the rows of some invoices on a day; whether that changed anything."""
    path = LakePath(CHARGES.name, day, FILE)
    schema = schema_of(CHARGES)
    try:
        before = read_steadily(
            book.world, book.team, lambda: read_file(book.world, book.team, path, schema)
        )
    except NotInLake:
        before = schema.empty_table()
    replaced = pc.is_in(before["invoice_id"], value_set=pa.array(ids, pa.string()))
    others = before.filter(pc.invert(replaced))
    after = pa.concat_tables([others, pa.Table.from_pylist(list(rows), schema=schema)])
    after = after.sort_by([("charge_id", "ascending"), ("is_adjustment", "ascending")])
    if after.equals(before):
        return False
    if after.num_rows:
        book.world.lake.put(book.team, path, encode(after))
    else:
        book.world.lake.delete(book.team, [path])
    return True


def _days(book: Book, invoice: Invoice) -> list[str]:
    return days_between(invoice.opens, min(invoice.end or NEVER, book.now + 1))


def _row(book: Book, draft: InvoiceDraft, earning: _Revenue) -> Row:
    """A row of the table CHARGES."""
    invoice, day = draft.invoice, earning.day
    organization = book.organizations.get(invoice.organization)
    customer = organization.name if organization else NO_ORGANIZATION
    product = book.products.get(earning.product)
    return {
        "currency": invoice.currency,
        "invoice_id": draft.id,
        "subscription_id": invoice.subscription,
        "organization_id": invoice.organization or None,
        "organization": None if customer == NO_ORGANIZATION else customer,
        "subscriber_id": invoice.subscriber or None,
        "subscriber": invoice.email or None,
        "subscriber_email": invoice.email or None,
        "earned_at": day_start(day),
        "charge_id": f"{draft.id}:{earning.key}",
        "type": earning.type,
        "charge_type": earning.charge_type,
        "element": earning.component,
        "is_adjustment": earning.is_adjustment,
        "amount_nano": _integer(earning.amount),
        "product_id": earning.product,
        "product": product.name if product else None,
        **_in_usd(book, invoice.currency, day, earning.amount),
    }


def _revenues(book: Book, draft: InvoiceDraft) -> Iterator[_Revenue]:
    """All that an invoice has earned, up to today."""
    invoice = draft.invoice
    if draft.rated:
        first = day_of(draft.rated.window.start)
        for charge in invoice.charges:
            if charge.line.fee is not None:
                line = charge.line
                yield _of_line(first, line.component, line)
        yield from _recurring_revenues(draft.rated, book.now)
        for earned in draft.rated.earned:
            yield _of_usage(draft.rated, earned)
    for line in invoice.adjustments:
        yield _of_line(day_of(invoice.start), line.key, line)


def _of_line(day: str, key: str, line: InvoiceLine) -> _Revenue:
    """What a line earns that is about one day: a setup fee, or an adjustment."""
    return _Revenue(
        day=day,
        key=key,
        component=line.component,
        type=line.type,
        charge_type=line.charge_type,
        amount=line.charge,
        product=line.product,
        is_adjustment=bool(line.adjusts),
    )


def _recurring_revenues(rated: RatedWindow, now: int) -> Iterator[_Revenue]:
    """The recurring fees of a window, by day."""
    for usage in rated.usage:
        key = component_key(usage.number, FEE)
        for day, amount in _spread(rated.window, usage, now):
            yield _Revenue(
                day=day,
                key=key,
                component=key,
                type="SUBSCRIPTION",
                charge_type="SUBSCRIPTION_FLAT_RATE_CHARGE",
                amount=amount,
                product=usage.part.product,
            )


def _of_usage(rated: RatedWindow, earned: UsageRevenue) -> _Revenue:
    key = component_key(earned.number, earned.component.key)
    return _Revenue(
        day=earned.day,
        key=key,
        component=key,
        type=usage_type(earned.component),
        charge_type=usage_charge_type(earned.component),
        amount=earned.amount,
        product=rated.window.parts[earned.number].product,
    )


def _spread(window: BillingWindow, usage: PartUsage, now: int) -> Iterator[tuple[str, int]]:
    """The fee of a part by day, evenly over its time up to today; of all days together it is
    exact."""
    part: Part = usage.part
    fee = recurring_fee(window, part, usage.tariff)
    if not fee:
        return
    if window.stop >= NEVER:
        yield day_of(part.start), fee
        return
    earned = 0
    for day in days_between(part.start, min(part.end, now + 1)):
        until = min(day_start(day) + DAY, part.end)
        so_far = prorate(fee, until - part.start, part.end - part.start)
        yield day, so_far - earned
        earned = so_far


def _in_usd(book: Book, currency: str, day: str, amount: int) -> Mapping[str, Any]:
    """An amount (billionths) at the exchange rate of a day, and which rate that is."""
    rate = book.rates.on(currency, day)
    if rate is None:
        return {"usd_nano": None}
    told = {
        "exchange_rate": f"{rate.rate:f}",
        "rate_date": rate.date,
        "rate_source": rate.source or None,
    }
    return {"usd_nano": _integer(rate.usd(amount)), **told}


def _integer(amount: int) -> int | None:
    """An amount (billionths), or None for one that 64 bits do not hold: over nine billion of the
    currency, which one absurd value of an event may ask for."""
    return amount if abs(amount) < 2**63 else None
