"""Conditions: whether a value is one that a rule looks for."""

from decimal import Decimal

from chalicelib.alerts.vocabulary import AlertThresholdOperator as Operator

_HUNDRED = Decimal(100)
_RISES = (Operator.INCREASES_BY, Operator.PERCENT_INCREASE)
_PERCENTS = (Operator.PERCENT_INCREASE, Operator.PERCENT_DECREASE)
COMPARISONS = frozenset(
    (
        Operator.GREATER_THAN,
        Operator.GREATER_THAN_OR_EQUAL_TO,
        Operator.LESS_THAN,
        Operator.LESS_THAN_OR_EQUAL_TO,
    )
)
"""Operators that compare a value; the others compare two windows."""
UPWARD = frozenset((Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUAL_TO))
"""Comparisons that look for much."""


def compare(operator: Operator, value: Decimal, threshold: Decimal) -> bool:
    """Whether a value stands to a threshold as one of the four comparisons says."""
    if operator is Operator.GREATER_THAN:
        return value > threshold
    if operator is Operator.GREATER_THAN_OR_EQUAL_TO:
        return value >= threshold
    if operator is Operator.LESS_THAN:
        return value < threshold
    return value <= threshold


def is_change(
    operator: Operator, values: tuple[Decimal, Decimal], threshold: Decimal, *, in_percent: bool
) -> bool:
    """Whether a value (the first is the one of now, the second the one before) has moved by the
    threshold at least. In percent it is one of the value before; from nothing there is none."""
    now, before = values
    change = now - before if operator in _RISES else before - now
    if not in_percent and operator not in _PERCENTS:
        return change >= threshold
    if not before:
        return False
    return _HUNDRED * change >= threshold * abs(before)
