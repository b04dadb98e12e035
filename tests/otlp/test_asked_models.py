"""Two spans of one call may name its model by what was asked for, or by what answered."""

import json
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from chalicelib.otlp.trees import Part
from tests.otlp.test_wrapping import call, calls_after, foreign

ASKED, ANSWERED = "gen_ai.request.model", "gen_ai.response.model"
DEPLOYMENT = {ASKED: "my-deployment"}
ANSWER = {**DEPLOYMENT, ANSWERED: "gpt-4o-2024-08-06"}
ROUTED = {ASKED: "openai/gpt-4o:online", ANSWERED: "openai/gpt-4o"}


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (DEPLOYMENT, ANSWER),
        (ANSWER, DEPLOYMENT),
        ({ASKED: "openai/my-deployment"}, ANSWER),
        ({ASKED: "gpt-4o"}, ANSWER),
        ({ASKED: "openai/gpt-4o:online"}, ROUTED),
        ({ASKED: "auto", ANSWERED: "my-deployment"}, ANSWER),
    ],
)
@pytest.mark.parametrize("order", ["WC", "C|W", "W|C", "C|RW", "R|C|W"])
def test_any_name_of_one_may_be_any_name_of_the_other(
    outer: Mapping[str, str], inner: Mapping[str, str], order: str
) -> None:
    spans = {
        "R": foreign(1, 0),
        "W": call(2, 1, 580, **outer),
        "C": call(3, 2, 580, **inner),
    }
    (kept,) = calls_after([[spans[each] for each in batch] for batch in order.split("|")])
    assert kept["transaction_id"][-1] == "3"


def test_other_names_are_other_models() -> None:
    mini = {ASKED: "gpt-4o-mini", ANSWERED: "gpt-4o-mini-2024-07-18"}
    others = [mini, {ASKED: "other-deployment"}]
    for other in others:
        spans = call(2, 1, 580, **other), call(3, 2, 580, **ANSWER)
        for order in permutations(spans):
            assert len(calls_after([[each] for each in order])) == 2
            assert len(calls_after([order])) == 2


def test_notes_of_earlier_releases_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Part.as_json

    def older(part: Any) -> Mapping[str, Any]:
        kept = json.loads(json.dumps(whole(part)))
        return kept | {"calls": {span: told[:5] for span, told in kept["calls"].items()}}

    monkeypatch.setattr(Part, "as_json", older)
    spans = [call(2, 1, 580, **{ANSWERED: "gpt-4o"}), call(3, 2, 580, **{ANSWERED: "gpt-4o"})]
    for order in permutations(spans):
        assert len(calls_after([[each] for each in order])) == 1
