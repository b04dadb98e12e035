"""Forest: which span of a trace stands below which.

Any set of spans makes a forest: a parent that nobody has seen makes a root, a loop of parents is
cut, of two spans with one id the first is the parent. All of it is linear in the spans.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

NONE = -1
"""The parent of a root."""


@dataclass(frozen=True)
class Forest:
    """Nodes are numbers; `parents` has the parent of each, NONE for a root. `cut` are the roots
    that a loop was opened at."""

    parents: Sequence[int]
    starts: Sequence[int]
    cut: frozenset[int] = frozenset()

    @cached_property
    def children(self) -> Sequence[Sequence[int]]:
        """The children of each node, in the order of time."""
        children: list[list[int]] = [[] for _ in self.parents]
        for node in self._in_time:
            if self.parents[node] != NONE:
                children[self.parents[node]].append(node)
        return children

    @cached_property
    def roots(self) -> Sequence[int]:
        """The nodes without a parent, in the order of time."""
        return [node for node in self._in_time if self.parents[node] == NONE]

    @cached_property
    def _in_time(self) -> Sequence[int]:
        return sorted(range(len(self.parents)), key=self.starts.__getitem__)

    def walk(self) -> Iterator[tuple[int, int]]:
        """(node, depth) of all nodes, each before its children: how a waterfall is drawn."""
        waiting = [(node, 0) for node in reversed(self.roots)]
        while waiting:
            node, depth = waiting.pop()
            yield node, depth
            waiting += [(child, depth + 1) for child in reversed(self.children[node])]


def plant(ids: Sequence[str], parent_ids: Sequence[str | None], starts: Sequence[int]) -> Forest:
    """The forest of spans: their ids, those of their parents, and when they began (UTC epoch ms).
    A loop is cut above the span that began first, of equals the one with the smaller id."""
    places: dict[str, int] = {}
    for place, name in enumerate(ids):
        places.setdefault(name, place)
    parents = [places.get(name, NONE) if name else NONE for name in parent_ids]
    cut: set[int] = set()
    for loop in _find_loops(parents):
        first = min(loop, key=lambda node: (starts[node], ids[node]))
        parents[first] = NONE
        cut.add(first)
    return Forest(parents, starts, frozenset(cut))


def chain_up(ids: Sequence[str], starts: Sequence[int]) -> Forest:
    """The forest of spans that tell no parents: each follows the one before it in time, of equals
    the one with the smaller id."""
    parents = [NONE] * len(ids)
    before = NONE
    for node in sorted(range(len(ids)), key=lambda node: (starts[node], ids[node])):
        parents[node] = before
        before = node
    return Forest(parents, starts)


def _find_loops(parents: Sequence[int]) -> Iterator[list[int]]:
    """The loops among nodes that have one parent each at most."""
    walks = [NONE] * len(parents)  # the walk by which a node was first met
    for first in range(len(parents)):
        node = first
        while node != NONE and walks[node] == NONE:
            walks[node] = first
            node = parents[node]
        if node != NONE and walks[node] == first:
            loop, at = [node], parents[node]
            while at != node:
                loop.append(at)
                at = parents[at]
            yield loop
