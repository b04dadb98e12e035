"""Calendar windows of budgets."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets.vocabulary import CostControlWindowType
from chalicelib.budgets.windows import window_at
from chalicelib.kit.clock import DAY, HOUR, iso, parse_instant

KINDS = st.sampled_from(list(CostControlWindowType))
INSTANTS = st.integers(parse_instant("2019-12-30T00:00:00Z"), parse_instant("2031-01-05T00:00:00Z"))


@pytest.mark.parametrize(
    ("kind", "key", "start", "end"),
    [
        ("HOURLY", "HOURLY:2026-05-15T13", "2026-05-15T13:00:00.000Z", "2026-05-15T13:59:59.999Z"),
        ("DAILY", "DAILY:2026-05-15", "2026-05-15T00:00:00.000Z", "2026-05-15T23:59:59.999Z"),
        ("WEEKLY", "WEEKLY:2026-W20", "2026-05-11T00:00:00.000Z", "2026-05-17T23:59:59.999Z"),
        ("MONTHLY", "MONTHLY:2026-05", "2026-05-01T00:00:00.000Z", "2026-05-31T23:59:59.999Z"),
        ("QUARTERLY", "QUARTERLY:2026-Q2", "2026-04-01T00:00:00.000Z", "2026-06-30T23:59:59.999Z"),
        ("YEARLY", "YEARLY:2026", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z"),
    ],
)
def test_windows_of_a_day_in_may(kind: str, key: str, start: str, end: str) -> None:
    window = window_at(CostControlWindowType(kind), parse_instant("2026-05-15T13:00:00Z"))
    assert (window.key, iso(window.start), iso(window.end)) == (key, start, end)


@given(kind=KINDS, instant=INSTANTS)
def test_a_key_changes_exactly_when_the_window_rolls_over(
    kind: CostControlWindowType, instant: int
) -> None:
    window = window_at(kind, instant)
    assert window.start <= instant <= window.end
    assert window_at(kind, window.start) == window_at(kind, window.end) == window
    following, before = window_at(kind, window.end + 1), window_at(kind, window.start - 1)
    assert len({window.key, following.key, before.key}) == 3
    assert following.start == window.end + 1
    assert before.end == window.start - 1
    if kind is CostControlWindowType.HOURLY:
        assert (window.end + 1 - window.start, window.start % HOUR) == (HOUR, 0)
        return
    days = (window.end + 1 - window.start) / DAY
    assert days == int(days)


@given(instant=INSTANTS)
def test_weeks_begin_on_monday(instant: int) -> None:
    window = window_at(CostControlWindowType.WEEKLY, instant)
    assert datetime.fromtimestamp(window.start / 1000, UTC).isoweekday() == 1
    year, week, _ = datetime.fromtimestamp(instant / 1000, UTC).isocalendar()
    assert window.key == f"WEEKLY:{year}-W{week:02}"
