"""How metrics are made of sums."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets.measures import MEASURES, Measure
from chalicelib.budgets.vocabulary import AlertMetricType, CostControlMetricType
from chalicelib.kit.clock import HOUR, MINUTE

NUMBERS = st.integers(0, 10**15)
ADDITIVE = [each for each in MEASURES.values() if each.adds]
RATIOS = [each for each in MEASURES.values() if each.under is not None]


def test_every_metric_of_calls_is_measured() -> None:
    of_jobs = {AlertMetricType.QUALITY_RATE}
    assert set(MEASURES) == set(AlertMetricType) - of_jobs
    assert {each.value for each in CostControlMetricType} <= {str(each) for each in MEASURES}
    assert all(MEASURES[each.value].adds for each in CostControlMetricType)


def sums(measure: Measure, *numbers: int) -> dict[str, int]:
    return dict(zip([term.name for term in measure.terms], numbers, strict=False))


@given(st.sampled_from(ADDITIVE), st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_parts_add_up(measure: Measure, one: tuple[int, int], other: tuple[int, int]) -> None:
    whole = tuple(first + second for first, second in zip(one, other, strict=True))
    values = [measure.value(sums(measure, *each), HOUR) for each in (one, other, whole)]
    assert None not in values
    assert values[0] + values[1] == values[2]  # type: ignore[operator]


@given(st.sampled_from(RATIOS), st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_a_ratio_of_all_lies_between_those_of_its_parts(
    measure: Measure, one: tuple[int, int], other: tuple[int, int]
) -> None:
    whole = tuple(first + second for first, second in zip(one, other, strict=True))
    parts = [measure.value(sums(measure, *each), HOUR) for each in (one, other)]
    found = measure.value(sums(measure, *whole), HOUR)
    known = [value for value in parts if value is not None]
    if len(known) < 2:
        assert (found is None) is (not known)
        return
    assert found is not None
    least, exact, most = (Fraction(each) for each in (min(known), found, max(known)))
    step = Fraction(1, 10**18)
    assert least - step <= exact <= most + step


@pytest.mark.parametrize(
    ("metric", "numbers", "value"),
    [
        ("TOTAL_COST", (210_000,), "0.00021"),
        ("COST_PER_TRANSACTION", (210_000, 2), "0.000105"),
        ("ERROR_RATE", (1, 8), "12.5"),
        ("DURATION", (900, 2), "450"),
        ("DURATION_SECONDS", (1_500_000,), "1.5"),
        ("COST_PER_IMAGE", (80_000_000, 2), "0.04"),
        ("COST_PER_SECOND", (1_000_000_000, 4_000_000), "0.25"),
        ("TOKENS_PER_MINUTE", (90,), "30"),
        ("MARGIN", (5_000_000_000, 7_000_000_000), "-2"),
    ],
)
def test_the_unit(metric: str, numbers: tuple[int, ...], value: str) -> None:
    measure = MEASURES[metric]
    assert measure.value(sums(measure, *numbers), 3 * MINUTE) == Decimal(value)


def test_calls_of_unknown_cost_are_counted() -> None:
    measure = MEASURES["TOTAL_COST"]
    assert measure.count_unpriced({"ai_rows": 5, "ai_cost_nano_known": 3}) == 2
    assert MEASURES["TOKEN_COUNT"].count_unpriced({"ai_rows": 5}) == 0


def test_a_rate_of_no_time_has_no_value() -> None:
    assert MEASURES["TOKENS_PER_MINUTE"].value({"ai_total_tokens": 5}, 0) is None
