"""Ranking: which groups a chart names, and which stand together as Other."""

from collections.abc import Sequence
from decimal import Decimal

from chalicelib.charts.frames import OTHER
from chalicelib.charts.series import Drawn


def rank(drawn: Sequence[Drawn], former: Sequence[Drawn], most: int) -> tuple[list[str], list[str]]:
    """The groups that are named, at most so many, the largest by the first metric first, and all
    others of any metric and of the span before. A group that is itself called Other is one of
    these where there are any."""
    primary = drawn[0]

    def size(group: str) -> tuple[Decimal, str]:
        value = primary.metric.value(primary.calculation, primary.tally.whole([group]))
        return -(value or Decimal(0)), group

    groups = dict.fromkeys(group for each in drawn for group in each.tally.groups())
    ranked = sorted(groups, key=size)
    named, rest = ranked[:most], ranked[most:]
    before = dict.fromkeys(group for each in former for group in each.tally.groups())
    rest += [group for group in before if group not in groups]
    if rest and OTHER in named:
        named.remove(OTHER)
        rest.append(OTHER)
    return named, rest
