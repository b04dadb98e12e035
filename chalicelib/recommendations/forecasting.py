"""Forecasting: the days to come of a daily series, and how far their sum may be off.

Damped Holt on what is left of the series without its week:

    week      of each weekday the median of day / mean of the seven days around it, on average 1
    level     l = α d + (1 − α) (l' + φ b')          d = day / its weekday's factor
    trend     b = β (l − l') + (1 − β) φ b'
    forecast  (l + (φ + φ² + … + φʰ) b) × the weekday's factor

(E. S. Gardner and E. McKenzie, "Forecasting trends in time series", Management Science 31, 1985;
R. J. Hyndman and G. Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, 3.4 and
8.2). α and β are those of a small grid whose one-day forecasts were best; φ is 0.9. Their errors
are taken for independent, with standard deviation σ. An error of one day lives on in the
level, so that the variance of the sum of h days is (8.7 of the same book, added up)

    σ² × Σ (1 + c₁ + … + cₖ)², k from 0 to h − 1, cᵢ = α + αβ (φ + … + φⁱ)

Under two weeks there is no week to be seen: then each day is the mean of those that are known.
Under one week there is no band: what a week's days differ by has not been seen yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, median, pstdev

WEEK = 7
_DAMPING = 0.9
_GRID = tuple((level, trend) for level in (0.1, 0.2, 0.3, 0.5) for trend in (0.0, 0.05, 0.1))
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The days to come, and how far their sum may be off (half width of the 95 % band, None of
    too few days), in the unit of the series. `method` is `damped-holt` or `mean`."""

    days: Sequence[float]
    width: float | None
    method: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where a pass over the series has ended, and the errors of its one-day forecasts."""

    alpha: float
    beta: float
    level: float
    trend: float
    errors: Sequence[float]

    @property
    def loss(self) -> float:
        """Sum of the squared errors."""
        return sum(error * error for error in self.errors)


def forecast(series: Sequence[float], count: int) -> Outlook:
    """The `count` days that follow a series of days, the oldest first."""
    if len(series) < 2 * WEEK:
        return _take_mean(series, count)
    factors = find_week(series)
    fits = [_fit(series, factors, alpha, beta) for alpha, beta in _GRID]
    best = min(fits, key=lambda fit: fit.loss)
    days: list[float] = []
    damp, steps = 1.0, 0.0
    for number in range(count):
        damp *= _DAMPING
        steps += damp
        factor = factors[(len(series) + number) % WEEK]
        days.append(max(0.0, (best.level + steps * best.trend) * factor))
    return Outlook(days, _Z * pstdev(best.errors) * _carry(best, count), "damped-holt")


def _take_mean(series: Sequence[float], count: int) -> Outlook:
    if not series:
        return Outlook([0.0] * count, None, "mean")
    if len(series) < WEEK:
        return Outlook([fmean(series)] * count, None, "mean")
    spread = pstdev(series) * sqrt(count + count * count / len(series))
    return Outlook([fmean(series)] * count, _Z * spread, "mean")


def find_week(series: Sequence[float]) -> Sequence[float]:
    """The factor of each day of the week, beginning with that of the first day of the series."""
    ratios: list[list[float]] = [[] for _ in range(WEEK)]
    half = WEEK // 2
    for at in range(half, len(series) - half):
        around = fmean(series[at - half : at + half + 1])
        if around > 0:
            ratios[at % WEEK].append(series[at] / around)
    medians = [median(some) if some else 1.0 for some in ratios]
    mean = fmean(medians)
    return [each / mean for each in medians] if mean > 0 else [1.0] * WEEK


def _fit(series: Sequence[float], factors: Sequence[float], alpha: float, beta: float) -> _Fit:
    """One pass with these parameters; the first week gives the level to begin with."""
    level, trend = fmean(series[:WEEK]), 0.0
    errors: list[float] = []
    for at, day in enumerate(series):
        factor = factors[at % WEEK]
        expected = level + _DAMPING * trend
        if at >= WEEK:
            errors.append(day - expected * factor)
        plain = day / factor if factor > 0 else expected
        before, level = level, alpha * plain + (1 - alpha) * expected
        trend = beta * (level - before) + (1 - beta) * _DAMPING * trend
    return _Fit(alpha, beta, level, trend, errors)


def _carry(fit: _Fit, count: int) -> float:
    """By how much the standard deviation of a day grows to that of the sum of so many days."""
    total, weight = 0.0, 1.0
    damp, steps = 1.0, 0.0
    for _ in range(count):
        total += weight * weight
        damp *= _DAMPING
        steps += damp
        weight += fit.alpha + fit.alpha * fit.beta * steps
    return sqrt(total)
