"""What the guard makes of LiteLLM's own words."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.applications import run

HELLO = [{"role": "user", "content": "Hello, how are you?"}]
REQUESTS: list[dict[str, Any]] = [
    {"model": "openai/gpt-4o-mini", "messages": HELLO},
    {"model": "openai/gpt-4o-mini", "messages": HELLO, "max_tokens": 10, "n": 3},
    {"model": "azure/mine", "messages": HELLO, "max_completion_tokens": 7, "max_tokens": 9},
    {"model": "nobody/knows", "messages": HELLO},
    {"model": "gpt-4o", "messages": [{"role": "user", "content": "x" * 110_000}]},
    {"model": "gpt-4o", "messages": [{"role": "user", "content": [{"odd": 1}]}], "max_tokens": 1},
    {"model": "text-embedding-3-small", "input": ["abc" * 100]},
]
PEOPLE: list[dict[str, Any]] = [
    {},
    {"meterlake": {"agent": "a", "organizationName": "Mine", "subscriberEmail": "i@am.me"}},
    {
        "meterlake": {"agent": "a", "organizationName": "Theirs", "subscriberEmail": "i@am.me"},
        "user_api_key_org_alias": "Acme",
        "user_api_key_user_email": "ann@acme.io",
        "user_api_key_user_id": "u1",
        "user_api_key_alias": "k1",
        "user_api_key_team_alias": "Blue",
    },
    {"user_api_key_team_alias": "Blue", "meterlake": "odd"},
]
USAGES: list[dict[str, Any]] = [
    {
        "prompt_tokens": 1_000,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 3},
    },
    {"prompt_tokens": 10, "completion_tokens": 5, "cache_read_input_tokens": 400},
    {"input_tokens": 8, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 3}},
]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    cases = {"requests": REQUESTS, "people": PEOPLE, "usages": USAGES}
    served = {"writeKey": "k", "url": "http://127.0.0.1:9"}
    more = {
        "CASES": json.dumps(cases),
        "METERLAKE_URL": "http://127.0.0.1:9",
        "METERLAKE_API_KEY": "k",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    printed = run("guarded_facts.py", tmp_path_factory.mktemp("home"), served, **more)
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def test_what_a_call_may_use_at_most(facts: dict[str, Any]) -> None:
    plain, several, azure, unknown, long, odd, embedding = facts["requests"]
    assert (plain["provider"], plain["model"]) == ("openai", "gpt-4o-mini")
    assert plain["maxOutputTokenCount"] == 16_384, "what the model can answer"
    assert 5 < plain["inputTokenCount"] < 30
    assert facts["default"]["maxOutputTokenCount"] == 77
    assert several["maxOutputTokenCount"] == 30
    assert (azure["provider"], azure["maxOutputTokenCount"]) == ("azure", 7)
    assert (unknown["provider"], unknown["model"]) == ("litellm", "nobody/knows")
    assert unknown["maxOutputTokenCount"] is None
    assert long["inputTokenCount"] > 36_000
    assert (odd["inputTokenCount"] >= 1, odd["maxOutputTokenCount"]) == (True, 1)
    assert (embedding["inputTokenCount"], embedding["maxOutputTokenCount"]) == (101, 0)


def test_whom_a_call_is_for(facts: dict[str, Any]) -> None:
    nobody, said, known, team = facts["people"]
    assert nobody == {}
    assert said == PEOPLE[1]["meterlake"]
    assert known == {
        "agent": "a",
        "organizationName": "Acme",
        "subscriberEmail": "ann@acme.io",
        "subscriberId": "u1",
        "credentialAlias": "k1",
    }, "a caller may not spend what is another's"
    assert team == {"organizationName": "Blue"}


def test_tokens_are_told_beside_each_other(facts: dict[str, Any]) -> None:
    inside, beside, response = facts["usages"]
    assert (inside["inputTokenCount"], inside["cacheReadTokenCount"]) == (600, 400)
    assert (inside["totalTokenCount"], inside["reasoningTokenCount"]) == (1_005, 3)
    assert (beside["inputTokenCount"], beside["totalTokenCount"]) == (10, 415)
    assert (response["inputTokenCount"], response["outputTokenCount"]) == (5, 2)
    assert facts["no usage"]["totalTokenCount"] == 0
    assert facts["tries"] == ["c"]
