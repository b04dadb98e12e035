"""Claiming: whose dollars are whose.

The finding that is worth most claims its cells first; what is left of every other one is worth less
by them, and the one that is then worth most goes on. No cell is claimed twice, so no call is, and
the order of the claims is that of what they claim:

    A  worth 9 of cells 1 2 3      claims 1 2 3: 9
    B  worth 8 of cells 2 3 4      4 alone is left: 2 ----------- claims 4: 2
    C  worth 5 of cell 5                             claims 5: 5
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.findings import Finding


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A finding with the nano-USD that it alone claims, and the cells that these are of."""

    finding: Finding
    amount: int
    cells: frozenset[Cell]


def claim(findings: Sequence[Finding]) -> list[Claim]:
    """The claims of all findings, the largest first; of equal ones those that were found first. One
    that nothing is left of claims 0."""
    free: dict[Cell, bool] = {}
    for finding in findings:
        free.update(dict.fromkeys(finding.savings, True))
    waiting = [(-finding.worth(), number) for number, finding in enumerate(findings)]
    heapq.heapify(waiting)
    claims: list[Claim] = []
    while waiting:
        before, number = heapq.heappop(waiting)
        finding = findings[number]
        amount = finding.worth(free)
        if -amount > before:
            heapq.heappush(waiting, (-amount, number))
            continue
        cells = [cell for cell, saving in finding.savings.items() if saving and free[cell]]
        free.update(dict.fromkeys(cells, False))
        claims.append(Claim(finding, amount, frozenset(cells)))
    return claims
