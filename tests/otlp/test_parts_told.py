"""A span that tells only a part of what a call within it used is no second call."""

from itertools import permutations
from typing import Any

import pytest

from tests.otlp.exports import span
from tests.otlp.test_wrapping import call, calls_after, counted, foreign

Json = dict[str, Any]
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
TOTAL = "gen_ai.usage.total_tokens"


def part(number: int, parent: int, operation: str = "chat", **counts: int) -> Json:
    """A span of a call that tells these counts alone."""
    told = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    return span(number, told | counts, parentSpanId=f"{parent:016x}" if parent else "")


@pytest.mark.parametrize("counts", [{INPUT: 1_000}, {TOTAL: 1_001}, {INPUT: 1_000, TOTAL: 1_001}])
@pytest.mark.parametrize("order", ["WC", "CW", "C|W", "W|C", "C|W|R", "R|W|C", "C|WR"])
def test_a_part_of_the_usage(counts: dict[str, int], order: str) -> None:
    spans = {"R": foreign(1, 0), "W": part(2, 1, **counts), "C": call(3, 2, 1_000)}
    (row,) = calls_after([[spans[each] for each in batch] for batch in order.split("|")])
    assert (row["transaction_id"][-1], row["output_tokens"]) == ("3", 1)


def test_what_may_be_a_call_of_its_own_stays() -> None:
    inner = call(3, 2, 1_000)
    failed = {"status": {"code": 2}}
    others = {
        "another input": part(2, 1, **{INPUT: 999}),
        "another total": part(2, 1, **{TOTAL: 1_002}),
        "a total of another input": part(2, 1, **{INPUT: 999, TOTAL: 1_001}),
        "an input and another total": part(2, 1, **{INPUT: 1_000, TOTAL: 1_050}),
        "an output of 0": part(2, 1, **{INPUT: 1_000, OUTPUT: 0}),
        "a failed one": part(2, 1, **{INPUT: 1_000}) | failed,
        "an embedding": part(2, 1, "embeddings", **{INPUT: 1_000}),
    }
    for reason, other in others.items():
        for order in permutations([other, inner]):
            assert len(counted(order)) == 2, reason
            assert len(calls_after([[each] for each in order])) == 2, reason


def test_a_total_is_not_lost_in_what_used_nothing_or_less() -> None:
    outer = part(2, 1, **{TOTAL: 1_001})
    failed = part(3, 2, **{INPUT: 0}) | {"status": {"code": 2}}
    for inner in (failed, part(3, 2, **{TOTAL: 500})):
        assert len(counted([outer, inner])) == 2
    assert len(counted([outer, part(3, 2, **{TOTAL: 1_001})])) == 1


def test_an_embedding_of_a_total() -> None:
    outer = part(2, 1, "embeddings", **{TOTAL: 30})
    for order in permutations([outer, part(3, 2, "embeddings", **{INPUT: 30})]):
        assert counted(order) == [30]
        (row,) = calls_after([[each] for each in order])
        assert row["input_tokens"] == 30
