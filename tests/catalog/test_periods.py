"""Billing periods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.periods import LAST, add_units, find_period
from chalicelib.kit.clock import DAY, iso, parse_instant

UNITS = st.sampled_from(["DAY", "MONTH", "YEAR", "TEST_MINUTE"])


@pytest.mark.parametrize(
    ("anchor", "unit", "count", "expected"),
    [
        ("2026-01-31T10:00:00Z", "MONTH", 1, "2026-02-28T10:00:00.000Z"),
        ("2026-01-31T10:00:00Z", "MONTH", 2, "2026-03-31T10:00:00.000Z"),
        ("2028-02-29T00:00:00Z", "YEAR", 1, "2029-02-28T00:00:00.000Z"),
        ("2026-12-31T00:00:00Z", "DAY", 1, "2027-01-01T00:00:00.000Z"),
    ],
)
def test_steps(anchor: str, unit: str, count: int, expected: str) -> None:
    assert iso(add_units(parse_instant(anchor), unit, count)) == expected


@given(st.integers(0, 100 * 365 * DAY), UNITS, st.integers(1, 40), st.integers(0, 100 * 365 * DAY))
def test_every_instant_is_in_one_period(anchor: int, unit: str, count: int, now: int) -> None:
    found = find_period(anchor, unit, count, now)
    assert found is not None
    begin, end = found
    assert begin <= max(now, anchor) < end
    assert begin >= anchor


def test_what_does_not_repeat_has_no_period_and_nothing_is_beyond_the_calendar() -> None:
    assert find_period(0, "NONE", 1, 0) is None
    assert find_period(0, None, 1, 0) is None
    assert add_units(0, "YEAR", 10**6) == add_units(0, "DAY", 10**9) == LAST
