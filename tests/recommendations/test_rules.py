"""What the rules stand on: names of models, proportions, months, prices of cells."""

from decimal import Decimal
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import DAY
from chalicelib.recommendations.families import read_name, succeeds
from chalicelib.recommendations.findings import Severity
from chalicelib.recommendations.habits import WorkHours
from chalicelib.recommendations.impact import (
    Impact,
    confidence_of,
    estimate,
    quantile,
    severity_of,
)
from chalicelib.recommendations.investigators.rule import share_out, show_share, show_usd
from chalicelib.recommendations.proportions import wilson
from chalicelib.recommendations.slices import Slice, read_slice
from tests.recommendations.test_claims import cell


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ("claude-haiku-4-5", "claude-3-haiku", True),
        ("claude-haiku-4-5", "claude-3-5-haiku-20241022", True),
        ("claude-opus-4-5", "claude-sonnet-4-5", False),
        ("gpt-4.1", "gpt-4o", True),
        ("gpt-4.1", "gpt-4o-2024-08-06", True),
        ("gpt-4.1-mini", "gpt-4o", False),
        ("gpt-4o", "gpt-4.1", False),
        ("gpt-4o", "gpt-4o-2024-05-13", False),
        ("gpt-5", "gpt-4.5-preview", True),
        ("gpt-4.5-preview", "gpt-4o", False),
        ("o3", "o1", True),
        ("o3-mini", "o1", False),
        ("gemini-3.8-flash", "gemini-2.5-flash", True),
        ("gemini-3-flash-preview", "gemini-2.5-flash", False),
        ("llama-3.3-70b", "llama-3.1-8b", False),
        ("llama-3.3-70b", "llama-3.1-70b", True),
        ("anything-2", "something-1", False),
        ("sonar-pro", "sonar-pro", False),
    ],
)
def test_successors(later: str, earlier: str, expected: bool) -> None:
    assert succeeds(later, earlier) is expected


def test_a_name_is_a_family_and_a_version() -> None:
    assert read_name("gpt-4o-mini-2024-07-18").family == {"gpt", "mini"}
    assert read_name("gpt-4o-mini-2024-07-18").version == (4,)
    assert read_name("openai/gpt-5.1").version == (5, 1)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_wilsons_interval_is_that_of_newcombe(
    successes: int, total: int, low: float, high: float
) -> None:
    """Table I of Newcombe 1998, method 3."""
    found = wilson(successes, total)
    assert [round(each, 4) for each in found] == [low, high]
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("freedom", "expected"), [(6, 2.447), (13, 2.160), (27, 2.052)])
def test_students_t(freedom: int, expected: float) -> None:
    """Table of NIST/SEMATECH 1.3.6.7.2."""
    assert isclose(quantile(freedom), expected, rel_tol=0.001)


def test_a_month_is_a_twelfth_of_a_year() -> None:
    even = estimate(28 * 10**9, 28 * DAY, [10**9] * 28)
    assert (even.monthly, even.band, even.least) == (30_437_500_000, "high", 30_437_500_000)
    wild = estimate(28 * 10**9, 28 * DAY, [14 * 10**9, *[0] * 26, 14 * 10**9])
    assert (wild.monthly, wild.band) == (even.monthly, "low")
    assert wild.least < wild.monthly < wild.most
    few = estimate(10**9, 3 * DAY, [10**9] * 3)
    assert few.band == "low"
    slight = estimate(28 * 10**9, 28 * DAY, [10**9, 15 * 10**8] * 14)
    assert slight.band == "high"
    assert isclose(slight.spread, 2.052 * 0.2546 / 28**0.5 / 1.25, rel_tol=0.01)


def test_days_that_differ_take_off_confidence() -> None:
    assert confidence_of(Decimal("0.8"), Impact(1, 1, 1, "high", 0.0)) == Decimal("0.80")
    assert confidence_of(Decimal("0.8"), Impact(1, 1, 1, "low", 1.0)) == Decimal("0.40")


@pytest.mark.parametrize(
    ("amount", "severity"),
    [(200, Severity.CRITICAL), (100, Severity.HIGH), (30, Severity.MEDIUM), (29, Severity.LOW)],
)
def test_severity_is_a_share_of_the_spend(amount: int, severity: Severity) -> None:
    assert severity_of(amount, 1_000) is severity
    assert severity_of(amount, 0) is Severity.LOW


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**5), max_size=6))
def test_no_share_is_more_than_what_it_is_of(amount: int, costs: list[int]) -> None:
    cells = [cell(cost) for cost in costs]
    shares = share_out(amount, cells, costs)
    assert all(share <= each.cost for each, share in shares.items())
    assert min(amount, sum(costs)) - len(costs) <= sum(shares.values()) <= amount


def test_hours_go_over_midnight() -> None:
    work = WorkHours(())
    work.calls[23] = work.calls[0] = 45
    work.calls[12] = 10
    assert (work.largest_share(2), work.largest_share(1)) == (0.9, 0.45)
    assert WorkHours(()).largest_share(6) == 0


def test_a_slice_is_told_and_read() -> None:
    chosen = Slice({"agent": "", "failed": 1, "model": "gpt", "band": 0}, ["a", "b"])
    told = chosen.parameters
    assert told == [
        ("agent", "none"), ("band", "0"), ("failed", "true"), ("model", "gpt"),
        ("traceId", "a"), ("traceId", "b"),
    ]  # fmt: skip
    asked = {"agent": "none", "failed": True, "model": "gpt", "band": 0, "tier": None}
    assert read_slice(asked, ["a", "b"]) == chosen


def test_amounts_in_words() -> None:
    assert [show_usd(nano) for nano in (0, 1, 10**7, 1_234_567_890_000)] == [
        "0.00 USD", "0.000000001 USD", "0.01 USD", "1,234.57 USD",
    ]  # fmt: skip
    assert [show_share(share) for share in (0.0123, 0.5)] == ["1.2 %", "50 %"]
