"""Chains: which calls of a trace follow from which, and the longest chain among them.

The length of a chain from a root to a leaf is that of the union of the times of its calls: time in
which a call and the one above it both run counts once, time in which none runs does not count.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalicelib.traces.forest import NONE, Forest, chain_up, plant

Row = Mapping[str, Any]


def link_calls(calls: Sequence[Row]) -> Forest:
    """The forest of the calls of one trace, by their parents; when no call tells a parent, each
    follows the one before it in time.

    Spans tell parents always, mostly the run of an agent, which is no call: a parent that is not
    among the calls of the trace counts as told only when the call did not come as a span.
    """
    ids = [row["transaction_id"] for row in calls]
    starts = [row["requested_at"] for row in calls]
    known = set(ids)
    parents = [row["parent_transaction_id"] or None for row in calls]
    for row, parent in zip(calls, parents, strict=True):
        if parent is not None and (parent in known or row["channel"] != "OTLP"):
            return plant(ids, parents, starts)
    return chain_up(ids, starts)


@dataclass
class _Union:
    """A union of intervals that grows and shrinks again: disjoint ones in order, by their starts
    and ends."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    length: int = 0

    def add(self, start: int, end: int) -> "_Growth":
        """Add an interval."""
        first, after = bisect_left(self.ends, start), bisect_right(self.starts, end)
        starts, ends = self.starts[first:after], self.ends[first:after]
        low, high = min([start, *starts[:1]]), max([end, *ends[-1:]])
        gain = high - low - (sum(ends) - sum(starts))
        self.starts[first:after], self.ends[first:after] = [low], [high]
        self.length += gain
        return _Growth(first, starts, ends, gain)

    def undo(self, growth: "_Growth") -> None:
        """Take the interval out again that was added last."""
        place = slice(growth.place, growth.place + 1)
        self.starts[place], self.ends[place] = growth.starts, growth.ends
        self.length -= growth.gain


@dataclass(frozen=True, slots=True)
class _Growth:
    """What an interval has changed: the intervals from `place` on, of which it made one, and by how
    much the union grew."""

    place: int
    starts: list[int]
    ends: list[int]
    gain: int


@dataclass(frozen=True)
class Chain:
    """Calls from a root to a leaf, by number, and what each adds to the union of their times
    (ms)."""

    nodes: Sequence[int]
    gains: Sequence[int]

    @cached_property
    def length(self) -> int:
        """The length of the union, ms."""
        return sum(self.gains)


def find_longest(forest: Forest, ends: Sequence[int], ids: Sequence[str]) -> Chain:
    """The longest chain; of equals the one that ends later, then the one with the smaller id at its
    leaf. `ends` are those of the calls (UTC epoch ms), of which there is at least one."""
    union = _Union()
    growths: list[_Growth] = []
    best: tuple[int, int] | None = None
    leaf = 0
    for node, depth in forest.walk():
        while len(growths) > depth:
            union.undo(growths.pop())
        growths.append(union.add(forest.starts[node], ends[node]))
        if forest.children[node]:
            continue
        rank = (union.length, union.ends[-1])
        if best is None or rank > best or (rank == best and ids[node] < ids[leaf]):
            best, leaf = rank, node
    return _follow(forest, ends, leaf)


def _follow(forest: Forest, ends: Sequence[int], leaf: int) -> Chain:
    """The chain to a leaf."""
    nodes = [leaf]
    while forest.parents[nodes[-1]] != NONE:
        nodes.append(forest.parents[nodes[-1]])
    nodes.reverse()
    union = _Union()
    return Chain(nodes, [union.add(forest.starts[node], ends[node]).gain for node in nodes])
