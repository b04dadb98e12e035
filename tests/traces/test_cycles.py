"""Cycles in the calls of one trace, against a walk along each chain by itself."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.traces.cycles import Cycles, find_cycles
from chalicelib.traces.forest import NONE, Forest, plant
from tests.traces.test_forest import chains_of

Agents = list[str | None]


def walk_chains(forest: Forest, agents: Agents) -> tuple[set[object], dict[int, set[object]]]:
    """Written without the code that is tested: closings, and what is wasted in which pattern."""
    closings: set[object] = set()
    wasted: dict[int, set[object]] = {}
    for chain in chains_of(forest):
        steps: list[tuple[str, list[int]]] = []
        for node in chain:
            agent = agents[node]
            if agent is not None and steps and steps[-1][0] == agent:
                steps[-1][1].append(node)
            elif agent is not None:
                steps.append((agent, [node]))
        begin = 0
        for place, (agent, nodes) in enumerate(steps):
            names = [name for name, _ in steps[begin:place]]
            if agent not in names:
                continue
            entry = begin + names.index(agent)
            pattern = tuple(name for name, _ in steps[entry : place + 1])
            closings.add((nodes[0], pattern))
            for _, some in steps[entry + 1 : place + 1]:
                for each in some:
                    wasted.setdefault(each, set()).add(pattern)
            begin = place
    return closings, wasted


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "A", "B", "C"]), st.integers(0, 11)),
        min_size=1,
        max_size=12,
    )
)
def test_cycles_are_those_of_all_chains(calls: list[tuple[str | None, int]]) -> None:
    agents: Agents = [agent for agent, _ in calls]
    ids = [str(number) for number in range(len(calls))]
    forest = plant(ids, [str(parent) for _, parent in calls], list(range(len(calls))))
    found = find_cycles(forest, agents)
    closings, wasted = walk_chains(forest, agents)
    assert set(found.closings) == closings
    assert len(found.closings) == len(closings)
    assert found.wasted == wasted


def in_a_row(agents: str) -> Cycles:
    parents = [NONE, *range(len(agents) - 1)]
    names: Agents = [None if name == "-" else name for name in agents]
    return find_cycles(Forest(parents, list(range(len(agents)))), names)


def test_the_search_begins_anew_where_a_cycle_closes() -> None:
    assert in_a_row("ABABA").closings == [(2, ("A", "B", "A")), (4, ("A", "B", "A"))]
    assert in_a_row("AABB-A").closings == [(5, ("A", "B", "A"))]
    assert in_a_row("ABCA").closings == [(3, ("A", "B", "C", "A"))]
    assert in_a_row("ABC").closings == in_a_row("A-A").closings == []


def test_all_but_the_first_step_is_waste() -> None:
    assert set(in_a_row("AABB-AAC").wasted) == {2, 3, 5, 6}
    assert set(in_a_row("CABCA").wasted) == {1, 2, 3}
