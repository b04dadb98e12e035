"""Shapes: which window a change is measured against, and from where on it has a direction."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import parse_instant
from chalicelib.kit.windows import Window
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from chalicelib.reports.parameters import query_of
from chalicelib.reports.service import answer, window_before
from chalicelib.reports.shapes import _change, _trend
from tests.lake.samples import batch, event
from tests.support.reports import BY_SLUG

MOVERS = BY_SLUG["top-movers"]


@given(st.integers(10**12, 2 * 10**12), st.integers(0, 10**11))
def test_the_window_before_is_as_long_and_ends_where_the_other_begins(
    start: int, length: int
) -> None:
    window = Window(start, start + length)
    before = window_before(window)
    assert before.end == window.start - 1
    assert before.end - before.start == window.end - window.start


def test_a_call_in_the_first_millisecond_of_the_window_before_counts(
    world: World, team: str
) -> None:
    start, end = "2026-03-10T00:00:00.000Z", "2026-03-10T23:59:59.999Z"
    first = parse_instant("2026-03-09T00:00:00.000Z")
    for number, at in enumerate((first - 1, first, parse_instant(start) - 1)):
        costing = event(team, f"{number}", at=at, model="m", cost_nano=10**number)
        write(world, batch(costing, first=f"{number:04d}"))
    query = query_of(MOVERS).model_validate({"startDate": start, "endDate": end})
    (item,) = answer(world, team, MOVERS, query).body["_embedded"]["items"]
    assert item["metrics"][0]["previousValue"] * 10**9 == 110


@pytest.mark.parametrize(
    ("current", "previous", "trend"),
    [
        ("105", "100", "neutral"),
        ("105.000000001", "100", "up"),
        ("95", "100", "neutral"),
        ("94.999999999", "100", "down"),
        ("100", "100", "neutral"),
        ("0", "0", "neutral"),
        ("1", "0", "new"),
        ("0", "1", "eliminated"),
    ],
)
def test_a_change_has_a_direction_beyond_five_percent(
    current: str, previous: str, trend: str
) -> None:
    assert _trend(Decimal(current), Decimal(previous)) == trend


@pytest.mark.parametrize(
    ("current", "previous", "change"),
    [("0", "0", 0), ("1", "0", 100), ("0", "1", -100), ("0.000000003", "0.000000002", 50)],
)
def test_a_change_is_in_percent_of_what_was(current: str, previous: str, change: int) -> None:
    assert _change(Decimal(current), Decimal(previous)) == change
