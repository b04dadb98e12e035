"""Tariffs: what units cost, at the edges of tiers and to the last digit."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.plan_records import Plan
from chalicelib.invoicing.tariffs import Component, price_tiers, prorate, tariff_of
from chalicelib.kit.money import to_nano

TIERS = [
    {"name": "first", "unitAmount": "0.10", "upTo": "100"},
    {"name": "second", "unitAmount": "0.05", "upTo": "200", "flatAmount": "1"},
    {"name": "rest", "unitAmount": "0.01"},
]


def component(
    tiers: list[dict[str, Any]] = TIERS, *, graduated: bool = True, **plan: Any
) -> Component:
    terms = {"name": "Plan", "currency": "USD", "tiers": tiers, "graduated": graduated, **plan}
    return tariff_of(Plan.of(terms)).components[0]


def charges(
    quantity: str, *, graduated: bool = True, tiers: list[dict[str, Any]] = TIERS
) -> list[tuple[str, str]]:
    """Units, and amount with flat part in USD, by tier."""
    found = price_tiers(component(tiers, graduated=graduated), Decimal(quantity))
    return [
        (
            f"{each.units.normalize():f}",
            f"{Decimal(each.amount + each.flat).scaleb(-9).normalize():f}",
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        ("-1", [], []),
        ("0", [], []),
        ("0.000000000000000001", [("0.000000000000000001", "0")], [("0.000000000000000001", "0")]),
        ("99.5", [("99.5", "9.95")], [("99.5", "9.95")]),
        ("100", [("100", "10")], [("100", "6")]),
        ("100.5", [("100", "10"), ("0.5", "1.025")], [("100.5", "6.025")]),
        ("200", [("100", "10"), ("100", "6")], [("200", "2")]),
        ("201", [("100", "10"), ("100", "6"), ("1", "0.01")], [("201", "2.01")]),
    ],
)
def test_a_tier_holds_its_start_and_not_its_end(
    quantity: str, graduated: list[tuple[str, str]], volume: list[tuple[str, str]]
) -> None:
    assert charges(quantity) == graduated
    assert charges(quantity, graduated=False) == volume


def test_beyond_the_last_end_units_cost_nothing_more_or_what_the_last_tier_says() -> None:
    ended = TIERS[:1]
    assert charges("150", tiers=ended) == [("100", "10")]
    assert charges("150", tiers=ended, graduated=False) == [("150", "15")]


def test_a_flat_tier_costs_its_amount_once() -> None:
    flat = [{"name": "flat", "flatAmount": "5"}]
    assert charges("1", tiers=flat) == [("1", "5")]
    assert charges("1000000", tiers=flat, graduated=False) == [("1000000", "5")]
    assert charges("0", tiers=flat) == []


@given(
    quantity=st.decimals(
        "0.000000000000000001", "1e29", allow_nan=False, allow_infinity=False, places=18
    ),
    ends=st.lists(st.integers(1, 10**9), max_size=4, unique=True).map(sorted),
    prices=st.lists(
        st.decimals(0, 1000, places=9, allow_nan=False, allow_infinity=False),
        min_size=5,
        max_size=5,
    ),
)
def test_tiers_share_out_all_units_and_each_amount_is_rounded_once(
    quantity: Decimal, ends: list[int], prices: list[Decimal]
) -> None:
    tiers = [
        {"name": str(n), "upTo": end, "unitAmount": f"{price:f}"}
        for n, (end, price) in enumerate(zip([*ends, None], prices, strict=False))
    ]
    found = price_tiers(component(tiers), quantity)
    assert to_nano(sum((each.units for each in found), Decimal(0)).scaleb(9)) == to_nano(
        quantity.scaleb(9)
    )
    for each in found:
        numerator, denominator = (each.units * 1).as_integer_ratio()
        exact = numerator * int(each.tier.unit.scaleb(9))
        assert abs(each.amount * denominator - exact) * 2 <= denominator
    volume = price_tiers(component(tiers, graduated=False), quantity)
    assert [each.units for each in volume] == [quantity]


@given(
    amount=st.integers(-(10**15), 10**15),
    cuts=st.lists(st.integers(0, 1_000), max_size=5).map(sorted),
)
def test_shares_of_time_stay_within_the_whole(amount: int, cuts: list[int]) -> None:
    so_far = [prorate(amount, cut, 1_000) for cut in [*cuts, 1_000]]
    assert so_far == sorted(so_far, reverse=amount < 0)
    assert so_far[-1] == amount


def test_elements_of_a_plan_are_priced_by_their_own_words() -> None:
    plan = {
        "name": "Plan",
        "currency": "USD",
        "charge": "1.5",
        "elements": [
            {
                "name": "km",
                "type": "DISTINCT_VALUE_BY_NAME",
                "elementDefinitionId": "e1",
                "unitAmount": "2",
                "distinctValue": "red",
            }
        ],
    }
    tariff = tariff_of(Plan.of(plan))
    (only,) = tariff.components
    assert (tariff.charge, only.aggregation, only.distinct, only.needs_values) == (
        1_500_000_000,
        "DISTINCT",
        "red",
        True,
    )
    assert [each.amount for each in price_tiers(only, Decimal(3))] == [6_000_000_000]


def test_no_plan_asks_nothing() -> None:
    assert (tariff_of(None).charge, list(tariff_of(None).components)) == (0, [])
