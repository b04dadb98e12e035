"""What a span around a call says of whom and what the call is for is the call's, whatever batches
they come in; what the call says itself stands."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.drafts import Draft
from tests.otlp.exports import mapped, traces
from tests.otlp.test_siblings import export_of, told
from tests.otlp.test_wrapping import call, calls_after, foreign, step

Json = dict[str, Any]
LABELS = {
    "revenium.organization.name": "Acme",
    "revenium.product.name": "Chat",
    "revenium.subscriber.id": "u1",
    "revenium.subscriber.credential.name": "key",
    "revenium.subscription.id": "sub",
    "revenium.task.type": "triage",
    "revenium.trace.name": "nightly",
    "revenium.squad.id": "s1",
    "revenium.job.id": "j1",
    "gen_ai.agent.name": "bot",
    "gen_ai.conversation.id": "c1",
    "deployment.environment": "prod",
}
EXPECTED = {
    "organization": "Acme",
    "product": "Chat",
    "subscriber": "u1",
    "credential": "key",
    "subscription": "sub",
    "task_type": "triage",
    "trace_name": "nightly",
    "squad_id": "s1",
    "job_id": "j1",
    "agent": "bot",
    "environment": "prod",
}
ID = {"gen_ai.response.id": "chatcmpl-9f4e4e8d085945be"}
OTHER_ID = {"gen_ai.response.id": "resp_0c2d7f55c1b8d2a7e1"}


def expect(row: Json) -> None:
    assert {name: row.get(name) for name in EXPECTED} == EXPECTED
    assert '"conversationId":"c1"' in row["extras"]
    assert row["organization_id"]


@pytest.mark.parametrize(("outer", "inner"), [({}, {}), (ID, {}), ({}, ID), (ID, ID)])
@pytest.mark.parametrize("order", ["WC", "C|W", "W|C", "C|W|R", "WC|W|C", "C|WC"])
def test_labels_of_a_wrapping(order: str, outer: Json, inner: Json) -> None:
    spans = {
        "R": foreign(1, 0),
        "W": call(2, 1, 580, **LABELS, **outer),
        "C": call(3, 2, 580, **inner),
    }
    (row,) = calls_after([[spans[each] for each in batch] for batch in order.split("|")])
    expect(row)
    assert row["input_tokens"] == 580


def test_a_call_of_another_trace_takes_no_labels() -> None:
    """An id can be of two calls, in two traces."""
    other = {"traceId": f"{7:032x}"}
    large = {"gen_ai.usage.output_tokens": 77}
    mine = call(1, 0, 100, **ID)
    theirs = call(2, 5, 9_999, **ID, **large) | other
    around = call(5, 0, 9_999, **large, **{"revenium.organization.name": "B"}) | other
    for row in calls_after([[mine], [theirs], [around]]):
        assert row["input_tokens"] == 9_999 or row.get("organization") is None


@pytest.mark.parametrize("order", ["WC", "C|W", "W|C"])
def test_no_customer_is_mixed_of_two(order: str) -> None:
    theirs = {"revenium.organization.name": "A", "revenium.subscriber.id": "anna"}
    spans = {
        "W": call(2, 1, 580, **theirs, **{"revenium.task.type": "triage"}),
        "C": call(3, 2, 580, **{"revenium.organization.name": "B"}),
    }
    (row,) = calls_after([[spans[each] for each in batch] for batch in order.split("|")])
    assert (row["organization"], row.get("subscriber"), row["task_type"]) == ("B", None, "triage")


@pytest.mark.parametrize("order", list(permutations("CWO")))
def test_a_call_that_moved_to_its_id_takes_labels(order: Sequence[str]) -> None:
    spans = {
        "O": call(1, 9, 580, **{"revenium.organization.name": "Acme"}),
        "W": call(2, 1, 580, **ID),
        "C": call(3, 2, 580),
    }
    (row,) = calls_after([[spans[each]] for each in order])
    assert row["organization"] == "Acme"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_labels_of_a_sum(order: Sequence[int]) -> None:
    two = {"gen_ai.usage.output_tokens": 2}
    spans = [call(2, 1, 1_280, **LABELS, **two), call(3, 2, 580), call(4, 2, 700)]
    for batches in ([[spans[each]] for each in order], [[spans[each] for each in order]]):
        rows = calls_after(batches)
        assert len(rows) == 2
        for row in rows:
            expect(row)


@pytest.mark.parametrize("order", ["WC", "C|W", "W|C"])
def test_what_the_call_says_itself_stands(order: str) -> None:
    own = {
        "revenium.organization.name": "Own",
        "revenium.subscriber.email": "a@example.com",
        "gen_ai.agent.name": "zed",
        "revenium.task.type": "review",
    }
    spans = {"W": call(2, 1, 580, **LABELS), "C": call(3, 2, 580, **own)}
    (row,) = calls_after([[spans[each] for each in batch] for batch in order.split("|")])
    assert (row["organization"], row["agent"], row["product"]) == ("Own", "zed", "Chat")
    assert (row["subscriber"], row["task_type"]) == ("a@example.com", "review")


def drafts_of(*spans: Json) -> list[Draft]:
    return [each for each in mapped(traces(*spans)).drafts if each.table is AI_EVENTS]


def agent(number: int, parent: int, name: str) -> Json:
    made = step(number, parent)
    return made | {"attributes": made["attributes"] | {"gen_ai.agent.name": name}}


def test_the_nearest_that_tells_is_heard() -> None:
    outer = call(2, 1, 580, **LABELS)
    nearer = call(3, 2, 580, **{"revenium.organization.name": "Near", "gen_ai.agent.name": "near"})
    for spans in permutations([agent(1, 0, "root"), outer, nearer, call(4, 3, 580)]):
        (draft,) = drafts_of(*spans)
        assert (draft.names.organization, draft.names.product) == ("Near", "Chat")
        assert draft.names.agent == "near"
    for spans in permutations([agent(1, 0, "root"), outer, call(3, 2, 580)]):
        assert drafts_of(*spans)[0].names.agent == "bot"
    for spans in permutations([outer, agent(3, 2, "inner"), call(4, 3, 580)]):
        assert drafts_of(*spans)[0].names.agent == "inner"


def test_neither_usage_nor_errors_are_taken() -> None:
    failed = {
        "error.type": "X",
        "gen_ai.usage.cost": 0.5,
        "gen_ai.response.finish_reasons": "length",
    }
    (draft,) = drafts_of(call(2, 1, 580, **failed), call(3, 2, 580))
    assert draft.row["stop_reason"] == "END"
    assert not {"error_reason", "stated_cost_nano"} & draft.row.keys()


def test_labels_of_a_sibling() -> None:
    outer, inner = told(1, "langchain", 0, 100, **LABELS), told(2, "openai", 1, 99)
    for order in permutations([outer, inner]):
        for batches in ([[each] for each in order], [order]):
            (row,) = calls_after(batches, export_of=export_of)
            expect(row)
