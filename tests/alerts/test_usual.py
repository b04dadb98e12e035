"""What is usual, robustly."""

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.alerts.usual import CUTS, Usual, describe, median
from chalicelib.alerts.vocabulary import Sensitivity

VALUES = st.lists(st.decimals(0, 10**9, places=6), min_size=1, max_size=12)


def of(*values: str) -> Usual:
    return describe([Decimal(value) for value in values])


def test_the_median_and_the_mad() -> None:
    usual = of("1", "2", "3", "4", "100")
    assert usual.middle == 3
    assert usual.spread == Decimal("1.482602")
    assert usual.most(Decimal("3.5")) == Decimal("8.189107")
    assert usual.least(Decimal("3.5")) == Decimal("-2.189107")


def test_one_odd_week_moves_nothing() -> None:
    assert of("10", "11", "9", "10", "12", "9000").most(Decimal("3.5")) < 20


def test_values_that_are_alike_still_have_a_spread() -> None:
    assert of("10", "10", "10", "10").spread == 1
    assert of("0", "0", "0", "0") == Usual()
    mostly_alike = of("10", "10", "10", "10", "30")
    assert mostly_alike.spread == Decimal("5.013256")


def test_nothing_is_usual_of_nothing() -> None:
    assert describe([]) == Usual()


@given(VALUES)
def test_the_median_is_that_of_the_standard_library(values: list[Decimal]) -> None:
    assert median(values) == statistics.median(values)


@given(VALUES, st.decimals(1, 1000, places=2))
def test_the_unit_does_not_matter(values: list[Decimal], factor: Decimal) -> None:
    cut = CUTS[Sensitivity.MEDIUM]
    scaled = describe([value * factor for value in values]).most(cut)
    assert scaled == pytest.approx(describe(values).most(cut) * factor)


@given(VALUES)
def test_the_middle_is_never_odd(values: list[Decimal]) -> None:
    usual = describe(values)
    for cut in CUTS.values():
        assert usual.least(cut) <= usual.middle <= usual.most(cut)
    assert CUTS[Sensitivity.HIGH] < CUTS[Sensitivity.MEDIUM] < CUTS[Sensitivity.LOW]
