"""Attribution and coverage: rows add up to what is attributed, the rest is told."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import DAY, day_of
from chalicelib.ports.world import World
from chalicelib.providers.syncing import sync_due
from chalicelib.reconciliation.attribution import Attribution, Usage, split, split_costs
from chalicelib.reconciliation.cells import CellKey
from tests.conftest import NOON
from tests.providers.anthropic import FakeAnthropic, Use, connect, reach
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.feeding import feed
from tests.support.provider import FakeProvider

USERS = "/profitstream/v2/api/billing/users"
COVERAGE = "/profitstream/v2/api/billing/coverage"
MODEL, YESTERDAY = "claude-sonnet-4-5", day_of(NOON - DAY)
ANN, BOB = "ann@halden.example", "bob@halden.example"


@given(st.integers(-(10**15), 10**15), st.dictionaries(st.text(), st.integers(0, 10**12)))
def test_shares_add_up(nano: int, weights: dict[str, int]) -> None:
    shares = split(nano, weights)
    assert sum(share for _, share in shares) == (nano if any(weights.values()) else 0)
    assert all(weights[name] for name, _ in shares)


def test_what_rounding_leaves_goes_to_the_largest() -> None:
    assert dict(split(100, {"a": 1, "b": 1, "c": 1})) == {"a": 34, "b": 33, "c": 33}
    assert dict(split(-5, {"a": 1, "b": 2})) == {"a": -1, "b": -4}
    assert split(5, {"a": 0}) == []


def test_a_model_then_the_day_then_nobody() -> None:
    usage = {
        CellKey("openai", "2026-11-01", "a"): {ANN: Usage(input=30), BOB: Usage(output=10)},
        CellKey("openai", "2026-11-01", "b"): {BOB: Usage(cache=40)},
    }
    costs = {
        CellKey("openai", "2026-11-01", "a"): 400,
        CellKey("openai", "2026-11-01", "image"): 80,
        CellKey("openai", "2026-11-02", "a"): 7,
    }
    found = Attribution()
    split_costs(found, costs, usage)
    by_person: defaultdict[str, int] = defaultdict(int)
    for share in found.shares:
        by_person[share.email] += share.nano
    assert by_person == {ANN: 300 + 30, BOB: 100 + 50}
    assert (dict(found.unattributed), found.nano) == ({"openai": 7}, 487)


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as serving:
        yield serving


@pytest.fixture
def anthropic(provider: FakeProvider) -> FakeAnthropic:
    return FakeAnthropic(provider)


@pytest.fixture
def client(world: World, provider: FakeProvider, tmp_path: Path) -> Client:
    return Client(reach(world, provider, tmp_path))


def meter(client: Client, number: int, email: str, tokens: int, at: int = NOON - DAY) -> None:
    body = completion(
        number,
        at,
        provider="ClaudeCode" if number % 2 else "anthropic",
        model=MODEL,
        inputTokenCount=tokens,
        outputTokenCount=0,
        totalTokenCount=tokens,
        subscriber={"id": email, "email": email} if email else None,
    )
    answer = client.post("/meter/v2/ai/completions", body)
    assert answer.status == 201, answer.json


def rows(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json["_embedded"]["objectList"]
    return found


def test_a_bill_is_split_among_people(client: Client, anthropic: FakeAnthropic) -> None:
    assert client.get(USERS).json["totalCost"] == 0
    meter(client, 1, ANN, 3000)
    meter(client, 2, BOB, 1000)
    meter(client, 4, "", 9000)
    feed(client.world)
    anthropic.uses = [
        Use(YESTERDAY, "300", model=MODEL, tokens=13_000),
        Use(YESTERDAY, "100", model="claude-opus-4-5", tokens=10),
        Use(day_of(NOON - 3 * DAY), "1", tokens=10),
    ]
    connect(client, anthropic.provider)
    sync_due(client.world)
    page = client.get(USERS).json
    told = (page["totalCost"], page["attributedCost"], page["unattributedCost"])
    assert told == (4.01, 4.0, 0.01)
    assert page["costByProvider"] == {"anthropic": 4.01}
    ann, bob = page["_embedded"]["objectList"]
    assert (ann["userEmail"], ann["totalCost"], ann["tokenShare"]) == (ANN, 3.0, 0.75)
    assert (bob["totalCost"], bob["costPercentage"], bob["providers"][0]["cost"]) == (
        1.0,
        25.0,
        1.0,
    )
    assert client.get(USERS, {"minCost": "2"}).json["attributedCost"] == 3.0
    assert client.get(USERS, {"provider": "openai"}).json["totalCost"] == 0
    assert rows(client.get(USERS, {"size": "1", "page": "1"}))[0]["userEmail"] == BOB
    detail = client.get(f"{USERS}/ANN@halden.example").json
    assert (detail["totalCost"], detail["totalTokens"]) == (3.0, 6000)
    assert [(each["model"], each["cost"]) for each in detail["entries"]] == [
        ("claude-opus-4-5", 0.75),
        (MODEL, 2.25),
    ]
    for figures in ("entries", "daily", "models"):
        assert sum(Decimal(str(each["cost"])) for each in detail[figures]) == Decimal(3)
    assert client.get(f"{USERS}/nobody@halden.example").status == 404


def test_coverage_of_what_both_sides_know(client: Client, anthropic: FakeAnthropic) -> None:
    empty = client.get(COVERAGE).json
    assert (empty["state"], empty["aggregateRatio"]) == ("NO_INTEGRATION", None)
    assert empty["aggregateRatioUnavailableReason"] == "NO_BILLING_CREDENTIAL"
    meter(client, 2, ANN, 100_000)
    client.post("/meter/v2/ai/completions", completion(9, NOON - DAY))
    feed(client.world)
    before = client.get(COVERAGE).json
    assert before["meteredTotalOutsideComparison"] == 0.30021
    anthropic.uses = [
        Use(YESTERDAY, "40", model=MODEL, tokens=10),
        Use(day_of(NOON - 5 * DAY), "9000", tokens=10),
    ]
    connect(client, anthropic.provider)
    sync_due(client.world)
    told = client.get(COVERAGE).json
    assert (told["state"], told["aggregateRatio"], told["hiddenSpend"]) == ("VALID", 0.75, 0.1)
    assert (told["confidence"], told["trend"]) == ("adjusted", None)
    assert told["meteredTotalOutsideComparison"] == 0.00021
    ours, other = told["byProvider"]
    assert (ours["comparisonState"], ours["comparisonStartDate"]) == ("partial-window", YESTERDAY)
    assert (ours["billing"], ours["usageTypeBreakdown"][0]["billing"]) == (0.4, 90.4)
    assert (other["provider"], other["billing"], other["ratio"]) == ("openai", None, None)
    day = {"period": "custom", "startDate": YESTERDAY, "endDate": YESTERDAY}
    assert client.get(COVERAGE, day).json["confidence"] == "HIGH"
    quiet = {"period": "custom", "startDate": "2026-11-10", "endDate": "2026-11-11"}
    assert client.get(COVERAGE, quiet).json["state"] == "DATA_UNAVAILABLE"
