"""Usage adds up to the same whatever the order and the parts in which it came."""

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.invoicing.tariffs import CALLS, Component, TariffTier, price_tiers
from chalicelib.invoicing.usage import (
    ONE,
    ElementUsage,
    Measurement,
    aggregate,
    quantity_of,
    text_of,
    units,
    unpack_usage,
)

AGGREGATIONS = ("SUM", "COUNT", "MAXIMUM", "AVERAGE", "UNIQUE", "DISTINCT", "LAST_RECEIVED")
ELEMENT = "km"


class Event(NamedTuple):
    """What one event says of the element, and when it was received."""

    id: str
    received: int
    value: Decimal | int | str | bool | None


VALUES = st.one_of(
    st.integers(-(10**6), 10**6),
    st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False, places=6),
    st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=18),
    st.sampled_from(["red", "RED", "1", "1.0", " 1 ", "", True, None, 10**40, "NaN"]),
)
EVENTS = st.lists(st.tuples(st.integers(0, 50), VALUES), max_size=30).map(
    lambda rows: [
        Event(f"e{number}", received, value) for number, (received, value) in enumerate(rows)
    ]
)


def measured(events: Sequence[Event]) -> Measurement:
    found = Measurement()
    for event in events:
        found.calls += 1
        if event.value is None:
            continue
        quantity = quantity_of(event.value)
        found.of(ELEMENT).add(quantity, text_of(quantity, event.value), event.received, event.id)
    return found


def component(
    aggregation: str, distinct: str | None = None, *, graduated: bool = True
) -> Component:
    steps = (Decimal(0), Decimal(10), Decimal("100.5"), None)
    tiers = [
        TariffTier(start or Decimal(0), end, Decimal("0.1") / (number + 1), Decimal(number), {})
        for number, (start, end) in enumerate(pairwise(steps))
    ]
    return Component("aggregation-0", "km", ELEMENT, aggregation, distinct, graduated, tiers)


def asked(each: Component, found: Measurement) -> list[tuple[Decimal, int, int]]:
    return [
        (line.units, line.amount, line.flat) for line in price_tiers(each, each.quantity(found))
    ]


COMPONENTS = [
    component(aggregation, distinct, graduated=graduated)
    for aggregation in AGGREGATIONS
    for distinct in (None, "red", "1")
    for graduated in (True, False)
] + [Component(CALLS, "calls", "", "COUNT", None, True, component("COUNT").tiers)]


@given(events=EVENTS, data=st.data())
def test_any_order_and_any_parts_ask_for_the_same(events: list[Event], data: st.DataObject) -> None:
    whole = measured(events)
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    parts = [
        measured(shuffled[low:high])
        for low, high in zip([0, *cuts], [*cuts, len(events)], strict=True)
    ]
    merged = Measurement()
    for part in data.draw(st.permutations(parts)):
        again = {
            element: unpack_usage(json.loads(json.dumps(usage.pack())))
            for element, usage in part.elements.items()
        }
        merged.merge(Measurement(part.calls, again))
    for each in COMPONENTS:
        assert asked(each, merged) == asked(each, whole)
        assert each.events(merged) == each.events(whole)


@given(events=EVENTS)
def test_a_sum_is_exact(events: list[Event]) -> None:
    numbers = [
        q
        for event in events
        if event.value is not None and (q := quantity_of(event.value)) is not None
    ]
    usage = measured(events).of(ELEMENT)
    assert aggregate(usage, "SUM") == Decimal(sum(numbers)).scaleb(-18)
    assert aggregate(usage, "MAXIMUM") == units(max(numbers, default=0))


@pytest.mark.parametrize(
    ("value", "quantity"),
    [
        (3, 3 * ONE),
        ("3", 3 * ONE),
        (" 3 ", 3 * ONE),
        (Decimal("0.1"), ONE // 10),
        ("1e3", 1_000 * ONE),
        (Decimal("0.000000000000000001"), 1),
        (Decimal("0.0000000000000000019"), 1),
        (-2, -2 * ONE),
        (10**30 - 1, (10**30 - 1) * ONE),
        (10**30, None),
        ("1e400", None),
        ("NaN", None),
        ("Infinity", None),
        ("red", None),
        ("", None),
        (True, None),
        (None, None),
        ([1], None),
        ({"a": 1}, None),
    ],
)
def test_what_is_a_quantity(value: object, quantity: int | None) -> None:
    assert quantity_of(value) == quantity


def test_ten_tenths_are_one() -> None:
    usage = ElementUsage()
    for number in range(10):
        usage.add(quantity_of(Decimal("0.1")), None, number, f"e{number}")
    assert aggregate(usage, "SUM") == 1


def test_values_are_the_same_without_case_and_however_a_number_is_written() -> None:
    values: list[Decimal | int | str | bool | None] = [
        1,
        "1.0",
        Decimal("1.00"),
        "Red",
        " RED",
        "blue",
    ]
    events = [Event(f"e{number}", number, value) for number, value in enumerate(values)]
    usage = measured(events).of(ELEMENT)
    assert aggregate(usage, "UNIQUE") == 3
    assert aggregate(usage, "DISTINCT", "red") == 2
    assert [aggregate(usage, name, "1") for name in ("SUM", "AVERAGE")] == [Decimal(3), Decimal(1)]


def test_the_newest_number_counts_and_of_two_at_once_the_greater_id() -> None:
    events = [Event("b", 5, 7), Event("a", 5, 8), Event("c", 4, 9), Event("d", 9, "red")]
    assert aggregate(measured(events).of(ELEMENT), "LAST_RECEIVED") == 7


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_nothing_is_nothing(aggregation: str) -> None:
    assert aggregate(ElementUsage(), aggregation) == 0
