"""Previews of prices: what they say is what setting the price and re-rating does, to the nano."""

from typing import Any

import pytest

from chalicelib.kit.clock import DAY, SECOND, day_of
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering import previewing
from chalicelib.metering.rerating import Order, rerate
from chalicelib.metering.rows import RATED, usage_of
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

MODELS = "/profitstream/v2/api/sources/ai/models"
HOUSE = {"provider": "HOUSE", "model": "home-grown"}
PRICES = {"inputCostPerToken": 0.000001, "outputCostPerToken": 0.000002}
BODY = {"name": "home-grown", "provider": "HOUSE", "mode": "chat", **PRICES}
TOKENS = {"billingUnit": "PER_TOKEN", "modality": "TEXT", "costType": "TEXT_TOKEN_INPUT"}


@pytest.fixture
def client(world: Any) -> Client:
    """Calls of a model of its own on two days, one of which states its cost, and one of a listed
    model."""
    client = Client(world)
    yesterday = NOON - DAY
    for body in (
        completion(1, **HOUSE),
        completion(2, at=yesterday, **{**HOUSE, "model": "Home-Grown"}),
        completion(3, totalCost=0.5, **HOUSE),
        completion(4, inputTokenCount=3, outputTokenCount=7, totalTokenCount=10, **HOUSE),
        completion(5, provider="ELSEWHERE", model="home-grown"),
        completion(6),
    ):
        assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(world)
    return client


def ask(client: Client, path: str, body: Any, **query: Any) -> dict[str, Any]:
    answer = client.post(path, body, query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def rerated(client: Client) -> tuple[int, int, int, int]:
    """What re-rating changes now: calls, and nano-USD before and after, and how many had none."""
    order = Order(day_of(NOON - 30 * DAY), day_of(NOON), dry_run=True)
    lines = rerate(client.world, client.installed.team, order, "test").models.values()
    return (
        sum(each.changed for each in lines),
        sum(each.before for each in lines),
        sum(each.after for each in lines),
        sum(each.unpriced_before for each in lines),
    )


def told(found: dict[str, Any]) -> tuple[int, int, int, int]:
    before, after = (round(found[name] * 10**9) for name in ("costBefore", "costAfter"))
    return found["changed"], before, after, found["unpricedBefore"]


def test_what_stays_unpriced_is_not_among_the_changed(client: Client) -> None:
    body = completion(7, cacheReadTokenCount=5, **HOUSE)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    found = ask(client, f"{MODELS}/preview", BODY)
    assert (found["calls"], found["changed"], found["stillUnpriced"]) == (5, 3, 1)
    assert (found["unpricedBefore"], found["unpricedAfter"]) == (3, 0)
    assert (found["costAfter"], found["newCost"]) == (0.002417, 0.002417)
    both = {**BODY, "cacheReadCostPerInputToken": 0}
    found = ask(client, f"{MODELS}/preview", both)
    assert (found["changed"], found["stillUnpriced"]) == (4, 0)
    body = completion(8, cacheCreationTokenCount=5, **HOUSE)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    drain(client.world)
    assert ask(client, f"{MODELS}/preview", both)["stillUnpriced"] == 1
    both["cacheCreationCostPerInputToken"] = 0
    assert ask(client, f"{MODELS}/preview", both)["stillUnpriced"] == 0


def test_a_new_model_changes_what_the_preview_says(client: Client) -> None:
    found = ask(client, f"{MODELS}/preview", BODY)
    assert (found["calls"], found["changed"], found["costAfter"]) == (4, 3, 0.002417)
    assert (found["newCost"], found["unpricedAfter"], found["cut"]) == (0.002417, 0, False)
    assert [(each["model"], each["changed"]) for each in found["models"]] == [
        ("Home-Grown", 1),
        ("home-grown", 2),
    ]
    assert [(each["day"], each["calls"]) for each in found["days"]] == [
        (day_of(NOON - DAY), 1),
        (day_of(NOON), 3),
    ]
    assert client.get(MODELS, {"modelType": "CUSTOM"}).json["page"]["totalElements"] == 0
    assert rerated(client) == (0, 0, 0, 0), "nothing was set"
    assert client.post(MODELS, BODY).status == 200
    assert rerated(client) == told(found)
    assert client.post(f"{MODELS}/preview", BODY).status == 409


def test_spaces_around_a_name_are_no_part_of_it(client: Client) -> None:
    spaced = completion(7, **{**HOUSE, "model": " home-grown "})
    assert client.post("/meter/v2/ai/completions", spaced).status == 201
    drain(client.world)
    found = ask(client, f"{MODELS}/preview", BODY)
    assert (found["calls"], found["changed"]) == (5, 4)
    assert client.post(MODELS, BODY).status == 200
    assert rerated(client) == told(found)


def test_a_dimension_of_a_listed_model_holds_from_now_on_or_as_if_always(client: Client) -> None:
    listed = client.get(f"{MODELS}/name/gpt-4o-mini").json["id"]
    path = f"{MODELS}/{listed}/pricing/dimensions"
    body = {**TOKENS, "unitPrice": 0.000003}
    later = ask(client, f"{path}/preview", body)
    assert (later["calls"], later["changed"]) == (1, 0)
    always = ask(client, f"{path}/preview", body, always=True)
    # 1,000 tokens at 3 instead of 0.15 USD a million.
    assert told(always) == (1, 210_000, 3_060_000, 0)
    assert client.post(path, body).status == 200
    assert rerated(client) == told(later)
    assert client.post(f"{path}/preview", body).status == 409


def test_a_dimension_of_a_model_of_ones_own_is_previewed(client: Client) -> None:
    made = client.post(MODELS, BODY).json["id"]
    path = f"{MODELS}/{made}/pricing/dimensions"
    body = {**TOKENS, "unitPrice": 0.000004}
    found = ask(client, f"{path}/preview", body)
    assert client.post(path, body).status == 200
    assert rerated(client) == told(found)
    assert found["changed"] == 3


def test_few_days_and_many_calls_are_bounded_and_told(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.post(f"{MODELS}/preview", BODY, {"days": 91}).status == 400
    monkeypatch.setattr(previewing, "MOST_CALLS", 4)
    found = ask(client, f"{MODELS}/preview", BODY)
    assert (found["cut"], found["firstDay"], found["calls"]) == (True, day_of(NOON), 3)
    monkeypatch.setattr(previewing, "MOST_CALLS", 2)
    answer = client.post(f"{MODELS}/preview", BODY)
    assert answer.status == 400
    assert "--dry-run" in answer.json["message"]


def test_faults_are_those_of_a_price(client: Client) -> None:
    assert client.post(f"{MODELS}/preview", {"name": "x"}).status == 400
    path = f"{MODELS}/nobody/pricing/dimensions/preview"
    assert client.post(path, {**TOKENS, "unitPrice": 1}).status in (400, 404)
    assert ask(Client(client.world), f"{MODELS}/preview", BODY)["calls"] == 0


class Spy(dict[str, Any]):
    """A row that notes what is read of it."""

    def __init__(self, row: dict[str, Any]) -> None:
        super().__init__(row)
        self.read: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


def test_all_columns_that_rating_reads_are_asked_of_the_lake() -> None:
    extras = {"totalCost": 1, "speed": "fast"}
    for kind in ("COMPLETION", "AUDIO"):
        row = {"requested_at": NOON - SECOND, "kind": kind, "model_host": "bedrock"}
        spy = Spy({**row, "provider": "claude", "cache_creation_tokens": 3})
        usage_of(spy, extras)
        usage_of(spy, {})
        assert spy.read <= set(RATED) <= set(AI_EVENTS.columns)
