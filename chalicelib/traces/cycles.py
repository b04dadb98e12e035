"""Cycles: chains of calls that return to an agent which was on them before.

Along a chain from a root to a leaf, calls of one agent in a row are one step; calls of no agent are
passed over. A step of an agent that is on the chain already closes a cycle, and the search begins
anew at this step: A B A B A are two cycles A B A, and none B A B.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.traces.forest import NONE, Forest

Pattern = tuple[str, ...]
"""The agents of a cycle, the first one again at its end."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of one trace: the call that closes each, with its pattern, and by call the
    patterns that it was wasted in. All but the first step of a cycle is waste; a call counts once
    for a pattern, however many chains it is on."""

    closings: Sequence[tuple[int, Pattern]]
    wasted: Mapping[int, frozenset[Pattern]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a chain stands after a call: the calls at which the steps since the search began have
    begun, by agent in order, and the patterns that the last step closes."""

    steps: Mapping[str, int]
    agent: str | None = None
    closes: frozenset[Pattern] = frozenset()


def find_cycles(forest: Forest, agents: Sequence[str | None]) -> Cycles:
    """The cycles in the calls of a trace, of which these are the agents."""
    places: list[_Place | None] = [None] * len(agents)
    closings: list[tuple[int, Pattern]] = []
    wasted: dict[int, frozenset[Pattern]] = {}
    for node, _ in forest.walk():
        parent = forest.parents[node]
        before = (places[parent] if parent != NONE else None) or _Place({})
        agent = agents[node]
        if agent is None:
            places[node] = before
            continue
        place = _step_on(before, node, agent)
        places[node] = place
        if place.closes:
            wasted[node] = wasted.get(node, frozenset()) | place.closes
        if agent != before.agent and place.closes:
            (pattern,) = place.closes
            closings.append((node, pattern))
            first = before.steps[pattern[1]]
            for each in _climb(forest, parent, first):
                known = wasted.get(each, frozenset())
                if pattern in known:
                    break
                if agents[each] is not None:
                    wasted[each] = known | {pattern}
    return Cycles(closings, wasted)


def _step_on(before: _Place, node: int, agent: str) -> _Place:
    """The place after one more call, of some agent."""
    if agent == before.agent:
        return before
    if agent not in before.steps:
        return _Place({**before.steps, agent: node}, agent)
    order = list(before.steps)
    pattern = (*order[order.index(agent) :], agent)
    return _Place({agent: node}, agent, frozenset([pattern]))


def _climb(forest: Forest, node: int, last: int) -> Iterator[int]:
    """The calls from one up to another above it, both inclusive."""
    yield node
    while node != last:
        node = forest.parents[node]
        yield node
