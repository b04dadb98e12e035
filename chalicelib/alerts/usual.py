"""What is usual: a robust middle and spread of a few past values.

The middle is the median, the spread the median absolute deviation (MAD), so that one odd week among
the past ones moves neither. A value that is further than k spreads from the middle is an anomaly:
the modified z-score of B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", ASQC Basic
References in Quality Control 16 (1993), with its cut at 3.5. The cut of 2.5 is that of C. Leys et
al., "Detecting outliers: Do not use standard deviation around the mean, use absolute deviation
around the median", Journal of Experimental Social Psychology 49 (2013). Where more than half of the
values are alike the MAD is 0; then the mean absolute deviation takes its place, as Iglewicz and
Hoaglin have it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.alerts.vocabulary import Sensitivity

_MAD_OF_NORMAL = Decimal("1.482602")
"""MADs in a standard deviation of normal values: 1 / 0.6745."""
_MEAN_OF_NORMAL = Decimal("1.253314")
"""The same of mean absolute deviations."""
_LEAST_SPREAD = Decimal("0.1")
"""Of the middle: values of a machine that hardly differ would make an anomaly of anything."""
CUTS: Mapping[Sensitivity, Decimal] = {
    Sensitivity.LOW: Decimal(5),
    Sensitivity.MEDIUM: Decimal("3.5"),
    Sensitivity.HIGH: Decimal("2.5"),
}
"""Spreads from the middle beyond which a value is an anomaly."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The middle of some values, and how far from it they are as a rule."""

    middle: Decimal = Decimal(0)
    spread: Decimal = Decimal(0)

    def most(self, cut: Decimal) -> Decimal:
        """The largest value that is no anomaly."""
        return self.middle + cut * self.spread

    def least(self, cut: Decimal) -> Decimal:
        """The smallest value that is no anomaly."""
        return self.middle - cut * self.spread


def describe(values: Sequence[Decimal]) -> Usual:
    """What is usual among some values; nothing at all where there are none."""
    if not values:
        return Usual()
    middle = median(values)
    gaps = [abs(value - middle) for value in values]
    spread = _MAD_OF_NORMAL * median(gaps)
    if not spread:
        spread = _MEAN_OF_NORMAL * sum(gaps, Decimal(0)) / len(gaps)
    return Usual(middle, max(spread, _LEAST_SPREAD * abs(middle)))


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle one of some values, of which there is one at least; the mean of the middle two of
    an even number."""
    ordered = sorted(values)
    half, is_odd = divmod(len(ordered), 2)
    return ordered[half] if is_odd else (ordered[half - 1] + ordered[half]) / 2
