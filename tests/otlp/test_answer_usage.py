"""Usage that stands in an answer alone."""

import json
from typing import Any

import pytest

from tests.otlp.exports import mapped, span, traces


@pytest.mark.parametrize(
    "answer",
    [
        '{"usage": {"prompt_tokens": 5',
        '["usage"]',
        '{"usage": 5}',
        '{"usage": {"input_tokens": 5}}',
        '{"usage": {"prompt_tokens": "many"}}',
        '{"meta": "usage", "usage": null}',
        '{"choices": [{"usage": {"prompt_tokens": 5}}]}',
        {"usage": {"prompt_tokens": 5}},
    ],
)
def test_what_is_no_usage_of_an_answer_makes_no_call(answer: Any) -> None:
    told = {"openinference.span.kind": "LLM", "llm.model_name": "m", "output.value": answer}
    batch = mapped(traces(span(1, told)))
    assert [made.kind for made in batch.drafts] == ["OTHER"]


def test_only_a_call_of_a_model_has_an_answer() -> None:
    answer = json.dumps({"usage": {"prompt_tokens": 5, "completion_tokens": 2}})
    for kind, wanted in (("LLM", "COMPLETION"), ("CHAIN", "OTHER"), ("AGENT", "AGENT")):
        told = {"openinference.span.kind": kind, "llm.model_name": "m", "output.value": answer}
        (made,) = mapped(traces(span(1, told))).drafts
        assert made.kind == wanted
