"""Figures: exact, and written as plain numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.jsontext import dumps
from chalicelib.reports.measures import Measure, figure, plain

NANO = st.integers(-(10**18), 10**18)


@given(NANO)
def test_a_sum_is_exact_to_the_nano(nano: int) -> None:
    assert Fraction(figure(Measure.SUM, nano, 1)) == Fraction(nano, 10**9)


@given(NANO, st.integers(1, 10**9))
def test_an_average_is_right_to_a_billionth_of_a_nano(nano: int, calls: int) -> None:
    exact = Fraction(nano, calls * 10**9)
    assert abs(Fraction(figure(Measure.AVG, nano, calls)) - exact) <= Fraction(1, 2 * 10**18)


def test_a_count_is_a_number_of_calls() -> None:
    assert figure(Measure.COUNT, 1200, 3) == 1200


@pytest.mark.parametrize("measure", list(Measure))
def test_a_group_without_known_costs_has_nothing(measure: Measure) -> None:
    assert figure(measure, None, 0) == 0


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, b"0"),
        (100 * 10**9, b"100"),
        (1_500_000_000, b"1.5"),
        (9007199254740993, b"9007199.254740993"),
        (1, b"1E-9"),
    ],
)
def test_it_is_written_with_all_digits_and_no_idle_zeros(nano: int, text: bytes) -> None:
    assert dumps(figure(Measure.SUM, nano, 1)) == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=12, min_value=-(10**15), max_value=10**15
    )
)
def test_plain_is_the_same_number(value: Decimal) -> None:
    assert plain(value) == value
    assert "E+" not in str(plain(value))
