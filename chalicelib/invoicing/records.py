"""What billing stores: invoices with their charges, and where each subscription stands.

An invoice is one document, charges included, so that a total and its lines can never disagree. Its
charges are numbered within it; the id of a charge holds both numbers.

kind             id              holds
INVOICE          drawn           the invoice (see Invoice); unique: its period, and its number once
                                 it has one
ACCOUNT          subscription    how far its invoices are (see Ledger)
SETUP_FEE        drawn           which subscription an organization's setup fee was charged to
BILLED_DAYS      `days`          generation by day that usage was last counted at; the `run` at
                                 work `since` (ms)
INVOICE_NUMBERS  `numbers`       `last` number given, `given`: may not have reached their invoice;
                                 `free` ones
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.invoicing.rating import InvoiceLine
from chalicelib.kit.clock import iso
from chalicelib.kit.ids import hashid, number_of
from chalicelib.kit.money import to_usd
from chalicelib.ports.documents import Record

INVOICE, ACCOUNT, SETUP_FEE, BILLED_DAYS = "INVOICE", "ACCOUNT", "SETUP_FEE", "BILLED_DAYS"
INVOICE_NUMBERS = "INVOICE_NUMBERS"
_MOST_CHARGES = 100_000
ONLY_INVOICED = "INVOICE_ONLY_NO_PAYMENT"
"""The payment source of invoices that nobody pays."""


class State(StrEnum):
    """DRAFT: the period runs, or is held. FINALIZED: frozen and numbered. ISSUED: sent. CLOSED:
    nothing is owed."""

    DRAFT = "DRAFT"
    FINALIZED = "FINALIZED"
    ISSUED = "ISSUED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of an invoice under its number, which it keeps from run to run."""

    number: int
    line: InvoiceLine


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice. Times are UTC epoch ms, amounts billionths of `currency`. `end` None: the plan
    has no period.

    `parts` are the stretches of the window, each {product, start, end, trial, plan}: the plans as
    they were when the invoice froze, by which late events are rated. `payments` are {amount, at,
    reference}.
    """

    subscription: str
    subscriber: str
    email: str
    organization: str
    owner: str
    product: str
    currency: str
    start: int
    end: int | None
    opens: int
    charges: Sequence[Charge] = ()
    quantities: Mapping[str, str] = field(default_factory=dict)
    """What the components of the last product have rated, by their keys, in units."""
    calls: int = 0
    free_calls: int = 0
    unpriced_calls: int = 0
    """Calls that are missing in costs that are charged on, because nobody knows theirs."""
    state: State = State.DRAFT
    payment_source: str = "EXTERNAL_PAYMENT_NOTIFICATION"
    parts: Sequence[Mapping[str, Any]] = ()
    number: str | None = None
    finalized: int | None = None
    issued: int | None = None
    payments: Sequence[Mapping[str, Any]] = ()
    next_number: int = 0
    extra: int = 0
    """Above 0 for invoices that hold adjustments only, where no other will come that could."""

    @property
    def total(self) -> int:
        """The sum of the charges."""
        return sum(each.line.charge for each in self.charges)

    @property
    def paid_amount(self) -> int:
        """The sum of the payments."""
        return sum(payment["amount"] for payment in self.payments)

    @property
    def period(self) -> str:
        """What no two invoices share, as a text: subscription, start, and which one of
        adjustments."""
        return f"{self.subscription}|{self.start}|{self.extra}"

    @property
    def adjustments(self) -> list[InvoiceLine]:
        """The lines that are about other invoices."""
        return [each.line for each in self.charges if each.line.adjusts]

    def with_lines(self, lines: Sequence[InvoiceLine]) -> "Invoice":
        """The invoice with these lines instead of those that it had; lines of the same key keep
        their numbers."""
        numbers = {each.line.key: each.number for each in self.charges}
        following = self.next_number
        charges: list[Charge] = []
        for line in lines:
            number = numbers.get(line.key)
            if number is None:
                number, following = following, following + 1
            charges.append(Charge(number, line))
        return replace(self, charges=charges, next_number=following)


_MEMBERS = tuple(each.name for each in fields(Invoice))
_OF_LINE = tuple(each.name for each in fields(InvoiceLine))


@dataclass(frozen=True, slots=True)
class Ledger:
    """How far the invoices of a subscription are. `next`: the end of the last frozen window.
    `drafts`: ids of open invoices; `frozen`: of those that have yet to be issued. `extras`: how
    many held adjustments only."""

    next: int = 0
    drafts: Sequence[str] = ()
    frozen: Sequence[str] = ()
    extras: int = 0

    @property
    def invoices(self) -> list[str]:
        """The ids of all that are open or have yet to be issued."""
        return [*self.drafts, *self.frozen]


@dataclass(frozen=True, slots=True)
class InvoiceSummary:
    """What invoices are filtered by, read from a record without its charges. `pay_status` and
    `total` (in the invoice's currency) are those of the wire."""

    number: str | None
    state: str
    start: int
    end: int | None
    subscriber: str
    organization: str
    product: str
    pay_status: str
    total: Decimal

    @classmethod
    def of(cls, record: Record) -> "InvoiceSummary":
        """The summary of a stored invoice."""
        doc = record.doc
        return cls(
            number=doc["number"],
            state=doc["state"],
            start=doc["start"],
            end=doc["end"],
            subscriber=doc["subscriber"],
            organization=doc["organization"],
            product=doc["product"],
            pay_status=doc["invoicePayStatus"],
            total=Decimal(doc["totalAmount"]),
        )


def invoice_of(record: Record) -> Invoice:
    """The invoice of a record."""
    doc = record.doc
    members = {name: doc[name] for name in _MEMBERS if name in doc}
    members["charges"] = [Charge(number, InvoiceLine(**line)) for number, line in doc["charges"]]
    members["payments"] = tuple(doc["payments"])
    members["state"] = State(doc["state"])
    return Invoice(**members)


def summary_of(invoice: Invoice) -> dict[str, Any]:
    """What lists of invoices show, filter and sort by, under the names of the wire; amounts are
    texts.

    Paid is compared with what the charges come to; refunds are not known here, so that nothing is
    adjusted by them.
    """
    total, paid = to_usd(invoice.total), to_usd(invoice.paid_amount)
    return {
        "invoiceNumber": invoice.number,
        "invoicePayStatus": _pay_status(invoice, total, paid),
        "startDate": iso(invoice.start),
        "totalAmount": f"{total:f}",
        "totalAdjusted": f"{total:f}",
        "totalPaidAmount": f"{paid:f}",
        "totalRefund": "0",
        "totalCallCount": invoice.calls,
        "totalFreeCallCount": invoice.free_calls,
        "totalUnpricedCallCount": invoice.unpriced_calls,
    }


def _pay_status(invoice: Invoice, total: Decimal, paid: Decimal) -> str:
    if invoice.payment_source == ONLY_INVOICED:
        return "INVOICE_ONLY"
    if paid == 0 and total > 0:
        return "UNPAID"
    if paid > max(total, Decimal(0)):
        return "OVER_PAID"
    return "PAID" if paid >= total else "PARTIALLY_PAID"


def record_of(invoice: Invoice, record: Record) -> Record:
    """The record of an invoice, as the next version of another one."""
    doc = {name: getattr(invoice, name) for name in _MEMBERS} | summary_of(invoice)
    doc["state"] = str(invoice.state)
    doc["charges"] = [_pack_charge(charge) for charge in invoice.charges]
    unique = {"period": invoice.period}
    if invoice.number:
        unique["number"] = invoice.number
    return replace(
        record,
        doc=doc,
        name=f"{iso(invoice.start)} {record.id}",
        reference=invoice.subscription,
        unique=unique,
    )


def _pack_charge(charge: Charge) -> list[Any]:
    """A charge in its stored form: its number and the members of its line."""
    return [charge.number, {name: getattr(charge.line, name) for name in _OF_LINE}]


def charge_id(invoice_id: str, number: int) -> str:
    """The id of a charge."""
    return hashid((number_of(invoice_id) or 0) * _MOST_CHARGES + number)


def place_of(charge: str) -> tuple[str, int] | None:
    """The invoice, and the number in it, of a charge's id; None for a text that is no id."""
    number = number_of(charge)
    return None if number is None else (hashid(number // _MOST_CHARGES), number % _MOST_CHARGES)
