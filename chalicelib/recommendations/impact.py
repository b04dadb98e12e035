"""Impact: from what was found in a period to what it comes to in a month, and how sure that is.

A month is 365.25 / 12 days. The daily sums of the calls behind an advice are taken for a sample of
all days (where none of the calls has a cost, their numbers); the half width of the two-sided 95 %
confidence limits of their mean is

    h = t(0.975, n − 1) × s / √n            n days, s their standard deviation

(NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.2, "Confidence Limits for the Mean"), with
the quantile t by the expansion of Abramowitz and Stegun, 26.7.5. Days are not independent of one
another, so that the true band is rather wider. The band of an advice is `high` when h is at most a
tenth of the mean, `medium` up to three tenths, `low` beyond and for less than seven days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import NormalDist, fmean, stdev

from chalicelib.kit.money import divide
from chalicelib.recommendations.findings import Severity

MONTH_MS = 365_250 * 86_400 // 12
"""365.25 / 12 days, in ms."""
_NARROW, _WIDE, _FEW_DAYS = 0.1, 0.3, 7
_SEVERITIES = (
    (Decimal("0.2"), Severity.CRITICAL),
    (Decimal("0.1"), Severity.HIGH),
    (Decimal("0.03"), Severity.MEDIUM),
)
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Impact:
    """Nano-USD a month, with its 95 % limits, and how narrow they are: high, medium or low.
    `spread` is the half width as a share of the mean, at most 1."""

    monthly: int
    least: int
    most: int
    band: str
    spread: float


def estimate(amount: int, span_ms: int, days: Sequence[int]) -> Impact:
    """The impact of so many nano-USD in so many ms, whose calls cost so much a day (a figure for
    each day of the span, 0 where there were none)."""
    monthly = divide(amount * MONTH_MS, max(span_ms, 1))
    spread = _spread_of(days)
    width = int(monthly * spread)
    if len(days) < _FEW_DAYS or spread > _WIDE:
        band = "low"
    else:
        band = "high" if spread <= _NARROW else "medium"
    return Impact(monthly, monthly - width, monthly + width, band, spread)


def state(monthly: int) -> Impact:
    """The impact of what costs so many nano-USD in every month, by its price."""
    return Impact(monthly, monthly, monthly, "high", 0.0)


def _spread_of(days: Sequence[int]) -> float:
    mean = fmean(days) if days else 0.0
    if len(days) < 2 or mean <= 0:
        return 1.0
    return min(1.0, quantile(len(days) - 1) * stdev(days) / sqrt(len(days)) / mean)


def quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t; three terms of the expansion, off by less than 1 % from four
    degrees of freedom on."""
    first = (_Z**3 + _Z) / (4 * freedom)
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * freedom**2)
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / (384 * freedom**3)
    return _Z + first + second + third


def severity_of(amount: int, spend: int) -> Severity:
    """How much an amount matters: by its share of the spend."""
    for share, severity in _SEVERITIES:
        if amount >= share * spend > 0:
            return severity
    return Severity.LOW


def confidence_of(certainty: Decimal, impact: Impact) -> Decimal:
    """Between 0 and 1: how sure the rule is, less up to a half for days that differ widely."""
    return (certainty * (1 - Decimal(impact.spread) / 2)).quantize(Decimal("0.01"))
