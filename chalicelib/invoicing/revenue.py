"""Revenue: what invoices earned, by day, in the lake beside the costs. Batch functions only: needs
pyarrow.

Usage is earned on the day it happened, a recurring fee evenly over its time, a setup fee and an
adjustment on the first day of their invoice. Days of frozen invoices are never written again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.invoicing.accounts import NEVER, Part, Window
from chalicelib.invoicing.book import Book
from chalicelib.invoicing.drafting import Drafted
from chalicelib.invoicing.gathering import days_between
from chalicelib.invoicing.rating import component_key, recurring
from chalicelib.invoicing.records import Invoice
from chalicelib.invoicing.tariffs import CALLS, prorated
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.lake.parquet import decode, encode, schema_of
from chalicelib.lake.tables import CHARGES
from chalicelib.ports.lake import LakePath, NotInLake

FILE = "charges.parquet"
Row = dict[str, Any]


def write(book: Book, drafted: Sequence[Drafted], gone: Mapping[str, Invoice]) -> int:
    """Write the rows of the invoices of a run in place of those that they had; how many days
    changed.

    `gone` are drafts that are no more, by their ids.
    """
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    days: set[str] = set()
    for each in drafted:
        for row in _rows(book, each):
            rows[row.pop("day")].append(row)
        days |= {*_days(book, each.invoice)}
    for invoice in gone.values():
        days |= {*_days(book, invoice)}
    ids = [*(each.record.id for each in drafted), *gone]
    return sum(_write_day(book, day, rows.get(day, []), ids) for day in sorted(days | rows.keys()))


def _write_day(book: Book, day: str, rows: Sequence[Row], ids: Sequence[str]) -> bool:
    path = LakePath(CHARGES.name, day, FILE)
    schema = schema_of(CHARGES)
    try:
        before = decode(book.world.lake.get(book.team, path), schema)
    except NotInLake:
        before = schema.empty_table()
    others = before.filter(
        pc.invert(pc.is_in(before["invoice_id"], value_set=pa.array(ids, pa.string())))
    )
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


def _rows(book: Book, drafted: Drafted) -> Iterator[Row]:
    head = _head(book, drafted)
    for day, component, kind, charge_type, amount, product in _earned(book, drafted):
        yield head | {
            "day": day,
            "earned_at": day_start(day),
            "charge_id": f"{drafted.record.id}:{component}",
            "type": kind,
            "charge_type": charge_type,
            "element": component,
            "is_adjustment": False,
            "amount_nano": _integer(amount),
            **_product(book, product),
            **_in_usd(book, drafted.invoice.currency, day, amount),
        }
    invoice = drafted.invoice
    day = day_of(invoice.start)
    for line in invoice.adjustments:
        yield head | {
            "day": day,
            "earned_at": day_start(day),
            "charge_id": f"{drafted.record.id}:{line.key}",
            "type": line.type,
            "charge_type": line.charge_type,
            "element": line.component,
            "is_adjustment": True,
            "amount_nano": _integer(line.charge),
            **_product(book, line.product),
            **_in_usd(book, invoice.currency, day, line.charge),
        }


def _earned(book: Book, drafted: Drafted) -> Iterator[tuple[str, str, str, str, int, str]]:
    """Day, component, type, type of charge, amount and product of all but adjustments."""
    rated = drafted.rated
    if rated is None:
        return
    window = rated.window
    for charge in drafted.invoice.charges:
        line = charge.line
        if line.fee is not None:
            yield (
                day_of(window.start),
                line.component,
                line.type,
                line.charge_type,
                line.charge,
                line.product,
            )
    for number, (part, tariff) in enumerate(zip(window.parts, rated.tariffs, strict=True)):
        component = component_key(number, "fee")
        for day, amount in _spread(window, part, recurring(window, part, tariff), book.now):
            yield (
                day,
                component,
                "SUBSCRIPTION",
                "SUBSCRIPTION_FLAT_RATE_CHARGE",
                amount,
                part.product,
            )
    for day, number, name, amount in rated.earned:
        calls = name == CALLS
        yield (
            day,
            component_key(number, name),
            "TRANSACTIONAL" if calls else "RESOURCE_USAGE",
            "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE" if calls else "ELEMENT_TRANSACTIONAL_CHARGE",
            amount,
            window.parts[number].product,
        )


def _spread(window: Window, part: Part, fee: int, now: int) -> Iterator[tuple[str, int]]:
    """A fee by day, evenly over its time up to today; of all days together it is exact."""
    if not fee:
        return
    if window.stop >= NEVER:
        yield day_of(part.start), fee
        return
    earned = 0
    for day in days_between(part.start, min(part.end, now + 1)):
        until = min(day_start(day) + DAY, part.end)
        so_far = prorated(fee, until - part.start, part.end - part.start)
        yield day, so_far - earned
        earned = so_far


def _head(book: Book, drafted: Drafted) -> Row:
    invoice = drafted.invoice
    organization = book.organizations.get(invoice.organization)
    return {
        "currency": invoice.currency,
        "invoice_id": drafted.record.id,
        "subscription_id": invoice.subscription,
        "organization_id": invoice.organization or None,
        "organization": organization.name if organization else None,
        "subscriber_id": invoice.subscriber or None,
        "subscriber": invoice.email or None,
        "subscriber_email": invoice.email or None,
    }


def _product(book: Book, product: str) -> Mapping[str, Any]:
    known = book.products.get(product)
    return {"product_id": product, "product": known.name if known else None}


def _in_usd(book: Book, currency: str, day: str, amount: int) -> Mapping[str, Any]:
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
    """As the lake can hold it: over nine billion, which one absurd value of an event may ask for,
    is unknown there."""
    return amount if abs(amount) < 2**63 else None
