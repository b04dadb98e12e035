"""LiteLLM with our callback: real LiteLLM, a provider and budgets on loopback."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.clients.applications import run
from tests.guard.fake_budgets import Budget, budget_server

GOOD = ("sync", "async", "stream", "async stream", "embedding", "async embedding", "positional")


@pytest.fixture
def budget() -> Iterator[Budget]:
    with budget_server() as running:
        yield running


def application(
    home: Path, budget: Budget, provider: str, calls: tuple[str, ...], **more: str
) -> list[list[str]]:
    """What came of each call of an application."""
    served = {"writeKey": "rev_mk_x", "url": budget.url}
    environment = {
        "METERLAKE_URL": budget.url,
        "METERLAKE_API_KEY": "rev_mk_x",
        "CALLS": ",".join(calls),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        **more,
    }
    printed = run("guarded_calls.py", home, served, provider, **environment)
    return [json.loads(line) for line in printed.splitlines() if line.startswith("[")]


def numbers(outcomes: list[list[str]]) -> list[int]:
    """Of the provider's answers, in the order in which it was called."""
    return [int(each[2].rpartition("-")[2]) for each in outcomes if each[2].startswith("chatcmpl")]


def test_every_call_is_reserved_and_settled(
    tmp_path: Path, budget: Budget, fake_provider: str
) -> None:
    outcomes = application(tmp_path, budget, fake_provider, GOOD)
    assert [(name, outcome) for name, outcome, _ in outcomes] == [(n, "ANSWERED") for n in GOOD]
    assert len(budget.asked) == len(GOOD)
    assert budget.released == []
    reserved = {each["transactionId"]: each for each in budget.asked}
    metered = {each["transactionId"]: each for each in budget.metered}
    assert (len(metered), metered.keys()) == (len(budget.metered), reserved.keys())
    for name, asked in reserved.items():
        event = metered[name]
        assert (event["provider"], event["model"]) == (asked["provider"], asked["model"])
        assert event.get("agent") == asked.get("agent")
    chat = budget.asked[0]
    assert {name: chat[name] for name in ("provider", "model", "maxOutputTokenCount")} == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "maxOutputTokenCount": 50,
    }
    assert (chat["agent"], chat["organizationName"]) == ("router", "Acme")
    assert 5 < chat["inputTokenCount"] < 30
    embedding = budget.asked[4]
    assert (embedding["model"], embedding["maxOutputTokenCount"]) == ("text-embedding-3-small", 0)
    everything = json.dumps([budget.asked, budget.metered], default=str)
    assert "Hello" not in everything, "no prompt leaves"
    check_what_was_used(budget)


def check_what_was_used(budget: Budget) -> None:
    """Tokens are told as we count them."""
    kinds = {
        (each["model"], each["isStreamed"]): (
            each["operationType"],
            each["inputTokenCount"],
            each["outputTokenCount"],
            each["cacheReadTokenCount"],
            each["cacheCreationTokenCount"],
            each["totalTokenCount"],
        )
        for each in budget.metered
    }
    assert kinds == {
        ("gpt-4o-mini", False): ("CHAT", 600, 100, 400, 0, 1100),
        ("gpt-4o-mini", True): ("CHAT", 600, 100, 400, 0, 1100),
        ("text-embedding-3-small", False): ("EMBED", 1000, 0, 0, 0, 1000),
        ("claude-sonnet-4-5", False): ("CHAT", 500, 50, 2000, 300, 2850),
    }
    claude = next(each for each in budget.metered if each["model"].startswith("claude"))
    assert claude["cacheCreation1hTokenCount"] == 100
    assert {each["stopReason"] for each in budget.metered} == {"END"}


def test_no_call_is_made_that_no_longer_fits(
    tmp_path: Path, budget: Budget, fake_provider: str
) -> None:
    budget.left = 1
    blocked = GOOD[1:]
    outcomes = application(tmp_path, budget, fake_provider, ("sync", *blocked))
    assert [outcome for _, outcome, _ in outcomes] == ["ANSWERED", *["BLOCKED"] * len(blocked)]
    assert {text for _, outcome, text in outcomes if outcome == "BLOCKED"} == {"no more, ask Ann"}
    assert (len(budget.asked), len(budget.metered)) == (len(GOOD), 1)
    bare = application(tmp_path, budget, fake_provider, ("sync", "async"), WIRED="no")
    first = numbers(outcomes)[0]
    assert numbers(bare) == [first + 1, first + 2], "the provider was not called in between"
    assert [outcome for _, outcome, _ in bare] == ["ANSWERED"] * 2, "nobody guards by chance"
    assert (len(budget.asked), len(budget.metered)) == (len(GOOD), 1)


def test_a_call_within_a_call_is_held_once(
    tmp_path: Path, budget: Budget, fake_provider: str
) -> None:
    """LiteLLM answers some calls by making another one of its own functions."""
    bridged = ("messages", "text", "async text")
    outcomes = application(tmp_path, budget, fake_provider, bridged)
    assert [outcome for _, outcome, _ in outcomes] == ["ANSWERED"] * len(bridged)
    reserved = [each["transactionId"] for each in budget.asked]
    assert len(reserved) == len(bridged)
    assert {each["transactionId"] for each in budget.metered} == set(reserved)
    assert len(budget.metered) == len(bridged)
    assert budget.released == []


def test_a_call_that_fails_gives_it_back(
    tmp_path: Path, budget: Budget, fake_provider: str
) -> None:
    outcomes = application(tmp_path, budget, fake_provider, ("fails", "async fails"))
    assert [outcome for _, outcome, _ in outcomes] == ["FAILED"] * 2
    assert len(budget.released) == len(budget.asked) == 2
    assert (budget.held, budget.metered, budget.left) == ({}, [], 10)


@pytest.mark.parametrize("way", ["routed", "routed sync"])
def test_each_try_of_a_router_is_a_call_of_its_own(
    tmp_path: Path, budget: Budget, fake_provider: str, way: str
) -> None:
    outcomes = application(tmp_path, budget, fake_provider, (way,))
    assert [outcome for _, outcome, _ in outcomes] == ["ANSWERED"]
    names = [each["transactionId"] for each in budget.asked]
    assert len(set(names)) == len(names) == 3
    assert len(budget.released) == 2
    assert [each["transactionId"] for each in budget.metered] == names[-1:]


def test_a_router_does_not_try_again_what_no_longer_fits(
    tmp_path: Path, budget: Budget, fake_provider: str
) -> None:
    budget.left = 0
    outcomes = application(tmp_path, budget, fake_provider, ("routed",))
    assert outcomes[0][1] == "BLOCKED"
    asked: list[dict[str, Any]] = budget.asked
    assert len(asked) <= 2, "once, and once for the fallback"
    assert all(isinstance(each["inputTokenCount"], int | Decimal) for each in asked)
