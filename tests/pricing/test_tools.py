"""Tool prices: by hand, for all quantities, and everything that is wrong with a pricing at once."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.pricing.tools import NoQuantity, charge, faults, tool_tariff_of


def priced(*elements: dict[str, Any], currency: str | None = "USD") -> dict[str, Any]:
    return {"currency": currency, "elements": list(elements)}


def element(
    aggregation: str, price: object = None, name: str | None = "pages", tiers: object = None
) -> dict[str, Any]:
    return {"aggregationType": aggregation, "name": name, "unitPrice": price, "tiers": tiers}


GRADED = [
    {"unitPrice": "1", "upTo": 10},
    {"unitPrice": "0.5", "upTo": "20"},
    {"unitPrice": "0.1", "upTo": None},
]


@pytest.mark.parametrize(
    ("elements", "usage", "nano"),
    [
        ([element("COUNT", "0.01", None)], {}, 10_000_000),
        (
            [element("COUNT", 0.01, "calls")],
            {"calls": 99},
            10_000_000,
        ),  # the call itself, whatever the usage says
        ([element("SUM", "0.002")], {"pages": 3}, 6_000_000),
        ([element("SUM", "0.002")], {"pages": "3.5"}, 7_000_000),
        ([element("MAXIMUM", "0.002")], {"pages": 0.1}, 200_000),
        ([element("AVERAGE", "0.002")], {"pages": Decimal("1e1")}, 20_000_000),
        ([element("DISTINCT", "0.002")], {"pages": "a.pdf"}, 2_000_000),
        ([element("DISTINCT", "0.002")], {"pages": None}, 0),
        ([element("DISTINCT", "0.002")], {}, 0),
        ([element("SUM", "0.002")], {}, 0),
        ([element("COUNT", "0.01", None), element("SUM", "0.002")], {"pages": 2}, 14_000_000),
        ([element("SUM", tiers=GRADED)], {"pages": 10}, 10 * 10**9),
        ([element("SUM", tiers=GRADED)], {"pages": 15}, 12_500_000_000),
        ([element("SUM", tiers=GRADED)], {"pages": 30}, 16 * 10**9),
        (
            [element("SUM", tiers=GRADED[:2])],
            {"pages": 30},
            20 * 10**9,
        ),  # beyond a last limit: its price
        ([element("COUNT", tiers=GRADED)], {}, 10**9),
        ([element("SUM", "0.0000000005")], {"pages": 1}, 0),  # half a nano, to even
        ([element("SUM", "0.0000000005")], {"pages": 3}, 2),
        ([], {"pages": 3}, 0),
    ],
)
def test_what_a_call_costs(
    elements: list[dict[str, Any]], usage: dict[str, object], nano: int
) -> None:
    stored = priced(*elements)
    assert faults(stored) == []
    assert charge(tool_tariff_of(stored), usage) == charge(stored, usage) == nano


def test_other_currencies_are_unpriced() -> None:
    assert charge(priced(element("COUNT", "1"), currency="EUR"), {}) is None
    assert charge(priced(element("COUNT", "1"), currency=None), {}) == 10**9
    assert charge(priced(element("COUNT", "1"), currency="usd"), {}) == 10**9


@pytest.mark.parametrize("told", ["many", float("nan"), "1e99999999", True, [], -3, "-1", {"n": 1}])
@pytest.mark.parametrize("aggregation", ["SUM", "MAXIMUM", "AVERAGE"])
def test_a_quantity_that_is_none_is_not_charged_as_nothing(aggregation: str, told: object) -> None:
    with pytest.raises(NoQuantity, match="pages"):
        charge(priced(element(aggregation, "0.002")), {"pages": told})
    assert charge(priced(element("COUNT", "0.01", None)), {"pages": told}) == 10_000_000


def test_a_price_that_is_none_is_not_charged_as_nothing() -> None:
    with pytest.raises(ValueError, match="cheap"):
        charge(priced(element("COUNT", "cheap")), {})


def told(stored: dict[str, Any]) -> list[str]:
    return [fault.field for fault in faults(stored)]


@pytest.mark.parametrize(
    ("stored", "fields"),
    [
        ({}, []),
        (priced(element("COUNT", "1", None)), []),
        (priced(element("SUM", tiers=GRADED)), []),
        ({"elements": "all"}, ["pricing.elements"]),
        ({"currency": 5}, ["pricing.currency"]),
        (priced(*[element("COUNT", "1")] * 21), ["pricing.elements"]),
        (priced("free"), ["pricing.elements[0]"]),  # type: ignore[arg-type]
        (priced(element("MEDIAN", "1")), ["pricing.elements[0].aggregationType"]),
        (priced(element("SUM", "1", " ")), ["pricing.elements[0].name"]),
        (priced(element("COUNT")), ["pricing.elements[0].unitPrice"]),
        (priced(element("COUNT", "-1")), ["pricing.elements[0].unitPrice"]),
        (priced(element("COUNT", "cheap")), ["pricing.elements[0].unitPrice"]),
        (priced(element("COUNT", "Infinity")), ["pricing.elements[0].unitPrice"]),
        (priced(element("SUM", tiers="many")), ["pricing.elements[0].tiers"]),
        (priced(element("SUM", tiers=["free"])), ["pricing.elements[0].tiers[0]"]),
        (priced(element("SUM", tiers=GRADED * 7)), "many"),
        (
            priced(element("SUM", tiers=[{"upTo": None}])),
            ["pricing.elements[0].tiers[0].unitPrice"],
        ),
        (priced(element("SUM", tiers=GRADED[1::-1])), ["pricing.elements[0].tiers[1].upTo"]),
        (
            priced(element("SUM", tiers=GRADED[::-1])),
            ["pricing.elements[0].tiers[0].upTo", "pricing.elements[0].tiers[2].upTo"],
        ),
        (
            priced(element("SUM", tiers=[GRADED[0] | {"upTo": 0}])),
            ["pricing.elements[0].tiers[0].upTo"],
        ),
        (
            priced(element("SUM", tiers=[GRADED[0] | {"upTo": "ten"}])),
            ["pricing.elements[0].tiers[0].upTo"],
        ),
    ],
)
def test_every_fault_is_told_at_once(stored: dict[str, Any], fields: list[str] | str) -> None:
    found = told(stored)
    if fields == "many":
        assert "pricing.elements[0].tiers" in found
    else:
        assert found == fields


def test_faults_of_several_elements_come_together() -> None:
    stored = priced(
        element("MEDIAN", "-1"), element("SUM", None, None, [{"unitPrice": "x", "upTo": "y"}])
    )
    assert told(stored) == [
        "pricing.elements[0].aggregationType",
        "pricing.elements[0].unitPrice",
        "pricing.elements[1].name",
        "pricing.elements[1].tiers[0].unitPrice",
        "pricing.elements[1].tiers[0].upTo",
    ]


PRICE = st.decimals(min_value=0, max_value=1_000, places=12)


@given(
    st.lists(st.tuples(st.integers(1, 1_000), PRICE), min_size=1, max_size=6),
    st.decimals(min_value=0, max_value=10_000, places=6),
)
def test_tiers_are_exact_but_for_half_a_nano(
    steps: list[tuple[int, Decimal]], quantity: Decimal
) -> None:
    limits = [sum(width for width, _ in steps[: n + 1]) for n in range(len(steps))]
    tiers = [
        {"unitPrice": str(price), "upTo": limit}
        for limit, (_, price) in zip([*limits[:-1], None], steps, strict=True)
    ]
    bounds = [0, *limits[:-1], max(limits[-1], quantity)]
    true = sum(
        Fraction(max(min(quantity, upper) - lower, 0)) * Fraction(price)
        for lower, upper, (_, price) in zip(bounds[:-1], bounds[1:], steps, strict=True)
    )
    cost = charge(priced(element("SUM", tiers=tiers)), {"pages": str(quantity)})
    assert cost is not None
    assert abs(cost - true * 10**9) <= Fraction(1, 2)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_never_costs_less(less: int, more: int) -> None:
    stored = priced(element("SUM", tiers=GRADED))
    one, two = (charge(stored, {"pages": pages}) or 0 for pages in (less, less + more))
    assert two >= one
