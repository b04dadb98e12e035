"""Forests of spans, and the longest chain in them: any parents, any times."""

from collections.abc import Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.traces.chains import find_longest, link_calls
from chalicelib.traces.critical_path import find_path
from chalicelib.traces.forest import NONE, Forest, plant

IDS = "abcdefghij"
Calls = list[dict[str, Any]]


@st.composite
def traces(draw: st.DrawFn) -> Calls:
    """Calls whose parents are each other, themselves, nobody or none, in any times."""
    number = draw(st.integers(1, len(IDS)))
    calls: Calls = []
    for place in range(number):
        start, took = draw(st.integers(0, 40)), draw(st.integers(-5, 30))
        calls.append(
            {
                "transaction_id": draw(st.sampled_from(IDS[place : place + 2])),
                "parent_transaction_id": draw(st.sampled_from([None, "", "nobody", *IDS[:number]])),
                "requested_at": start,
                "responded_at": draw(st.sampled_from([None, start + took])),
                "channel": draw(st.sampled_from(["REST", "OTLP"])),
            }
        )
    return sorted(calls, key=lambda row: (row["requested_at"], row["transaction_id"]))


def interval(row: dict[str, Any]) -> set[int]:
    """Its milliseconds, one by one."""
    return set(range(row["requested_at"], row["responded_at"] or row["requested_at"]))


def chains_of(forest: Forest) -> list[list[int]]:
    """All chains from a root to a leaf, written without the code that is tested."""
    chains: list[list[int]] = []
    for leaf in range(len(forest.parents)):
        if leaf in forest.parents:
            continue
        chain = [leaf]
        while forest.parents[chain[0]] != NONE:
            chain.insert(0, forest.parents[chain[0]])
        chains.append(chain)
    return chains


@given(traces())
def test_every_span_stands_once_and_below_its_parent(calls: Calls) -> None:
    ids = [row["transaction_id"] for row in calls]
    parents = [row["parent_transaction_id"] for row in calls]
    forest = plant(ids, parents, [row["requested_at"] for row in calls])
    depths: dict[int, int] = {}
    for node, depth in forest.walk():
        assert node not in depths
        parent = forest.parents[node]
        assert depth == (0 if parent == NONE else depths[parent] + 1)
        depths[node] = depth
    assert len(depths) == len(calls)
    for node, parent in enumerate(forest.parents):
        if parent != NONE:
            assert ids[parent] == parents[node]
        elif parents[node] in ids:
            assert node in forest.cut


def test_a_loop_is_cut_above_its_earliest_span() -> None:
    ids, parents = ["a", "b", "c", "d", "e"], ["c", "a", "b", "a", "e"]
    forest = plant(ids, parents, [5, 3, 4, 1, 0])
    assert forest.parents == [2, NONE, 1, 0, NONE]
    assert forest.cut == {1, 4}


@given(traces())
@example(
    [
        {"transaction_id": name, "parent_transaction_id": parent, "channel": "REST"}
        | {"requested_at": start, "responded_at": end}
        for name, parent, start, end in (
            ("a", None, 0, 10),
            ("b", "a", 2, 6),
            ("c", "a", 12, 20),
            ("d", "b", 30, 33),
        )
    ]
)
def test_the_critical_path_is_the_longest_chain(calls: Calls) -> None:
    forest = link_calls(calls)
    chains = chains_of(forest)

    def rank(chain: Sequence[int]) -> tuple[int, int, list[int]]:
        union = set().union(*(interval(calls[node]) for node in chain))
        ends = [
            max(calls[node]["requested_at"], calls[node]["responded_at"] or 0) for node in chain
        ]
        return len(union), max(ends), [-ord(calls[chain[-1]]["transaction_id"])]

    best = max(map(rank, chains))
    found = find_path(calls)
    assert rank(found.nodes) == best
    assert found.length == best[0]
    assert all(gain >= 0 for gain in found.gains)
    begun = min(row["requested_at"] for row in calls)
    ended = max(max(row["requested_at"], row["responded_at"] or 0) for row in calls)
    assert found.length <= ended - begun
    assert found.length >= max(len(interval(row)) for row in calls)
    seen: set[int] = set()
    for node, gain in zip(found.nodes, found.gains, strict=True):
        assert gain == len(interval(calls[node]) - seen)
        seen |= interval(calls[node])


def test_calls_that_tell_no_parent_follow_each_other_in_time() -> None:
    calls: Calls = []
    for name, start, parent, channel in (
        ("b", 5, None, "REST"),
        ("a", 5, "the run of an agent", "OTLP"),
        ("c", 1, "", "REST"),
    ):
        row = {"transaction_id": name, "requested_at": start, "responded_at": start + 2}
        calls.append(row | {"parent_transaction_id": parent, "channel": channel})
    assert link_calls(calls).parents == [1, 2, NONE]
    calls[0]["parent_transaction_id"] = "nobody"
    assert link_calls(calls).parents == [NONE, NONE, NONE]


def test_a_comb_of_ten_thousand_calls_is_walked() -> None:
    number = 5_000
    spine = [place * 10 for place in range(number)]
    parents = [NONE, *range(number - 1), *range(number)]  # a tooth below each of the spine
    forest = Forest(parents, [*spine, *[0] * number])
    ends = [*[start + 1 for start in spine], *[number * 10] * number]
    chain = find_longest(forest, ends, [f"{place:05}" for place in range(2 * number)])
    assert chain.nodes == [0, number], "the shortest of all that are as long"
    assert chain.gains == [1, number * 10 - 1]
