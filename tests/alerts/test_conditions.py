"""Whether a value is one that a rule looks for."""

from decimal import Decimal

import pytest

from chalicelib.alerts.conditions import COMPARISONS, compare, is_change
from chalicelib.alerts.vocabulary import AlertThresholdOperator
from chalicelib.alerts.vocabulary import AlertThresholdOperator as Operator


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [
        (Operator.GREATER_THAN, False, False, True),
        (Operator.GREATER_THAN_OR_EQUAL_TO, False, True, True),
        (Operator.LESS_THAN, True, False, False),
        (Operator.LESS_THAN_OR_EQUAL_TO, True, True, False),
    ],
)
def test_comparisons(operator: Operator, below: bool, same: bool, above: bool) -> None:
    found = [compare(operator, Decimal(value), Decimal(5)) for value in (4, 5, 6)]
    assert found == [below, same, above]


@pytest.mark.parametrize(
    ("operator", "now", "before", "threshold", "in_percent", "expected"),
    [
        (Operator.INCREASES_BY, 15, 10, 5, False, True),
        (Operator.INCREASES_BY, 14, 10, 5, False, False),
        (Operator.INCREASES_BY, 15, 10, 50, True, True),
        (Operator.INCREASES_BY, 15, 10, 51, True, False),
        (Operator.DECREASES_BY, 5, 10, 5, False, True),
        (Operator.DECREASES_BY, 15, 10, 5, False, False),
        (Operator.PERCENT_INCREASE, 15, 10, 50, False, True),
        (Operator.PERCENT_DECREASE, 5, 10, 50, False, True),
        (Operator.PERCENT_DECREASE, 5, 10, 51, False, False),
        (Operator.PERCENT_INCREASE, 15, 0, 1, False, False),
        (Operator.INCREASES_BY, 15, 0, 1, True, False),
        (Operator.INCREASES_BY, 15, 0, 15, False, True),
        (Operator.PERCENT_DECREASE, -15, -10, 50, False, True),
    ],
)
def test_changes(
    operator: Operator, now: int, before: int, threshold: int, in_percent: bool, expected: bool
) -> None:
    values = (Decimal(now), Decimal(before))
    assert is_change(operator, values, Decimal(threshold), in_percent=in_percent) is expected


def test_half_of_the_operators_compare() -> None:
    assert len(COMPARISONS) * 2 == len(AlertThresholdOperator)
