"""Proportions: between which limits a share really lies, given how few have been counted."""

from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(successes: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % limits of a share (JASA 22, 1927); (0, 1) when nothing was counted.

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
    """
    if not total:
        return 0.0, 1.0
    share, weight = successes / total, _Z * _Z / total
    middle = share + weight / 2
    width = _Z * sqrt(share * (1 - share) / total + weight / (4 * total))
    return (middle - width) / (1 + weight), (middle + width) / (1 + weight)
