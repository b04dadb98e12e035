"""Rating: the lines of an invoice, from what was used in its window and what its plans ask for
that."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.invoicing.accounts import NEVER, Part, Window
from chalicelib.invoicing.tariffs import CALLS, Component, Tariff, nano, priced, prorated
from chalicelib.invoicing.usage import Measured

Doc = Mapping[str, Any]
_FLAT, _UNITS, _EXEMPT = "TIER_FLAT_RATE_CHARGE", "ELEMENT_TRANSACTIONAL_CHARGE", "CHARGE_EXEMPT"


@dataclass(frozen=True, slots=True)
class Line:
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

    @property
    def component(self) -> str:
        """The part of the window and the component, whatever the tier: what adjustments compare."""
        return self.key.rsplit(":", 1)[0]


def component_key(number: int, component: str) -> str:
    """What keys of the lines of a component in a part of the window begin with."""
    return f"{number}:{component}"


def recurring(window: Window, part: Part, tariff: Tariff) -> int:
    """The fee for a part of a period: its share by time."""
    if part.trial:
        return 0
    return (
        tariff.charge
        if window.stop >= NEVER
        else prorated(tariff.charge, part.end - part.start, _length(window))
    )


def lines_of(
    window: Window,
    tariffs: Sequence[Tariff],
    measured: Sequence[Measured],
    fees: Sequence[Doc],
    now: int,
) -> list[Line]:
    """The lines of a window. `tariffs` and `measured` are those of its parts; `fees` are the setup
    fees due in it."""
    product = window.parts[-1].product if window.parts else ""
    lines = [_fee(fee, product) for fee in fees]
    for number, (part, tariff, usage) in enumerate(
        zip(window.parts, tariffs, measured, strict=True)
    ):
        fee = recurring(window, part, tariff)
        if fee and (tariff.prepaid or now >= window.end):
            lines.append(
                Line(component_key(number, "fee") + ":", part.product, "SUBSCRIPTION", "SUBSCRIPTION_FLAT_RATE_CHARGE",
                     fee, fee, description=tariff.name)
            )  # fmt: skip
        for component in tariff.components:
            lines += _usage_lines(number, part, tariff, component, usage)
    return lines


def free_calls(window: Window, lines: Sequence[Line], measured: Sequence[Measured]) -> int:
    """Calls of a trial, and those in tiers of calls that ask nothing."""
    trial = sum(
        usage.calls for part, usage in zip(window.parts, measured, strict=True) if part.trial
    )
    exempt = (
        line
        for line in lines
        if line.charge_type == _EXEMPT and not line.trial and line.element is None
    )
    return trial + sum(line.calls for line in exempt)


def _length(window: Window) -> int:
    return window.stop - window.begin


def _fee(fee: Doc, product: str) -> Line:
    amount = nano(fee.get("flatAmount"))
    key = f"setup:{fee['name']}:"
    return Line(
        key, product, "ONETIME", "SETUP_FEE_FLAT_RATE_CHARGE", amount, amount, fee=fee, description=fee["name"]
    )  # fmt: skip


def _usage_lines(
    number: int, part: Part, tariff: Tariff, component: Component, usage: Measured
) -> Iterator[Line]:
    of_calls = component.key == CALLS
    events = component.events(usage)
    for place, each in enumerate(priced(component, component.quantity(usage))):
        asked = (("units", _UNITS, each.amount), ("flat", _FLAT, each.flat))
        for kind, charge_type, amount in asked:
            if kind == "flat" and not amount:
                continue
            if of_calls and kind == "units":
                charge_type = "TIER_CALL_COUNT_TRANSACTIONAL_CHARGE"
            exempt = part.trial or not amount
            yield Line(
                f"{component_key(number, component.key)}:{each.tier.start:f}-{kind}",
                part.product,
                _type(tariff, of_calls, exempt),
                _EXEMPT if exempt else charge_type,
                0 if part.trial else amount,
                amount,
                calls=(int(each.units) if of_calls else events if place == 0 else 0)
                if kind == "units"
                else 0,
                quantity=f"{each.units:f}" if kind == "units" else None,
                element=None if of_calls else component.element,
                tier=each.tier.doc,
                trial=part.trial,
                description=component.name,
            )


def _type(tariff: Tariff, of_calls: bool, exempt: bool) -> str:
    if exempt:
        return "NON_MONETIZED"
    if not of_calls:
        return "RESOURCE_USAGE"
    return "SUBSCRIPTION_WITH_OVERAGE" if tariff.charge else "TRANSACTIONAL"
