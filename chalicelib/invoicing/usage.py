"""Usage: what was metered of one element, in a form that adds up in any order and any parts.

Quantities are integers of 10⁻¹⁸ units: integers, because a sum of rounded numbers depends on
its order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

_DIGITS = 18
ONE = 10**_DIGITS
_LARGEST = Decimal(10) ** 30
"""A larger value is counted, but is no quantity."""
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_QUANTUM = Decimal(1).scaleb(-_DIGITS)
Last = tuple[int, str, int]
"""Received at (ms), event id, quantity: the greatest of several is the newest, whatever their
order."""


def quantity_of(value: object) -> int | None:
    """A metered value as a quantity; None when it is no number. Digits beyond the eighteenth
    decimal are cut."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value * ONE if abs(value) < _LARGEST else None
    if not isinstance(value, Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= _LARGEST:
        return None
    return int(number.scaleb(_DIGITS, _EXACT))


def units(quantity: int) -> Decimal:
    """A quantity in units, exact."""
    return Decimal(quantity).scaleb(-_DIGITS, _EXACT)


def text_of(quantity: int | None, value: object) -> str:
    """The form in which values are compared: without case, and 1.0 as 1. `quantity` is that of the
    value."""
    if quantity is not None:
        return format(units(quantity).normalize(_EXACT), "f")
    return str(value).strip().casefold()


@dataclass(slots=True)
class ElementUsage:
    """Usage of one element. `count`: events that had it. `total`, `high` (the largest) and `last`
    are of those with a number, of which there are `numbers`.

    `values` counts events by value (see text_of). It is filled only where somebody asks for it,
    since it grows.
    """

    count: int = 0
    numbers: int = 0
    total: int = 0
    high: int | None = None
    last: Last | None = None
    values: dict[str, int] = field(default_factory=dict)

    def add(self, quantity: int | None, text: str | None, received_at: int, event_id: str) -> None:
        """Count one event by its value: as a quantity, if it is one, and as text where values are
        to be told apart."""
        self.count += 1
        if text is not None:
            self.values[text] = self.values.get(text, 0) + 1
        if quantity is None:
            return
        self.numbers += 1
        self.total += quantity
        if self.high is None or quantity > self.high:
            self.high = quantity
        if self.last is None or (received_at, event_id) > self.last[:2]:
            self.last = (received_at, event_id, quantity)

    def merge(self, other: "ElementUsage") -> None:
        """Add what another part of the same usage counted."""
        self.count += other.count
        self.numbers += other.numbers
        self.total += other.total
        if self.high is None or (other.high is not None and other.high > self.high):
            self.high = other.high
        if self.last is None or (other.last is not None and other.last > self.last):
            self.last = other.last
        for text, count in other.values.items():
            self.values[text] = self.values.get(text, 0) + count

    def pack(self) -> list[Any]:
        """Its form in JSON."""
        return [self.count, self.numbers, self.total, self.high, self.last, self.values]


def unpack_usage(packed: list[Any]) -> ElementUsage:
    """The usage of its form in JSON."""
    count, numbers, total, high, last, values = packed
    return ElementUsage(
        count=count,
        numbers=numbers,
        total=total,
        high=high,
        last=last and (last[0], last[1], last[2]),
        values=values,
    )


@dataclass(slots=True)
class Measurement:
    """Usage of one subscription or caller: `calls`, events of any kind, and usage by element id."""

    calls: int = 0
    elements: dict[str, ElementUsage] = field(default_factory=dict)

    def merge(self, other: "Measurement") -> None:
        """Add another part."""
        self.calls += other.calls
        for element, usage in other.elements.items():
            self.of(element).merge(usage)

    def of(self, element: str) -> ElementUsage:
        """The usage of an element, made when there is none yet."""
        usage = self.elements.get(element)
        if usage is None:
            usage = self.elements[element] = ElementUsage()
        return usage


def aggregate(usage: ElementUsage, aggregation: str, distinct: str | None = None) -> Decimal:
    """The quantity that a plan rates, in units.

    SUM, MAXIMUM and AVERAGE are of values that are numbers (the mean is rounded half to even at 18
    decimals), COUNT is of events, UNIQUE and DISTINCT of different values, LAST_RECEIVED is the
    newest number. With `distinct` only events of that value count, and DISTINCT is how many these
    are.
    """
    if distinct is not None:
        usage = _keep_value(usage, distinct)
    if aggregation == "COUNT" or (aggregation == "DISTINCT" and distinct is not None):
        return Decimal(usage.count)
    if aggregation in ("UNIQUE", "DISTINCT"):
        return Decimal(len(usage.values))
    if aggregation == "AVERAGE":
        return _mean(usage)
    return units(_SINGLE[aggregation](usage))


_SINGLE: Mapping[str, Callable[[ElementUsage], int]] = {
    "SUM": lambda usage: usage.total,
    "MAXIMUM": lambda usage: usage.high or 0,
    "LAST_RECEIVED": lambda usage: usage.last[2] if usage.last else 0,
}
"""Aggregations that are one quantity of the usage."""


def _mean(usage: ElementUsage) -> Decimal:
    if not usage.numbers:
        return Decimal(0)
    mean = _EXACT.divide(units(usage.total), Decimal(usage.numbers))
    return mean.quantize(_QUANTUM, context=_EXACT)


def _keep_value(usage: ElementUsage, distinct: str) -> ElementUsage:
    """The usage of events with one value."""
    quantity = quantity_of(distinct)
    text = text_of(quantity, distinct)
    count = usage.values.get(text, 0)
    if not count:
        return ElementUsage()
    if quantity is None:
        return ElementUsage(count, values={text: count})
    return ElementUsage(
        count=count,
        numbers=count,
        total=quantity * count,
        high=quantity,
        last=(0, "", quantity),
        values={text: count},
    )
