"""Effects: why a cost is another one than before, in parts that add up to the change, to the nano.

A group (a model, a customer) is made of cells: its calls by provider or by model, those of known
cost alone. From the cost before, four steps lead to the cost now, each of which lets one thing
change; the effect of a step is what it adds. Every step is rounded once, so nothing is left over.

    volume   as many calls as now, each at the mean cost of before
    mix      these calls in the cells of now, each at the mean cost of its cell before; a cell that
             was not there before at what it costs
    size     with the tokens of now, at the mean cost of a token in the cell before
    price    what they do cost now: prices, the share of output, caches, tiers

The order is a choice, as in any such split (chain substitution): what two things did together
stands in the later one. A group that is new, or gone, moved by its volume alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.kit.money import divide


@dataclass(frozen=True, slots=True)
class Cell:
    """Calls of known cost that are alike: how many, what they cost (nano-USD), and their tokens."""

    calls: int
    cost: int
    tokens: int


Cells = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Effects:
    """Nano-USD; they add up to the change."""

    volume: int = 0
    mix: int = 0
    size: int = 0
    price: int = 0

    @property
    def change(self) -> int:
        """The cost now, less that of before."""
        return self.volume + self.mix + self.size + self.price


def explain(before: Cells, now: Cells) -> Effects:
    """Why the cost of a group changed."""
    cost_before, cost_now = _cost(before), _cost(now)
    calls_before, calls_now = _calls(before), _calls(now)
    if not calls_before or not calls_now:
        return Effects(volume=cost_now - cost_before)
    by_volume = divide(cost_before * calls_now, calls_before)
    by_mix = by_size = 0
    for name, cell in now.items():
        former = before.get(name)
        if former is None or not former.calls:
            by_mix += cell.cost
            by_size += cell.cost
            continue
        as_many = divide(former.cost * cell.calls, former.calls)
        by_mix += as_many
        has_tokens = former.tokens and cell.tokens
        by_size += divide(former.cost * cell.tokens, former.tokens) if has_tokens else as_many
    return Effects(
        volume=by_volume - cost_before,
        mix=by_mix - by_volume,
        size=by_size - by_mix,
        price=cost_now - by_size,
    )


def _cost(cells: Cells) -> int:
    return sum(cell.cost for cell in cells.values())


def _calls(cells: Cells) -> int:
    return sum(cell.calls for cell in cells.values())
