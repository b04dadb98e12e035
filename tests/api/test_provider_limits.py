"""Limits at providers, on both adapters: what is told before anything is written, what is written,
and what is told when somebody has changed it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.clock import HOUR
from chalicelib.ports.world import World
from chalicelib.spend_limits.watching import look_due
from tests.providers.anthropic import CREDENTIALS, reach
from tests.providers.limits import KEY, ORGANIZATION, SPEND_LIMITS, FakeLimits
from tests.support.bodies import completion
from tests.support.client import Answer as Told
from tests.support.client import Client
from tests.support.clock import Clock
from tests.support.feeding import feed
from tests.support.provider import Answer, Asked, FakeProvider

LIMITS = "/profitstream/v2/api/ai/provider-limits"
RULES = "/profitstream/v2/api/ai/cost-controls"
AUDIT = "/profitstream/v2/api/audit-entries"


@pytest.fixture
def limits() -> Iterator[FakeLimits]:
    with FakeProvider() as serving:
        yield FakeLimits(serving)


@pytest.fixture
def client(world: World, limits: FakeLimits, tmp_path: Path) -> Client:
    return Client(reach(world, limits.provider, tmp_path))


def connect(client: Client, limits: FakeLimits, provider: str = "openai", key: str = "sk-1") -> str:
    body = {
        "credentialName": f"{provider} {key}",
        "provider": provider,
        "apiKey": f"{key}-very-secret",
        "baseUrl": limits.provider.url,
    }
    answer = client.post(CREDENTIALS, body)
    assert answer.status == 200, answer.json
    return str(answer.json["id"])


def of(value: str, operator: str = "IS", dimension: str = "PROVIDER") -> list[dict[str, str]]:
    return [{"dimension": dimension, "operator": operator, "value": value}]


def make_rule(client: Client, provider: str = "OpenAI", **members: Any) -> str:
    body = {
        "name": "a month",
        "metricType": "TOTAL_COST",
        "windowType": "MONTHLY",
        "action": "BLOCK",
        "hardLimit": 100,
        "filters": of(provider),
        **members,
    }
    answer = client.post(RULES, body)
    assert answer.status == 200, answer.json
    return str(answer.json["id"])


def order(client: Client, rule: str, **members: Any) -> Told:
    return client.post(LIMITS, {"ruleId": rule, **members})


def plan(client: Client, rule: str, **members: Any) -> dict[str, Any]:
    answer = order(client, rule, **members)
    assert answer.status == 200, answer.json
    assert answer.json["written"] is False
    return dict(answer.json)


def push(client: Client, rule: str, **members: Any) -> str:
    answer = order(client, rule, dryRun=False, **members)
    assert answer.status == 200, answer.json
    assert answer.json["written"] is True
    return str(answer.json["id"])


def delete(client: Client, path: str, **query: Any) -> Told:
    return client.send("DELETE", path, b"", query, {})


def patch(client: Client, rule: str, members: dict[str, Any]) -> None:
    data = json.dumps(members).encode()
    assert client.send("PATCH", f"{RULES}/{rule}", data, None, {}).status == 200


def codes(told: dict[str, Any]) -> list[str]:
    return [each["code"] for each in told["reasons"]]


def test_a_plan_writes_nothing_and_tells_what_stands(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule = make_rule(client, hardLimit=99.999)
    told = plan(client, rule)
    assert (told["action"], told["limit"], told["standing"]["limit"]) == ("CREATE", 99.99, None)
    limits.openai[""] = 50_000
    told = plan(client, rule)
    assert (told["action"], told["standing"]["limit"], told["reasons"]) == ("LOWER", 500, [])
    assert "delay" in told["caveat"]
    assert limits.written == []
    assert client.get(LIMITS).json["page"]["totalElements"] == 0


def test_a_key_that_is_no_administrators_writes_nothing(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule, installed = make_rule(client), client.installed
    _, key = create_key(
        client.world,
        installed.tenant,
        installed.team,
        "k",
        KeyKind.WRITE,
        scopes=frozenset({Permission.READ, Permission.WRITE}),
    )
    body, asked = {"ruleId": rule, "dryRun": False}, len(limits.provider.asked)
    assert client.post(LIMITS, body, x_api_key=key).status == 403
    assert client.send("DELETE", f"{LIMITS}/any", b"", None, {"x_api_key": key}).status == 403
    assert client.get(LIMITS, x_api_key=key).status == 200
    assert len(limits.provider.asked) == asked


def test_a_limit_is_written_shown_and_taken_away(
    client: Client, limits: FakeLimits, clock: Clock
) -> None:
    connect(client, limits)
    limits.openai[""] = 50_000
    rule = make_rule(client)
    body = completion(provider="OPENAI", totalCost=30.5)
    assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    name = push(client, rule)
    assert limits.openai == {"": 10_000}
    (row,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
    assert (row["id"], row["limit"], row["drift"]) == (name, 100, [])
    assert row["ours"] == {"limit": 100, "spent": 30.5}
    limits.status = "enforcing"
    shown = client.get(f"{LIMITS}/{name}").json
    standing = {"limit": 100, "currency": "USD", "period": "MONTHLY", "isEnforced": True}
    assert shown["standing"] == {**standing, "spent": None}
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.openai == {"": 50_000}
    entries = client.get(AUDIT).json["_embedded"]["auditEntryList"]
    facts = [(each["facts"]["change"], each["facts"]["stoodBefore"]) for each in entries]
    assert sorted(facts) == [("LOWER", "500.00 USD MONTHLY"), ("REMOVE", "500.00 USD MONTHLY")]
    assert client.get(f"{LIMITS}/{name}").status == 404
    push(client, rule)
    assert limits.openai == {"": 10_000}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"windowType": "DAILY"}, ["WINDOW_NOT_OFFERED"]),
        ({"windowType": "QUARTERLY"}, ["WINDOW_NOT_OFFERED"]),
        ({"action": "WARN_ONLY"}, ["RULE_DOES_NOT_BLOCK"]),
        ({"shadowMode": True, "enabled": False}, ["RULE_OFF", "RULE_IN_SHADOW"]),
        ({"metricType": "TOKEN_COUNT"}, ["NOT_MONEY"]),
        ({"hardLimit": None, "warnThreshold": 5}, ["NO_HARD_LIMIT"]),
        ({"hardLimit": 0.009}, ["LESS_THAN_A_CENT"]),
        ({"groupBy": "AGENT"}, ["RULE_HAS_GROUPS"]),
        ({"filters": []}, ["NOT_ONE_PROVIDER", "NO_CONNECTION"]),
        ({"filters": of("OpenAI", "IS_NOT")}, ["NOT_ONE_PROVIDER", "NO_CONNECTION"]),
        (
            {"filters": [*of("openai"), *of("x", dimension="AGENT")]},
            ["NOT_ONE_PROVIDER", "NO_CONNECTION"],
        ),
        ({"filters": of("ClaudeCode")}, ["NOT_ONE_PROVIDER", "NO_CONNECTION"]),
        ({"filters": of("Cursor")}, ["NO_CONNECTION"]),
    ],
)
def test_what_is_no_limit_is_told_with_every_reason(
    client: Client, limits: FakeLimits, members: dict[str, Any], expected: list[str]
) -> None:
    connect(client, limits)
    rule = make_rule(client, **members)
    assert codes(plan(client, rule)) == expected
    refused = order(client, rule, dryRun=False)
    assert refused.status == 409, refused.json
    assert limits.written == []


def test_what_somebody_set_lower_stays_until_it_may_go(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule = make_rule(client)
    limits.openai[""] = 4_000
    assert codes(plan(client, rule)) == ["LOWER_STANDS"]
    assert order(client, rule, dryRun=False).status == 409
    assert limits.openai == {"": 4_000}
    assert plan(client, rule, replace=True)["action"] == "RAISE"
    name = push(client, rule, replace=True)
    assert limits.openai == {"": 10_000}
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.openai == {"": 4_000}


def test_what_we_wrote_follows_the_rule_when_asked(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule = make_rule(client)
    name = push(client, rule)
    for hard, drift in ((150, ["RULE_CHANGED"]), (80.5, ["RULE_CHANGED"]), (100, [])):
        patch(client, rule, {"hardLimit": hard})
        assert client.get(f"{LIMITS}/{name}").json["drift"] == drift
        assert limits.openai == {"": 10_000}
    patch(client, rule, {"hardLimit": 150})
    assert plan(client, rule)["action"] == "RAISE"
    assert push(client, rule) == name
    assert limits.openai == {"": 15_000}
    for members in ({"shadowMode": True}, {"shadowMode": False, "enabled": False}):
        patch(client, rule, members)
        assert client.get(f"{LIMITS}/{name}").json["drift"] == ["RULE_GONE"]
    delete(client, f"{RULES}/{rule}")
    shown = client.get(f"{LIMITS}/{name}").json
    assert (shown["drift"], shown["ours"]) == (["RULE_GONE"], None)
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.openai == {}


def test_what_somebody_changes_there_is_told_and_left(
    client: Client, limits: FakeLimits, clock: Clock
) -> None:
    connect(client, limits)
    rule = make_rule(client, notificationEmails=["finance@example.com"])
    name = push(client, rule)
    for cents, drift in ((20_000, "RAISED"), (3_000, "LOWERED"), (None, "GONE")):
        limits.openai = {} if cents is None else {"": cents}
        clock.move(2 * HOUR)
        assert look_due(client.world)["drifted"] >= 1
        assert look_due(client.world) == {"limits": 0, "drifted": 0}
        (row,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
        assert row["drift"] == [f"{drift}_AT_PROVIDER"]
    deliveries = client.get("/profitstream/v2/api/deliveries").json
    assert deliveries["page"]["totalElements"] == 3
    limits.openai[""] = 3_000
    assert codes(plan(client, rule)) == ["LOWER_STANDS"]
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.openai == {"": 3_000}


def test_what_cannot_be_read_is_told_and_leaves_what_was_known(
    client: Client, limits: FakeLimits
) -> None:
    connection = connect(client, limits)
    rule = make_rule(client)
    name = push(client, rule)
    for broken in (
        Answer({}, 503),
        Answer({}, 429, {"retry-after": "90"}),
        Answer({}, 403),
        Answer(b"<html>", 200),
        Answer({"threshold_amount": "many", "enforcement": {"status": "inactive"}}),
        Answer({"threshold_amount": -1, "enforcement": {"status": "inactive"}}),
        Answer({"threshold_amount": True, "enforcement": {"status": "inactive"}}),
        Answer({"threshold_amount": 1}),
    ):
        limits.broken["GET", ORGANIZATION] = broken
        shown = client.get(f"{LIMITS}/{name}").json
        assert (shown["drift"], shown["standing"]["limit"]) == (["NOT_KNOWN"], 100)
        assert shown["error"]
        assert codes(plan(client, rule)) in (["PROVIDER_FAILED"], ["KEY_MAY_NOT"])
        assert delete(client, f"{LIMITS}/{name}").status in (422, 502)
    limits.broken.clear()
    assert client.get(f"{LIMITS}/{name}").json["drift"] == []
    assert delete(client, f"{CREDENTIALS}/{connection}").status == 200
    assert client.get(f"{LIMITS}/{name}").json["drift"] == ["CONNECTION_GONE"]
    assert delete(client, f"{LIMITS}/{name}").status == 409
    assert delete(client, f"{LIMITS}/{name}", forget="true").status == 200
    assert limits.openai == {"": 10_000}


def test_a_key_that_may_not_write_leaves_everything_as_it_was(
    client: Client, limits: FakeLimits
) -> None:
    connect(client, limits)
    rule = make_rule(client)
    limits.refused = {"POST"}
    assert order(client, rule, dryRun=False).status == 422
    assert client.get(LIMITS).json["page"]["totalElements"] == 0
    limits.refused = set()
    name = push(client, rule)
    patch(client, rule, {"hardLimit": 50})
    limits.refused = {"POST"}
    assert order(client, rule, dryRun=False).status == 422
    shown = client.get(f"{LIMITS}/{name}").json
    assert (shown["limit"], shown["drift"]) == (100, ["RULE_CHANGED"])


def test_who_breaks_off_while_it_is_written_leaves_a_limit_that_nobody_knows(
    client: Client, limits: FakeLimits
) -> None:
    connect(client, limits)
    rule = make_rule(client)
    limits.broken["POST", ORGANIZATION] = Answer({}, 500)
    assert order(client, rule, dryRun=False).status == 502
    (row,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
    assert (row["drift"], row["standing"]) == (["NOT_KNOWN"], None)
    assert client.get(f"{LIMITS}/{row['id']}").json["drift"] == ["GONE_AT_PROVIDER"]
    limits.broken.clear()
    assert push(client, rule) == row["id"]
    assert client.get(f"{LIMITS}/{row['id']}").json["drift"] == []


@pytest.mark.parametrize("odd", [{"threshold_amount": 10_001}, {"interval": "year"}])
def test_a_looser_limit_than_was_sent_is_taken_back(
    client: Client, limits: FakeLimits, odd: dict[str, Any]
) -> None:
    connect(client, limits)
    rule = make_rule(client)
    right = {"threshold_amount": 10_000, "currency": "USD", "interval": "month"}
    answer = right | {"enforcement": {"status": "inactive"}} | odd
    limits.broken["POST", ORGANIZATION] = Answer(answer)
    refused = order(client, rule, dryRun=False)
    assert (refused.status, "taken back" in refused.json["message"]) == (502, True)
    assert [each.method for each in limits.written] == ["POST", "DELETE"]
    assert client.get(LIMITS).json["page"]["totalElements"] == 0


def test_a_looser_limit_that_cannot_be_taken_back_is_told(
    client: Client, limits: FakeLimits
) -> None:
    connect(client, limits)
    rule = make_rule(client)
    odd = {"threshold_amount": 20_000, "currency": "USD", "interval": "month"}
    limits.broken["POST", ORGANIZATION] = Answer(odd | {"enforcement": {"status": "inactive"}})
    limits.refused = {"DELETE"}
    assert order(client, rule, dryRun=False).status == 422
    (row,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
    assert (row["drift"], row["standing"]) == (["NOT_KNOWN"], None)
    limits.openai[""] = 20_000
    assert client.get(f"{LIMITS}/{row['id']}").json["drift"] == ["RAISED_AT_PROVIDER"]


def test_what_is_being_written_is_not_taken_away(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule = make_rule(client)
    seen: list[int] = []

    def remove_meanwhile(_asked: Asked) -> Answer:
        (row,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
        seen.append(delete(client, f"{LIMITS}/{row['id']}").status)
        return Answer({}, 403)

    limits.provider.script("POST", ORGANIZATION, remove_meanwhile)
    assert order(client, rule, dryRun=False).status == 422
    assert seen == [409]


def test_one_place_is_held_by_the_lowest_rule(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    high, low = make_rule(client), make_rule(client, name="less", hardLimit=60)
    name = push(client, high)
    assert push(client, low) == name
    assert limits.openai == {"": 6_000}
    assert codes(plan(client, high)) == ["HELD_BY_OTHER_RULE"]
    delete(client, f"{RULES}/{low}")
    assert plan(client, high)["action"] == "RAISE"
    push(client, high)
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.openai == {}


def test_parts_of_an_account_have_no_more_than_the_rule(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    rule = make_rule(client)
    assert codes(plan(client, rule, target="proj_1")) == ["HOLDS_A_PART"]
    first = push(client, rule, target="proj_1", partial=True, amount=70.999)
    assert codes(plan(client, rule, target="proj_2", partial=True, amount=100.01)) == ["LOOSER"]
    push(client, rule, target="proj_2", partial=True)
    assert limits.openai == {"proj_1": 7_099, "proj_2": 2_901}
    told = plan(client, rule, target="proj_3", partial=True)
    assert codes(told) == ["NOTHING_LEFT"]
    patch(client, rule, {"hardLimit": 50})
    assert client.get(f"{LIMITS}/{first}").json["drift"] == ["RULE_CHANGED"]
    bad = order(client, rule, target="../../x")
    assert bad.status == 400


def test_accounts_of_one_provider_have_no_more_than_the_rule(
    client: Client, limits: FakeLimits
) -> None:
    one, two = (connect(client, limits, key=key) for key in ("sk-1", "sk-2"))
    rule = make_rule(client)
    first = push(client, rule, credentialId=one, amount=60)
    limits.openai.clear()  # the other connection leads to an account of its own
    assert plan(client, rule, credentialId=two)["limit"] == 40
    push(client, rule, credentialId=two)
    assert delete(client, f"{LIMITS}/{first}", forget="true").status == 200
    (left,) = client.get(LIMITS).json["_embedded"]["providerLimitResourceList"]
    assert (left["limit"], left["drift"]) == (40, ["RULE_CHANGED"]), "it may have all of it now"


def test_two_who_put_parts_there_at_once_have_no_more_than_the_rule(
    client: Client, limits: FakeLimits
) -> None:
    connect(client, limits)
    rule = make_rule(client)

    def be_quicker(_asked: Asked) -> Answer:
        limits.provider.scripts.clear()
        push(client, rule, target="proj_1", partial=True, amount=60)
        return Answer({}, 404)

    path = "/v1/organization/projects/proj_2/spend_limit"
    limits.provider.script("GET", path, be_quicker)
    refused = order(client, rule, target="proj_2", partial=True, dryRun=False)
    assert (refused.status, limits.openai) == (409, {"proj_1": 6_000})
    push(client, rule, target="proj_2", partial=True)
    assert limits.openai == {"proj_1": 6_000, "proj_2": 4_000}


def test_anthropic(client: Client, limits: FakeLimits) -> None:
    connect(client, limits, "anthropic")
    rule = make_rule(client, "anthropic.messages")
    limits.put("900000", scope="usage_tier")
    limits.put("1000", period="daily")
    limits.put(None)
    assert plan(client, rule)["standing"]["limit"] is None
    name = push(client, rule)
    assert limits.anthropic[0]["amount"] == "10000"
    assert client.get(f"{LIMITS}/{name}").json["standing"]["isEnforced"] is True
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert [row["amount"] for row in limits.anthropic] == ["1000", "900000"]
    limits.currency = "EUR"
    limits.anthropic.clear()
    refused = order(client, rule, dryRun=False)
    assert refused.status == 502, refused.json
    assert limits.anthropic == []
    limits.put("900000", scope="usage_tier")
    assert codes(plan(client, rule)) == ["OTHER_CURRENCY"]
    limits.refused = {"GET"}
    assert codes(plan(client, rule)) == ["KEY_MAY_NOT"]
    assert SPEND_LIMITS in {each.path for each in limits.provider.asked}


def test_openrouter_limits_one_key_at_a_time(client: Client, limits: FakeLimits) -> None:
    connect(client, limits, "openrouter")
    rule = make_rule(client, "OpenRouter", windowType="WEEKLY", hardLimit=75.559)
    assert codes(plan(client, rule)) == ["TARGET_NEEDED", "HOLDS_A_PART"]
    assert codes(plan(client, rule, target="nokey", partial=True)) == ["PROVIDER_FAILED"]
    limits.keys[KEY] |= {"limit": 300, "limit_reset": None}
    assert codes(plan(client, rule, target=KEY, partial=True)) == ["OTHER_PERIOD_STANDS"]
    name = push(client, rule, target=KEY, partial=True, replace=True)
    assert limits.keys[KEY] == {"hash": KEY, "limit": 75.55, "limit_reset": "weekly"}
    shown = client.get(f"{LIMITS}/{name}").json
    assert (shown["standing"]["spent"], shown["drift"]) == (2.25, [])
    limits.keys[KEY]["limit_reset"] = "daily"
    assert client.get(f"{LIMITS}/{name}").json["drift"] == ["OTHER_PERIOD_AT_PROVIDER"]
    limits.keys[KEY]["limit_reset"] = "weekly"
    assert delete(client, f"{LIMITS}/{name}").status == 200
    assert limits.keys[KEY] == {"hash": KEY, "limit": 300, "limit_reset": None}


def test_no_secret_is_in_what_is_told(client: Client, limits: FakeLimits) -> None:
    connect(client, limits)
    push(client, make_rule(client))
    told = client.get(LIMITS).body + client.get(AUDIT).body
    assert b"very-secret" not in told
    assert limits.written[0].headers["authorization"] == "Bearer sk-1-very-secret"
