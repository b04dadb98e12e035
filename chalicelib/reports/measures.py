"""Measures: how the amounts of a group's rows become one figure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from types import MappingProxyType

_DIGITS = Decimal("1e-18")
_EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)


class Measure(StrEnum):
    """The values of the query parameter metricType. Calls without a known cost count as calls and
    nowhere else."""

    SUM = "sum"
    AVG = "avg"
    MAX = "max"
    MIN = "min"
    COUNT = "count"
    MEDIAN = "median"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


PERCENTILES: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.MEDIAN: "0.5",
        Measure.P50: "0.5",
        Measure.P90: "0.9",
        Measure.P95: "0.95",
        Measure.P99: "0.99",
    }
)


def figure(measure: Measure, value: int | None, rows: int, exponent: int = -9) -> Decimal:
    """The figure of a group: `value` times ten to the `exponent`, or a number of rows. Of avg,
    `value` is the sum over `rows` rows. Nano-USD become USD by the exponent -9.

    Exact, but for an average: that is rounded half to even at 18 decimals, a billionth of a
    nano-dollar. A group without any known value has 0, as the contract asks; how much is unknown
    stands beside the report.
    """
    if value is None:
        return Decimal(0)
    if measure is Measure.COUNT:
        return Decimal(value)
    if measure is Measure.AVG:
        return quotient(value, rows, exponent)
    return plain(Decimal(value).scaleb(exponent, _EXACT))


def quotient(over: int, under: int, exponent: int = 0) -> Decimal:
    """over / under times ten to the exponent, at 18 decimals, half to even; 0 when there is nothing
    to divide by."""
    if not under:
        return Decimal(0)
    exact = _EXACT.divide(Decimal(over), Decimal(under)).scaleb(exponent, _EXACT)
    return plain(exact.quantize(_DIGITS, context=_EXACT))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros, and never as 1E+2."""
    whole = value.to_integral_value(context=_EXACT)
    return whole.quantize(Decimal(1), context=_EXACT) if whole == value else value.normalize(_EXACT)
