"""Measures: how the costs of a group's calls become one figure."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from types import MappingProxyType

from chalicelib.kit.money import to_usd

_DIGITS = Decimal("1e-18")
_EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)


class Measure(StrEnum):
    """The values of the query parameter metricType. Calls without a known cost count as calls and nowhere else."""

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

    @property
    def additive(self) -> bool:
        """Sums, extremes and counts of parts tell those of the whole: rollups can answer."""
        return self not in PERCENTILES


PERCENTILES: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.MEDIAN: "0.5",
        Measure.P50: "0.5",
        Measure.P90: "0.9",
        Measure.P95: "0.95",
        Measure.P99: "0.99",
    }
)


def figure(measure: Measure, value: int | None, priced: int) -> Decimal:
    """The figure of a group: USD, or a number of calls. `value` is in nano-USD, for avg the sum over `priced` calls.

    Exact, but for an average: that is rounded half to even at 18 decimals, a billionth of a nano-dollar. A group
    without any known cost has 0, as the contract asks; how much is unknown stands beside the report.
    """
    if value is None:
        return Decimal(0)
    if measure is Measure.COUNT:
        return Decimal(value)
    if measure is Measure.AVG:
        mean = _EXACT.divide(Decimal(value), Decimal(priced)).scaleb(-9, _EXACT)
        return plain(mean.quantize(_DIGITS, context=_EXACT))
    return plain(to_usd(value))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros, and never as 1E+2."""
    whole = value.to_integral_value(context=_EXACT)
    return whole.quantize(Decimal(1), context=_EXACT) if whole == value else value.normalize(_EXACT)
