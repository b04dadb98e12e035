"""Reservations of what calls may cost, on both adapters."""

import json
from typing import Any

import pytest

from chalicelib.budgets import reservations, reserving
from chalicelib.budgets.enforcing import enforce_due
from chalicelib.budgets.reservations import reservation_id
from chalicelib.kit.clock import HOUR, MINUTE, iso
from chalicelib.kit.ids import event_id
from chalicelib.metering.revisions import revise
from chalicelib.ports.scope import Scope
from infra.local.counter import count_feed
from infra.local.feeder import drain
from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/ai/cost-controls"
RESERVATIONS = "/v2/api/ai/reservations"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
RULE = {
    "name": "a day",
    "metricType": "TOTAL_COST",
    "windowType": "DAILY",
    "action": "BLOCK",
    "hardLimit": 1,
}
COUNTING = 10_000
"""Milliseconds after which a new rule is counted by what is metered."""


def make(client: Client, clock: Clock | None = None, **members: Any) -> dict[str, Any]:
    answer = client.post(RULES, RULE | members)
    assert answer.status == 200, answer.body
    if clock is not None:
        clock.move(COUNTING)
    return dict(answer.json)


def ask(client: Client, name: str, **members: Any) -> Answer:
    body = {"transactionId": name, "provider": "openai", "model": "gpt-4o-mini", **members}
    return client.post(RESERVATIONS, body)


def reserve(client: Client, name: str, cost: float, **members: Any) -> dict[str, Any]:
    answer = ask(client, name, estimatedCost=cost, **members)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def meter(client: Client, name: str, cost: float, **members: Any) -> None:
    now = client.world.now()
    body = completion(at=now, transactionId=name, totalCost=cost, **members)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)


def drop(client: Client, path: str) -> int:
    return client.send("DELETE", path, b"", None, {}).status


def budget(answer: dict[str, Any]) -> tuple[float, float, float]:
    """Used, reserved and remaining of the only budget."""
    (line,) = answer["budgets"]
    return line["used"], line["reserved"], line["remaining"]


def test_a_call_holds_what_it_may_cost_until_it_is_metered(client: Client, clock: Clock) -> None:
    rule = make(client, clock, denyMessage="enough")
    first = reserve(client, "t1", 0.6)
    assert (first["decision"], first["state"]) == ("ALLOW", "HELD")
    assert budget(first) == (0, 0.6, 0.4)
    assert first["reservationId"] == reservation_id(client.installed.team, "t1")
    assert (first["estimatedCost"], first["estimateSource"]) == (0.6, "STATED")
    blocked = reserve(client, "t2", 0.5)
    assert (blocked["decision"], blocked["state"]) == ("BLOCK", "REFUSED")
    assert blocked["reservationId"] is None
    assert blocked["blockedBy"]["ruleId"] == rule["id"]
    assert blocked["blockedBy"]["denyMessage"] == "enough"
    meter(client, "t1", 0.1)
    clock.move(1_000)
    third = reserve(client, "t3", 0.5)
    assert (third["decision"], budget(third)) == ("ALLOW", (0.1, 0.5, 0.4))
    told = client.get(f"{RESERVATIONS}/{first['reservationId']}").json
    assert (told["state"], told["actualCost"]) == ("SETTLED", 0.1)


def test_a_repeated_transaction_is_the_same_reservation(client: Client, clock: Clock) -> None:
    make(client, clock)
    first = reserve(client, "t1", 0.6)
    assert reserve(client, "t1", 0.6) == first
    assert reserve(client, "t1", 0.9) == first
    assert budget(reserve(client, "t2", 0.1)) == (0, 0.7, 0.3)


def test_what_is_given_back_is_free_again(client: Client, clock: Clock) -> None:
    make(client, clock)
    first = reserve(client, "t1", 1)
    place = f"{RESERVATIONS}/{first['reservationId']}"
    assert drop(client, place) == 204
    assert drop(client, place) == 204
    assert client.get(place).json["state"] == "RELEASED"
    again = reserve(client, "t1", 0.9)
    assert again["reservationId"] != first["reservationId"]
    assert budget(again) == (0, 0.9, 0.1)
    meter(client, "t1", 0.2)
    clock.move(1_000)
    assert budget(reserve(client, "t2", 0.3)) == (0.2, 0.3, 0.5)
    assert client.get(f"{RESERVATIONS}/{again['reservationId']}").json["state"] == "SETTLED"


def test_what_nobody_tells_of_expires(client: Client, clock: Clock) -> None:
    make(client, clock)
    first = reserve(client, "t1", 1, ttlSeconds=30)
    assert first["expiresAt"] == iso(clock() + 30_000)
    assert reserve(client, "t2", 0.5)["decision"] == "BLOCK"
    clock.move(36_000)
    assert client.get(f"{RESERVATIONS}/{first['reservationId']}").json["state"] == "EXPIRED"
    assert reserve(client, "t2", 0.5)["decision"] == "ALLOW"
    meter(client, "t1", 0.9)
    clock.move(1_000)
    late = reserve(client, "t3", 0.1)
    assert late["decision"] == "BLOCK"
    assert budget(late) == (0.9, 0.5, -0.4)


def test_a_call_ends_the_last_of_its_reservations(client: Client, clock: Clock) -> None:
    """The first one has run out while its client waited to try again."""
    make(client, clock)
    first = reserve(client, "t1", 0.5, ttlSeconds=30)
    clock.move(36_000)
    again = reserve(client, "t1", 0.6)
    assert again["reservationId"] != first["reservationId"]
    meter(client, "t1", 0.2)
    clock.move(1_000)
    assert budget(reserve(client, "t2", 0.1)) == (0.2, 0.1, 0.7)
    assert client.get(f"{RESERVATIONS}/{again['reservationId']}").json["state"] == "SETTLED"


def test_all_budgets_hold_or_none(client: Client, clock: Clock) -> None:
    make(client, name="all", hardLimit=10)
    make(client, name="tokens", metricType="TOKEN_COUNT", hardLimit=1_000)
    make(client, name="agents", groupBy="AGENT", hardLimit=0.5)
    make(
        client,
        clock,
        name="others",
        filters=[{"dimension": "AGENT", "operator": "IS", "value": "b"}],
    )
    allowed = reserve(client, "t1", 0.4, agent="a", inputTokenCount=300, maxOutputTokenCount=200)
    lines = {line["name"]: line for line in allowed["budgets"]}
    assert lines.keys() == {"all", "tokens", "agents"}
    assert lines["agents"]["groupValue"] == "a"
    assert [lines[name]["reserved"] for name in ("all", "tokens", "agents")] == [0.4, 500, 0.4]
    blocked = reserve(client, "t2", 0.2, agent="a", inputTokenCount=100)
    assert blocked["blockedBy"]["name"] == "agents"
    other = reserve(client, "t3", 0.2, agent="c", inputTokenCount=100)
    lines = {line["name"]: line["reserved"] for line in other["budgets"]}
    assert lines == {"all": 0.6, "tokens": 600, "agents": 0.2}


@LOCAL
def test_rules_that_stop_nobody_are_told(client: Client, clock: Clock) -> None:
    make(client, name="shadow", shadowMode=True, hardLimit=0.5, denyMessage="no")
    make(client, name="told", action="WARN_ONLY", hardLimit=0.5)
    make(client, clock, name="hard", warnThreshold=0.5, hardLimit=2)
    fine = reserve(client, "t1", 0.1)
    assert (fine["decision"], fine["wouldBlock"]) == ("ALLOW", [])
    warned = reserve(client, "t2", 0.6)
    assert warned["decision"] == "WARN"
    assert [line["name"] for line in warned["wouldBlock"]] == ["shadow"]
    assert warned["wouldBlock"][0]["denyMessage"] == "no"
    assert {line["name"]: line["reserved"] for line in warned["budgets"]} == {
        "shadow": 0,
        "told": 0,
        "hard": 0.7,
    }


@LOCAL
def test_the_price_book_estimates(client: Client, clock: Clock) -> None:
    make(client, clock)
    told = ask(client, "t1", inputTokenCount=1_000, maxOutputTokenCount=1_000).json
    assert (told["estimatedCost"], told["estimateSource"]) == (0.00075, "BOOK")
    assert budget(told)[1] == 0.00075
    told = ask(client, "t2", inputTokenCount=1_000).json
    assert (told["estimatedCost"], told["estimateSource"]) == (0.00015, "INPUT_ONLY")
    told = ask(client, "t3", model="nobody-knows", inputTokenCount=1, maxOutputTokenCount=1).json
    assert (told["estimatedCost"], told["estimateSource"]) == (None, "UNKNOWN")
    assert told["decision"] == "ALLOW"


@LOCAL
def test_a_limit_that_is_reached_stops_calls_that_cost_nothing(
    client: Client, clock: Clock
) -> None:
    make(client, clock)
    meter(client, "t0", 1)
    clock.move(1_000)
    assert reserve(client, "t1", 0)["decision"] == "BLOCK"


@LOCAL
def test_a_call_that_was_told_of_before_holds_nothing(client: Client, clock: Clock) -> None:
    make(client, clock)
    meter(client, "t1", 0.3)
    clock.move(1_000)
    told = reserve(client, "t1", 0.5)
    assert (told["decision"], told["state"], budget(told)) == ("ALLOW", "SETTLED", (0.3, 0, 0.7))


@LOCAL
def test_corrections_and_voids_move_by_the_difference(client: Client, clock: Clock) -> None:
    make(client, clock)
    meter(client, "t1", 0.3)
    clock.move(1_000)
    assert budget(reserve(client, "p1", 0.1)) == (0.3, 0.1, 0.6)
    identity = event_id(client.installed.team, "COMPLETION", "t1")
    assert drop(client, f"/profitstream/v2/api/sources/metrics/ai/{identity}") == 204
    feed(client.world)
    assert budget(reserve(client, "p2", 0.1)) == (0, 0.2, 0.8)


@LOCAL
def test_a_window_that_rolls_over_is_empty(client: Client, clock: Clock) -> None:
    make(client, clock, windowType="HOURLY")
    meter(client, "t1", 0.9)
    assert reserve(client, "p1", 0.2)["decision"] == "BLOCK"
    clock.move(HOUR)
    assert budget(reserve(client, "p2", 0.2)) == (0, 0.2, 0.8)


@LOCAL
def test_bad_bodies_name_all_their_faults(client: Client) -> None:
    answer = client.post(RESERVATIONS, {"model": "", "estimatedCost": -1, "ttlSeconds": 99_999})
    assert answer.status == 400
    text = answer.body.decode()
    for field in ("model", "provider", "transactionId", "estimatedCost", "ttlSeconds"):
        assert field in text
    assert client.get(f"{RESERVATIONS}/nobody").status == 404
    assert drop(client, f"{RESERVATIONS}/nobody") == 404


@LOCAL
def test_both_mount_points(client: Client, clock: Clock) -> None:
    make(client, clock)
    body = {"transactionId": "t", "provider": "openai", "model": "m", "estimatedCost": 0.5}
    made = client.post(f"/profitstream{RESERVATIONS}", body).json
    assert client.get(f"{RESERVATIONS}/{made['reservationId']}").json == made
    assert drop(client, f"/profitstream{RESERVATIONS}/{made['reservationId']}") == 204


def test_no_expiry_is_later_than_an_hour_and_a_minute(client: Client, clock: Clock) -> None:
    make(client, clock)
    told = reserve(client, "t1", 0.1, ttlSeconds=3_600)
    assert told["expiresAt"] <= iso(clock() + HOUR + MINUTE)


UNKNOWN = {"model": "nobody-knows", "inputTokenCount": 1_000, "outputTokenCount": 1_000}


def meter_unpriced(client: Client, name: str) -> None:
    send_unpriced(client, name)
    feed(client.world)


def send_unpriced(client: Client, name: str) -> None:
    body = completion(at=client.world.now(), transactionId=name, totalTokenCount=2_000, **UNKNOWN)
    assert client.post("/meter/v2/ai/completions", body).status == 201


def test_calls_of_unknown_cost_count_for_nothing_and_are_told(client: Client, clock: Clock) -> None:
    make(client, clock)
    meter_unpriced(client, "t1")
    assert budget(reserve(client, "p1", 0.1)) == (0, 0.1, 0.9)
    polled = client.get(f"/v2/api/ai/enforcement-rules/{client.installed.team}").json
    assert polled["rules"][0]["unpricedCount"] == 1


def test_calls_of_unknown_cost_count_at_a_price_of_the_rules_own(
    client: Client, clock: Clock
) -> None:
    meter_unpriced(client, "t0")
    make(client, clock, unpricedCalls="FALLBACK", fallbackPrice=100)
    assert budget(reserve(client, "p1", 0.1)) == (0.2, 0.1, 0.7)
    clock.move(1_000)
    meter_unpriced(client, "t1")
    assert budget(reserve(client, "p2", 0.1)) == (0.4, 0.2, 0.4)
    told = ask(client, "p3", model="nobody-knows", inputTokenCount=500, maxOutputTokenCount=500)
    assert told.json["estimateSource"] == "UNKNOWN"
    assert budget(told.json) == (0.4, 0.3, 0.3)


def test_calls_of_unknown_cost_count_for_what_was_reserved(client: Client, clock: Clock) -> None:
    make(client, clock, unpricedCalls="ESTIMATE")
    reserve(client, "t1", 0.3, model="nobody-knows")
    reserve(client, "t2", 0.2, model="nobody-knows")
    meter_unpriced(client, "t1")
    meter_unpriced(client, "t2")
    count_feed(client.world)
    assert budget(reserve(client, "p1", 0.1)) == (0.5, 0.1, 0.4)
    priced = {"cost_nano": 50_000_000}
    identity = event_id(client.installed.team, "COMPLETION", "t1")
    for _ in range(2):
        revise(client.world, Scope(client.installed.team), [identity], lambda row: priced)
        count_feed(client.world)
    assert budget(reserve(client, "p2", 0.1)) == (0.25, 0.2, 0.55)
    meter(client, "t3", 0.1)
    assert budget(reserve(client, "p3", 0.1)) == (0.35, 0.3, 0.35)


def test_a_price_that_comes_before_the_call_is_counted_leaves_no_estimate(
    client: Client, clock: Clock
) -> None:
    make(client, clock, unpricedCalls="ESTIMATE")
    first = reserve(client, "t1", 0.3, model="nobody-knows")
    send_unpriced(client, "t1")
    identity = event_id(client.installed.team, "COMPLETION", "t1")
    revise(client.world, Scope(client.installed.team), [identity], lambda _: {"cost_nano": 10**8})
    feed(client.world)
    assert budget(reserve(client, "p1", 0.1)) == (0.1, 0.1, 0.8)
    told = client.get(f"{RESERVATIONS}/{first['reservationId']}").json
    assert (told["state"], told["actualCost"]) == ("SETTLED", 0.1)


@LOCAL
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"unpricedCalls": "FALLBACK"}, "fallbackPrice"),
        ({"fallbackPrice": 1}, "fallbackPrice"),
        ({"unpricedCalls": "FALLBACK", "fallbackPrice": -1}, "fallbackPrice"),
        ({"unpricedCalls": "ESTIMATE", "metricType": "TOKEN_COUNT"}, "unpricedCalls"),
    ],
)
def test_what_no_setting_may_be(client: Client, members: dict[str, Any], field: str) -> None:
    body = {"name": "r", "metricType": "TOTAL_COST", "windowType": "DAILY", "action": "BLOCK"}
    answer = client.post(RULES, body | {"hardLimit": 1} | members)
    assert answer.status == 400
    assert field in answer.body.decode()


def test_a_call_of_before_a_rule_was_counted_is_held_until_its_base_is_known(
    client: Client, clock: Clock
) -> None:
    make(client)
    first = reserve(client, "t1", 0.6)
    body = completion(at=client.world.now(), transactionId="t1", totalCost=0.4)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    count_feed(client.world)
    blocked = reserve(client, "t2", 0.5)
    assert (blocked["decision"], budget(blocked)) == ("BLOCK", (0, 0.6, 0.4))
    drain(client.world)
    clock.move(5 * MINUTE)
    enforce_due(client.world)
    allowed = reserve(client, "t3", 0.5)
    assert (allowed["decision"], budget(allowed)) == ("ALLOW", (0.4, 0.5, 0.1))
    told = client.get(f"{RESERVATIONS}/{first['reservationId']}").json
    assert (told["state"], told["actualCost"]) == ("SETTLED", 0.4)


def test_a_transaction_is_not_given_back_without_an_end(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reservations, reserving):
        monkeypatch.setattr(module, "MOST_ATTEMPTS", 3)
    make(client, clock)
    for _ in range(3):
        held = reserve(client, "t1", 0.9)
        assert drop(client, f"{RESERVATIONS}/{held['reservationId']}") == 204
    for _ in range(2):
        refused = ask(client, "t1", estimatedCost=0.9)
        assert refused.status == 400
        assert refused.json["errors"][0]["field"] == "transactionId"
    assert reserve(client, "t2", 0.9)["state"] == "HELD"


def test_a_call_that_holds_of_too_many_budgets_is_told_so(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserving, "MOST_HOLDS", 2)
    for number in range(3):
        make(client, name=f"rule {number}", filters=[] if number else [AGENT_X])
    clock.move(COUNTING)
    refused = ask(client, "t1", estimatedCost=0.1, agent="x")
    assert (refused.status, "3 cost controls" in refused.body.decode()) == (400, True)
    assert reserve(client, "t2", 0.1, agent="y")["decision"] == "ALLOW"


AGENT_X = {"dimension": "AGENT", "operator": "IS", "value": "x"}


def test_what_is_held_counts_after_a_rule_was_changed(client: Client, clock: Clock) -> None:
    rule = make(client, clock)
    first = reserve(client, "t1", 0.6, agent="x")
    change = json.dumps({"filters": [AGENT_X]}).encode()
    assert client.send("PATCH", f"{RULES}/{rule['id']}", change, None, {}).status == 200
    clock.move(COUNTING)
    blocked = reserve(client, "t2", 0.5, agent="x")
    assert (blocked["decision"], budget(blocked)) == ("BLOCK", (0, 0.6, 0.4))
    assert budget(reserve(client, "t3", 0.3, agent="x")) == (0, 0.9, 0.1)
    meter(client, "t1", 0.2, agent="x")
    assert client.get(f"{RESERVATIONS}/{first['reservationId']}").json["state"] == "SETTLED"
    clock.move(COUNTING)
    assert budget(reserve(client, "t4", 0.1, agent="x")) == (0.2, 0.4, 0.4)
    tokens = json.dumps({"metricType": "TOKEN_COUNT", "hardLimit": 10_000}).encode()
    assert client.send("PATCH", f"{RULES}/{rule['id']}", tokens, None, {}).status == 200
    clock.move(COUNTING)
    told = reserve(client, "t5", 0.1, agent="x", inputTokenCount=10)
    assert told["budgets"][0]["reserved"] == 10
