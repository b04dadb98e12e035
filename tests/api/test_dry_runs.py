"""Dry runs of cost controls: what they say is what enforcement does, call by call."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.budgets import dry_run_calls
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, iso
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/ai/cost-controls"
TRY = f"{RULES}/dry-run"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@dataclass(frozen=True)
class Made:
    """A call of a test: when it began (UTC epoch ms), by whom, and its cost in cents."""

    at: int
    agent: str
    cents: int | None


def rule(**members: Any) -> dict[str, Any]:
    return {
        "name": "a day",
        "metricType": "TOTAL_COST",
        "windowType": "DAILY",
        "action": "BLOCK",
        "hardLimit": 1,
        **members,
    }


def meter(client: Client, calls: list[Made]) -> None:
    for number, call in enumerate(calls):
        assert client.post("/meter/v2/ai/completions", body_of(number, call)).status == 201
    drain(client.world)


def body_of(number: int, call: Made) -> dict[str, Any]:
    cost: dict[str, Any] = {"model": "nobodys", "provider": "HOUSE"}
    if call.cents is not None:
        cost["totalCost"] = call.cents / 100
    return completion(number, at=call.at, agent=call.agent, **cost)


def try_it(client: Client, days: int = 30, **members: Any) -> dict[str, Any]:
    answer = client.post(TRY, rule(**members), {"days": days})
    assert answer.status == 200, answer.body
    return dict(answer.json)


def in_cents(*cents: int | None, since: int = NOON - DAY, agent: str = "x") -> list[Made]:
    return [Made(since + number * MINUTE, agent, each) for number, each in enumerate(cents)]


def test_a_call_that_does_not_fit_is_stopped_and_uses_nothing(client: Client) -> None:
    meter(client, in_cents(60, 50, 30, 20, 10, 5))
    found = try_it(client)
    # 60 + 30 + 10 fill the dollar; 50 and 20 did not fit, and a full budget stops what is left.
    assert (found["calls"], found["used"], found["stops"]) == (6, 1.75, True)
    assert (found["blockedCalls"], found["blockedCost"]) == (3, 0.75)
    assert found["firstBlockedAt"] == iso(NOON - DAY + MINUTE)
    assert found["incompleteDays"] == []
    (row,) = found["rows"]
    assert (row["windowKey"], row["used"], row["calls"]) == ("DAILY:2026-11-23", 1, 6)
    assert (found["windows"], found["groups"], found["rowsLeftOut"]) == (1, 0, 0)


def test_what_just_fits_is_not_stopped_but_the_next_one_is(client: Client) -> None:
    meter(client, in_cents(50, 50))
    assert try_it(client)["blockedCalls"] == 0
    meter(client, in_cents(50, 50, 0))
    assert try_it(client)["blockedCalls"] == 1, "a call that costs nothing needs room too"


def test_each_window_and_group_has_a_limit_of_its_own(client: Client) -> None:
    calls = [Made(NOON - 2 * DAY + each * HOUR, "xy"[each % 2], 40) for each in range(8)]
    meter(client, [*calls, Made(NOON - DAY, "", 500)])
    grouped = try_it(client, groupBy="AGENT")
    assert [(row["groupValue"], row["blockedCalls"]) for row in grouped["rows"]] == [
        ("x", 2),
        ("y", 2),
    ]
    assert (grouped["calls"], grouped["groups"]) == (8, 2)
    assert try_it(client, windowType="HOURLY")["blockedCalls"] == 1
    one = {"dimension": "AGENT", "operator": "IS", "value": "x"}
    assert try_it(client, filters=[one])["blockedCalls"] == 2
    other = {"dimension": "AGENT", "operator": "STARTS_WITH", "value": "z"}
    nobody = try_it(client, filters=[other])
    assert (nobody["calls"], nobody["used"], nobody["rows"]) == (0, 0, [])


def test_what_was_used_before_counts_as_for_a_rule_made_then(client: Client) -> None:
    month = in_cents(90, since=NOON - 20 * DAY)
    meter(client, [*month, *in_cents(5, 10, since=NOON - HOUR)])
    assert try_it(client, days=1, windowType="MONTHLY")["blockedCalls"] == 1
    assert try_it(client, days=1)["blockedCalls"] == 0
    assert try_it(client, days=30, windowType="MONTHLY")["blockedCalls"] == 1


def test_calls_without_a_price_are_told_or_counted_by_their_tokens(client: Client) -> None:
    meter(client, in_cents(None, None, 95, 10))
    free = try_it(client)
    assert (free["unpricedCalls"], free["blockedCalls"], free["blockedUnpricedCalls"]) == (2, 1, 0)
    assert any("count for nothing" in each for each in free["approximations"])
    priced = try_it(client, unpricedCalls="FALLBACK", fallbackPrice=500)
    # 1,100 tokens at $500 a million are 55 cents: the second one does not fit.
    assert (priced["blockedCalls"], priced["blockedUnpricedCalls"]) == (2, 1)
    assert priced["firstBlockedAt"] == iso(NOON - DAY + MINUTE)
    assert priced["rows"][0]["used"] == 0.65


def test_blocked_calls_that_a_flat_plan_covers_are_told_apart(client: Client) -> None:
    covered = [
        completion(10 + each, at=NOON - DAY + each * HOUR, provider="ClaudeCode") for each in (1, 2)
    ]
    for body in covered:
        assert client.post("/meter/v2/ai/completions", body).status == 201
    meter(client, in_cents(60, 50, 40))
    found = try_it(client)
    # They cost nothing, and come when the dollar is used up; `calls` are those that cost money.
    assert (found["calls"], found["blockedCalls"], found["blockedFlatPlanCalls"]) == (3, 3, 2)
    (row,) = found["rows"]
    assert (row["calls"], row["blockedCalls"], row["blockedFlatPlanCalls"]) == (5, 3, 2)
    assert found["blockedCost"] == 0.5


def test_a_limit_that_warns_stops_nothing_and_goes_on_counting(client: Client) -> None:
    meter(client, in_cents(60, 50, 30, 20))
    found = try_it(client, action="WARN_ONLY")
    assert (found["stops"], found["blockedCalls"], found["rows"][0]["used"]) == (False, 3, 1.6)
    tokens = try_it(client, metricType="TOKEN_COUNT", hardLimit=2_000)
    assert (tokens["blockedCalls"], tokens["used"]) == (3, 4_400)
    shadow = try_it(client, shadowMode=True)
    assert any("shadow" in each for each in shadow["approximations"])


@LOCAL
def test_rollups_and_events_say_the_same(client: Client, clock: Clock) -> None:
    meter(client, in_cents(60, 50, 30, 20))
    before = try_it(client)
    clock.move(3 * HOUR)
    compact_due(client.world)
    roll_due(client.world)
    assert try_it(client) | {"endDate": ""} == before | {"endDate": ""}


@LOCAL
@pytest.mark.parametrize("group", [None, "AGENT"])
@pytest.mark.parametrize("seed", range(2))
def test_enforcement_stops_the_very_calls_that_a_dry_run_says(
    client: Client, clock: Clock, seed: int, group: str | None
) -> None:
    chance = random.Random(seed)
    begin = NOON - 12 * HOUR + 2 * SECOND
    calls = [
        Made(begin + number * 40 * MINUTE, chance.choice("xy"), chance.randrange(0, 60))
        for number in range(40)
    ]
    control = rule(hardLimit=3 if group is None else 1.5, groupBy=group)
    rival = Client(client.world)
    clock.now = begin - SECOND
    assert rival.post(RULES, control).status == 200
    stopped = replay(rival, clock, calls)
    meter(client, calls)
    found = try_it(client, 3, **control)
    assert found["blockedCalls"] == len(stopped) > 0
    assert found["firstBlockedAt"] == iso(stopped[0].at)
    assert round(found["blockedCost"] * 100) == sum(call.cents or 0 for call in stopped)


def replay(client: Client, clock: Clock, calls: list[Made]) -> list[Made]:
    """Have each call ask before it is made; those that were stopped."""
    stopped: list[Made] = []
    for number, call in enumerate(calls):
        clock.now = call.at
        body = {
            "transactionId": f"chatcmpl-{number}",
            "provider": "HOUSE",
            "model": "nobodys",
            "agent": call.agent,
            "estimatedCost": (call.cents or 0) / 100,
        }
        answer = client.post("/v2/api/ai/reservations", body)
        assert answer.status in (200, 201), answer.body
        if answer.json["decision"] == "BLOCK":
            stopped.append(call)
            continue
        clock.move(2 * SECOND)
        assert client.post("/meter/v2/ai/completions", body_of(number, call)).status == 201
        feed(client.world)
    clock.move(MINUTE)
    return stopped


def test_too_many_calls_are_refused_and_nothing_is_made(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter(client, in_cents(60, 50, 30))
    monkeypatch.setattr(dry_run_calls, "MOST_CALLS", 2)
    answer = client.post(TRY, rule(), {"days": 30})
    assert answer.status == 400
    assert answer.json["errors"][0]["field"] == "days"
    assert try_it(client, hardLimit=5)["blockedCalls"] == 0, "no call has to be read"
    assert client.get(RULES, {"teamId": client.installed.team}).json["page"]["totalElements"] == 0


def test_faults_are_those_of_a_limit(client: Client) -> None:
    wrong = rule(hardLimit=None, groupBy="DEPARTMENT")
    answer = client.post(TRY, wrong)
    assert {each["field"] for each in answer.json["errors"]} == {"hardLimit", "groupBy"}
    assert client.post(TRY, rule(), {"days": 32}).status == 400
    assert try_it(client)["blockedCalls"] == 0, "of a team without calls"
    installed = client.installed
    _, key = create_key(client.world, installed.tenant, installed.team, "r", KeyKind.READ)
    assert client.post(TRY, rule(), x_api_key=key).status == 200
