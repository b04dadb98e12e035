"""Ids, money and instants."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit import clock, ids, money

NUMBERS = st.integers(min_value=0, max_value=2**53)


@given(NUMBERS)
def test_a_hashid_gives_its_number_back(number: int) -> None:
    text = ids.hashid(number)
    assert ids.number_of(text) == number
    assert text.isalnum()
    assert "_" not in text


@pytest.mark.parametrize("text", ["", "a_b", "ab-c", "é" * 6, " ", "aaaaaa", "x" * 11, "x" * 200])
def test_what_is_no_hashid_has_no_number(text: str) -> None:
    assert ids.number_of(text) is None


TRIPLES = st.tuples(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))


@given(TRIPLES, TRIPLES)
def test_event_ids_are_equal_just_when_their_parts_are(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (ids.event_id(*one) == ids.event_id(*other)) == (one == other)


@given(st.text(max_size=9), st.text(min_size=1, max_size=9), st.text(max_size=9))
def test_event_id_parts_do_not_run_together(team: str, moved: str, transaction: str) -> None:
    assert ids.event_id(team + moved, "K", transaction) != ids.event_id(
        team, "K", moved + transaction
    )


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_nano_usd_survive_the_way_through_usd(nano: int) -> None:
    assert money.to_nano(money.to_usd(nano)) == nano


@given(st.integers(min_value=0, max_value=10**24), st.integers(min_value=1, max_value=10**12))
def test_divide_rounds_halves_to_even(numerator: int, denominator: int) -> None:
    assert money.divide(numerator, denominator) == round(Fraction(numerator, denominator))


@st.composite
def ties(draw: st.DrawFn) -> tuple[int, int]:
    """(numerator, denominator) of a fraction that lies just between two whole numbers."""
    half = draw(st.integers(min_value=1, max_value=10**12))
    whole = draw(st.integers(min_value=0, max_value=10**12))
    return (2 * whole + 1) * half, 2 * half


@given(ties())
def test_divide_rounds_a_tie_to_the_even_neighbour(tie: tuple[int, int]) -> None:
    quotient = money.divide(*tie)
    assert quotient % 2 == 0
    assert abs(Fraction(quotient) - Fraction(*tie)) == Fraction(1, 2)


def test_a_float_never_makes_it_into_money() -> None:
    assert money.to_nano(Decimal("0.00026999999999999995")) == 270_000


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_instants_survive_text(moment: datetime) -> None:
    ms = clock.millis(moment.replace(tzinfo=UTC))
    assert clock.parse_instant(clock.iso(ms)) == ms
    assert clock.day_start(clock.day_of(ms)) <= ms < clock.day_start(clock.day_of(ms)) + clock.DAY


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T02:00:00.5+02:00", "2026-01-01T00:00:00.500Z"),
        ("2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123Z"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00.000Z"),
    ],
)
def test_instants_of_all_clients_are_read(text: str, iso: str) -> None:
    assert clock.iso(clock.parse_instant(text)) == iso
