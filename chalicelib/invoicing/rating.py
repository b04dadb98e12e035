"""Rating: the lines of an invoice, from what was used in its window and what its plans ask for
that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog.plan_records import PlanFee
from chalicelib.invoicing.accounts import NEVER, BillingWindow, Part
from chalicelib.invoicing.tariffs import (
    CALLS,
    Component,
    PlanTariff,
    TierPrice,
    price_tiers,
    prorate,
    to_billionths,
)
from chalicelib.invoicing.usage import Measurement

Doc = Mapping[str, Any]
FEE = "fee"
"""The component of the recurring fee."""
_EXEMPT = "CHARGE_EXEMPT"
_PER_UNIT, _PER_CALL = "ELEMENT_TRANSACTIONAL_CHARGE", "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE"
_FLAT = "TIER_FLAT_RATE_CHARGE"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One charge. `charge` is in billionths of the invoice's currency, `plain` what it would be
    outside of a trial.

    `key` names it within its invoice, run after run: part of the window, component, tier. `calls`
    are the units of a tier of calls, else the events that an element was counted from, told on its
    first line.
    """

    key: str
    product: str
    type: str
    charge_type: str
    charge: int
    plain: int
    calls: int = 0
    quantity: str | None = None
    element: str | None = None
    tier: Doc | None = None
    fee: Doc | None = None
    trial: bool = False
    description: str | None = None
    adjusts: str | None = None
    """The invoice that this line corrects, in its `currency`."""
    currency: str = ""
    unpriced_calls: int = 0
    """Calls that are missing in a cost that is charged on, because nobody knows theirs; told on the
    component's first line."""

    @property
    def component(self) -> str:
        """The part of the window and the component, whatever the tier: what adjustments compare."""
        return self.key.rsplit(":", 1)[0]


@dataclass(frozen=True, slots=True)
class PartUsage:
    """One part of a window, under its number: the tariff that held in it, and what was used."""

    number: int
    part: Part
    tariff: PlanTariff
    measured: Measurement


def component_key(number: int, component: str) -> str:
    """What keys of the lines of a component in a part of the window begin with."""
    return f"{number}:{component}"


def usage_type(component: Component) -> str:
    """The type of a charge for usage, where the plan asks nothing else."""
    return "TRANSACTIONAL" if component.key == CALLS else "RESOURCE_USAGE"


def usage_charge_type(component: Component) -> str:
    """The kind of charge that the units of a component make."""
    return _PER_CALL if component.key == CALLS else _PER_UNIT


def recurring_fee(window: BillingWindow, part: Part, tariff: PlanTariff) -> int:
    """The fee for a part of a period, in billionths: its share by time."""
    if part.trial:
        return 0
    if window.stop >= NEVER:
        return tariff.charge
    return prorate(tariff.charge, part.end - part.start, window.stop - window.begin)


def lines_of(
    window: BillingWindow, usage: Sequence[PartUsage], fees: Sequence[PlanFee], now: int
) -> list[InvoiceLine]:
    """The lines of a window, from what was used in its parts; `fees` are the setup fees due in
    it."""
    product = window.parts[-1].product if window.parts else ""
    lines = [_fee_line(fee, product) for fee in fees]
    for each in usage:
        fee = recurring_fee(window, each.part, each.tariff)
        if fee and (each.tariff.prepaid or now >= window.end):
            lines.append(_recurring_line(each, fee))
        for component in each.tariff.components:
            lines += _usage_lines(each, component)
    return lines


def count_unpriced_calls(usage: Sequence[PartUsage]) -> int:
    """Calls that are missing in costs that a plan charges on: of several such costs, those that
    are missing in most of them."""
    missing = 0
    for each in usage:
        counts = [component.count_unpriced(each.measured) for component in each.tariff.components]
        missing += max(counts, default=0)
    return missing


def free_calls(usage: Sequence[PartUsage], lines: Sequence[InvoiceLine]) -> int:
    """Calls of a trial, and those in tiers of calls that ask nothing."""
    calls = sum(each.measured.calls for each in usage if each.part.trial)
    for line in lines:
        if line.charge_type == _EXEMPT and not line.trial and line.element is None:
            calls += line.calls
    return calls


def _fee_line(fee: PlanFee, product: str) -> InvoiceLine:
    amount = to_billionths(fee.flat_amount)
    return InvoiceLine(
        key=f"setup:{fee.name}:",
        product=product,
        type="ONETIME",
        charge_type="SETUP_FEE_FLAT_RATE_CHARGE",
        charge=amount,
        plain=amount,
        fee=fee.doc,
        description=fee.name,
    )


def _recurring_line(usage: PartUsage, fee: int) -> InvoiceLine:
    return InvoiceLine(
        key=component_key(usage.number, FEE) + ":",
        product=usage.part.product,
        type="SUBSCRIPTION",
        charge_type="SUBSCRIPTION_FLAT_RATE_CHARGE",
        charge=fee,
        plain=fee,
        description=usage.tariff.name,
    )


def _usage_lines(usage: PartUsage, component: Component) -> Iterator[InvoiceLine]:
    """Up to two lines a tier: its units, and its flat amount where it has one."""
    events = component.events(usage.measured)
    prices = price_tiers(component, component.quantity(usage.measured))
    for place, price in enumerate(prices):
        calls = events if place == 0 else 0
        if component.key == CALLS:
            calls = int(price.units)
        line = _tier_line(usage, component, price, "units")
        missing = component.count_unpriced(usage.measured) if place == 0 else 0
        yield replace(line, calls=calls, quantity=f"{price.units:f}", unpriced_calls=missing)
        if price.flat:
            yield _tier_line(usage, component, price, "flat")


def _tier_line(usage: PartUsage, component: Component, price: TierPrice, kind: str) -> InvoiceLine:
    """The line of a tier's `units`, or of its `flat` amount."""
    amount, charge_type = price.amount, usage_charge_type(component)
    if kind == "flat":
        amount, charge_type = price.flat, _FLAT
    trial = usage.part.trial
    exempt = trial or not amount
    return InvoiceLine(
        key=f"{component_key(usage.number, component.key)}:{price.tier.start:f}-{kind}",
        product=usage.part.product,
        type=_type(usage.tariff, component, exempt),
        charge_type=_EXEMPT if exempt else charge_type,
        charge=0 if trial else amount,
        plain=amount,
        element=None if component.key == CALLS else component.element,
        tier=price.tier.doc,
        trial=trial,
        description=component.name,
    )


def _type(tariff: PlanTariff, component: Component, exempt: bool) -> str:
    if exempt:
        return "NON_MONETIZED"
    if component.key == CALLS and tariff.charge:
        return "SUBSCRIPTION_WITH_OVERAGE"
    return usage_type(component)
