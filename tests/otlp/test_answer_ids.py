"""Ids of answers: the id of a response that only the provider's answer tells, as OpenInference and
LangSmith keep it."""

import json
import time
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.otlp.answer_ids import find_answer_id
from tests.otlp.exports import mapped, span, traces
from tests.otlp.test_wrapping import calls_after

CHAT = {"id": "chatcmpl-9f4e4e8d085945be", "choices": [], "object": "chat.completion"}
CHUNKS = {
    "choices": [{"message": {"content": "It is sunny."}}],
    "id": "chatcmpl-9f4e4e8d085945be",
    "object": "chat.completion.chunk",
}
RESPONSE = {"id": "resp_94c20a75fcec4f6d", "output": [{"id": "msg_cfd42918b45f"}]}
MESSAGE = {"id": "msg_0188c49f765d3e42", "role": "assistant", "type": "message"}
GEMINI = {"candidates": [{"content": {}}], "response_id": "Gq604ebfb8c6f1452f"}


def langchain(metadata: dict[str, Any], own: str = "lc_run--01a2206b-ea65-7473-0") -> Any:
    """A result of LangChain's, as its tracers serialize it."""
    message = {
        "lc": 1,
        "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {"content": "It is sunny.", "response_metadata": metadata, "id": own},
    }
    return {"generations": [[{"text": "It is sunny.", "message": message}]], "llm_output": {}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (CHAT, "chatcmpl-9f4e4e8d085945be"),
        (CHUNKS, "chatcmpl-9f4e4e8d085945be"),
        (RESPONSE, "resp_94c20a75fcec4f6d"),
        (MESSAGE, "msg_0188c49f765d3e42"),
        (MESSAGE | {"id": "some-gateways-own-0188c4"}, "some-gateways-own-0188c4"),
        (GEMINI, "Gq604ebfb8c6f1452f"),
        (
            langchain({"model_name": "gpt-4o", "id": "chatcmpl-9f4e4e8d0859"}),
            "chatcmpl-9f4e4e8d0859",
        ),
        (langchain({}, "resp_0f587bc8800d4be0"), "resp_0f587bc8800d4be0"),
        (langchain({}), None),
        ({"generations": langchain({"id": "resp_0f587bc8"})["generations"] * 2}, None),
        (CHAT | {"id": "chatcmpl-123"}, None),
        (CHUNKS | {"id": "None"}, None),
        (CHUNKS | {"id": 7}, None),
        (CHUNKS | {"id": "x" * 600}, None),
        ({"id": "thread-of-all-calls-77", "content": "It is sunny."}, None),
        ({"content": json.dumps(CHAT)}, None),
        ([CHAT], None),
        ("It is sunny.", None),
    ],
)
def test_the_id_of_a_providers_answer(answer: Any, expected: str | None) -> None:
    for text in (json.dumps(answer), json.dumps(answer, separators=(",", ":")), f" {answer}"):
        found = find_answer_id(text)
        assert found == (None if text.startswith((" {'", " [", " It")) else expected), text


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("id generations message kwargs response_metadata candidates".split())
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING, st.integers(0, 400), st.text(max_size=20))
def test_no_text_is_an_error(held: Any, cut: int, more: str) -> None:
    whole = json.dumps(held)
    for text in (whole, whole[:cut], "{" + whole, '{"id":' + whole, more, whole[:cut] + more):
        find_answer_id(text)


def test_texts_that_are_cut_huge_deep_or_broken() -> None:
    long = {"choices": ["x" * 50_000], "id": "chatcmpl-9f4e4e8d085945be", "object": "response"}
    assert find_answer_id(json.dumps(long)) == "chatcmpl-9f4e4e8d085945be"
    assert find_answer_id(json.dumps(long)[:-2]) is None, "cut before it tells what it is"
    assert find_answer_id(json.dumps(CHAT)[:60]) == "chatcmpl-9f4e4e8d085945be"
    assert find_answer_id('{"a":' * 100_000 + '"id"') is None
    assert find_answer_id('{"id": "\ud800", "object": "response"') is None
    begun = time.process_time()
    assert find_answer_id(json.dumps({"choices": ["id" * 10_000_000], "id": "x"})) is None
    assert time.process_time() - begun < 2


def of_openai(number: int, answer: Any, **more: Any) -> dict[str, Any]:
    """A root span of OpenInference."""
    told = {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.model_name": "gpt-4o-mini",
        "llm.token_count.prompt": 580,
        "llm.token_count.completion": 1,
        "output.value": json.dumps(answer),
    }
    return span(number, told | more) | {"traceId": f"{number:032x}"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_spans_of_other_traces_are_one_call_where_an_answer_tells_the_id(order: Any) -> None:
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 580,
        "gen_ai.usage.output_tokens": 1,
    }
    identity = {"id": CHAT["id"]}
    langsmith = {"gen_ai.completion": json.dumps(langchain(identity))}
    spans = [
        span(1, told | {"gen_ai.response.id": CHAT["id"]}),
        of_openai(2, CHAT),
        span(3, told | langsmith) | {"traceId": f"{3:032x}"},
    ]
    kept = calls_after([[spans[place]] for place in order])
    assert [row["input_tokens"] for row in kept] == [580]
    assert len(calls_after([[spans[place] for place in order]])) == 1
    assert len(calls_after([[*spans, of_openai(4, CHAT | {"id": "chatcmpl-another-one"})]])) == 2


def test_an_attribute_goes_before_the_answer_unless_it_is_weak() -> None:
    def identity(told: str) -> str:
        made = mapped(traces(of_openai(1, CHAT, **{"gen_ai.response.id": told})))
        return made.drafts[0].identity

    assert identity("resp_told-by-attribute") == "resp_told-by-attribute"
    assert identity("None") == identity("") == CHAT["id"]
