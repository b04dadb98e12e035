"""A call whose response's id only a span around it has counts once, in whatever batches the two
come, and is known by that id."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from tests.otlp.exports import mapped, traces
from tests.otlp.test_wrapping import call, calls_after, foreign

Json = dict[str, Any]
ID = {"gen_ai.response.id": "chatcmpl-9f4e4e8d085945be"}
OTHER_ID = {"gen_ai.response.id": "resp_0c2d7f55c1b8d2a7e1"}
CACHED = {"gen_ai.usage.cache_read.input_tokens": 300}
ORGANIZATION = {"revenium.organization.name": "Acme"}


def batches_of(order: str, spans: dict[str, Json]) -> list[list[Json]]:
    """The spans of each batch, by their letters."""
    return [[spans[each] for each in batch] for batch in order.split("|")]


@pytest.mark.parametrize(
    "order",
    [
        *("CWR", "C|WR", "CR|W", "CW|R", "R|WC", "WC|C", "C|WC", "C|W|C|W", "WR|C|CW"),
        *map("|".join, permutations("CWR")),
    ],
)
def test_an_id_that_only_the_wrapping_tells(order: str) -> None:
    spans = {
        "R": foreign(1, 0),
        "W": call(2, 1, 580, **ID, **ORGANIZATION),
        "C": call(3, 2, 580, **CACHED),
    }
    (kept,) = calls_after(batches_of(order, spans))
    assert (kept["input_tokens"], kept["cache_read_tokens"]) == (580, 300)
    assert ID["gen_ai.response.id"] in kept["extras"]


@pytest.mark.parametrize("order", ["WC", "C|W", "C|W|R", "W|C|R", "R|W|C"])
def test_a_record_of_that_id_finds_the_call(order: str) -> None:
    spans = {
        "R": foreign(1, 0),
        "W": call(2, 1, 580, **ID),
        "C": call(3, 2, 580),
        "X": call(9, 0, 580, **ID, **ORGANIZATION) | {"traceId": f"{7:032x}"},
    }
    for whole in (f"{order}|X", f"X|{order}"):
        (kept,) = calls_after(batches_of(whole, spans))
        assert kept["organization"] == "Acme", whole


@pytest.mark.parametrize("order", list(permutations("CWR")))
def test_of_a_call_with_another_id_than_its_wrapping_none_is_lost(order: Sequence[str]) -> None:
    """A call of the id that the wrapping has can come yet."""
    spans = {"R": foreign(1, 0), "W": call(2, 1, 580, **ID), "C": call(3, 2, 580, **OTHER_ID)}
    late = call(4, 2, 700, **ID)
    kept = calls_after([*batches_of("|".join(order), spans), [late]])
    assert sorted(row["input_tokens"] for row in kept) == [580, 700]


def test_of_three_calls_around_one_another_that_share_ids_two_stay() -> None:
    spans = [call(1, 9, 580, **ID), call(2, 1, 580, **OTHER_ID), call(3, 2, 580, **ID)]
    for order in permutations(spans):
        assert len(calls_after([[each] for each in order])) == 2


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_sum_with_an_id_takes_no_summand(order: Sequence[int]) -> None:
    two = {"gen_ai.usage.output_tokens": 2}
    spans = [call(2, 1, 1_280, **ID, **two), call(3, 2, 580), call(4, 2, 700)]
    kept = calls_after([[spans[place]] for place in order])
    assert {580, 700} <= {row["input_tokens"] for row in kept}


def test_of_like_calls_within_one_wrapping_none_is_lost() -> None:
    """The wrapping tells of one of them; which one, nobody knows."""
    spans = {"W": call(2, 1, 580, **ID), "C": call(3, 2, 580), "D": call(4, 2, 580)}
    two = ["WCD", "CDW", "C|D|W", "D|C|W", "W|CD", "W|C|D", "CD|W", "WC|D", "W|C|D|W|C|D"]
    for order in two:
        kept = calls_after(batches_of(order, spans))
        assert len(kept) == 2, order
    for order in ("WCD|C|D", "WC|D|C", "CD|W|D", "D|WC|C"):
        assert len(calls_after(batches_of(order, spans))) in (2, 3), order


def test_what_else_was_told_of_an_id_is_not_taken_back() -> None:
    other = {"gen_ai.usage.output_tokens": 7}
    spans = {
        "W": call(2, 1, 580, **ID),
        "C": call(3, 2, 580, **OTHER_ID),
        "X": call(9, 0, 580, **ID, **other) | {"traceId": f"{7:032x}"},
    }
    for order in ("W|X|C", "X|W|C", "C|X|W"):
        kept = calls_after(batches_of(order, spans))
        assert any(ID["gen_ai.response.id"] in row["extras"] for row in kept), order


def test_in_one_batch_the_call_takes_the_id() -> None:
    drafts = mapped(traces(call(2, 1, 580, **ID), call(3, 2, 580))).drafts
    assert [each.identity for each in drafts][1] == ID["gen_ai.response.id"]
    assert drafts[1].extras["responseId"] == ID["gen_ai.response.id"]
    drafts = mapped(traces(call(2, 1, 580, **ID), call(3, 2, 580, **OTHER_ID))).drafts
    assert drafts[1].identity == OTHER_ID["gen_ai.response.id"]
    nearest = [call(2, 1, 580, **ID), call(3, 2, 580, **OTHER_ID), call(4, 3, 580)]
    for order in permutations(nearest):
        (identity,) = [
            each.identity
            for each in mapped(traces(*order)).drafts
            if each.row["transaction_id"][-1] == "4"
        ]
        assert identity == OTHER_ID["gen_ai.response.id"]
