"""Alert rules and what they fire, on both adapters."""

import json
import threading
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.alerts import evaluating, keeping, service, telling
from chalicelib.alerts.acting import list_acting
from chalicelib.alerts.evaluating import evaluate_due, evaluate_team
from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, iso
from chalicelib.kit.errors import Fault
from chalicelib.notices import service as notices
from chalicelib.notices.service import Destinations, Notice
from chalicelib.ports.documents import Documents
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/sources/ai/anomaly"
ALERTS = "/profitstream/v2/api/sources/ai/alert"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
COST = Decimal("0.00021")
"""Of one call of tests, USD."""


def rule(**members: Any) -> dict[str, Any]:
    return {
        "name": "an hour",
        "alertType": "THRESHOLD",
        "metricType": "REQUEST_COUNT",
        "operatorType": "GREATER_THAN",
        "threshold": 2,
        "periodDuration": "ONE_HOUR",
        **members,
    }


def budget(**members: Any) -> dict[str, Any]:
    return rule(
        **{
            "name": "a day",
            "alertType": "CUMULATIVE_USAGE",
            "metricType": "TOTAL_COST",
            "operatorType": "GREATER_THAN_OR_EQUAL_TO",
            "threshold": 0.001,
            "periodDuration": "DAILY",
            **members,
        }
    )


def make(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(RULES, body)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def call(client: Client, clock: Clock, count: int = 1, **members: Any) -> None:
    """Meter calls that are made now and cost $0.00021 each."""
    for _ in range(count):
        numbers.append(0)
        times = {"requestTime": iso(clock.now - SECOND), "responseTime": iso(clock.now)}
        body = completion(transactionId=f"call-{len(numbers)}", **{**times, **members})
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)


numbers: list[int] = []


def look(client: Client) -> dict[str, int]:
    """What a scheduled look at the client's own rules does."""
    installed = client.installed
    return evaluate_team(client.world, Scope(installed.tenant), Scope(installed.team))


def get(client: Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, query)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def put(client: Client, path: str, body: dict[str, Any]) -> Answer:
    return client.send("PUT", path, json.dumps(body).encode(), None, {})


def delete(client: Client, path: str) -> Answer:
    return client.send("DELETE", path, b"", None, {})


def alerts(client: Client, **query: Any) -> list[dict[str, Any]]:
    """The newest first."""
    return list(get(client, ALERTS, **query)["_embedded"]["aIAlertResourceList"])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Notice, Destinations]]:
    """What people are told, once each."""
    sent: dict[str, tuple[Notice, Destinations]] = {}

    def keep(_: Any, __: Scope, ___: Scope, notice: Notice, whom: Destinations) -> None:
        sent.setdefault(notice.key, (notice, whom))
        found[:] = list(sent.values())

    found: list[tuple[Notice, Destinations]] = []
    monkeypatch.setattr(telling, "enqueue", keep)
    return found


def test_a_threshold_fires_and_is_over(client: Client, clock: Clock) -> None:
    made = make(client, rule())
    assert (made["firing"], made["firingState"], made["label"]) == (False, None, "an hour")
    path = f"{RULES}/{made['id']}"
    assert get(client, path)["firingState"] == "NOT_FIRING"
    call(client, clock, 2)
    clock.move(MINUTE)
    assert look(client) == {"rules": 1, "opened": 0, "resolved": 0, "unread": 0}
    call(client, clock, 1)
    assert look(client)["opened"] == 1
    assert look(client)["opened"] == 0
    (alert,) = alerts(client)
    assert (alert["triggeredValue"], alert["resolved"], alert["label"]) == (3, False, "an hour")
    assert (alert["anomaly"]["id"], alert["includesPreRuleActivity"]) == (made["id"], True)
    assert get(client, f"{ALERTS}/{alert['id']}") == alert
    (listed,) = get(client, RULES)["_embedded"]["aIAnomalyResourceList"]
    assert (listed["firing"], listed["firingState"]) == (True, "FIRING")
    clock.move(HOUR)
    assert look(client)["resolved"] == 1
    (alert,) = alerts(client, resolved="true")
    assert (alert["resolved"], alert["duration"]) == (True, HOUR)
    assert alert["resolvedTimestamp"] == iso(clock.now)
    assert get(client, path)["firingState"] == "NOT_FIRING"
    assert alerts(client, resolved="false") == []


def test_a_rule_is_looked_at_when_it_is_written(client: Client, clock: Clock) -> None:
    call(client, clock, 3)
    made = make(client, rule(threshold=5))
    assert alerts(client) == []
    read = get(client, f"{RULES}/{made['id']}")
    answer = put(client, f"{RULES}/{made['id']}", {**read, "threshold": 2})
    assert (answer.status, answer.json["threshold"]) == (200, 2)
    (alert,) = alerts(client)
    assert alert["resolved"] is False
    answer = put(client, f"{RULES}/{made['id']}", {**read, "threshold": 2, "enabled": False})
    assert answer.json["enabled"] is False
    (alert,) = alerts(client)
    assert alert["resolved"] is True
    clock.move(MINUTE)
    assert look(client)["rules"] == 0
    put(client, f"{RULES}/{made['id']}", {**read, "threshold": 2, "enabled": True})
    assert [each["resolved"] for each in alerts(client)] == [False, True]
    assert delete(client, f"{RULES}/{made['id']}").status == 200
    assert [each["resolved"] for each in alerts(client)] == [True, True]
    assert client.get(f"{RULES}/{made['id']}").status == 404


@LOCAL
@pytest.mark.parametrize("path", [RULES, f"{RULES}/clear"])
def test_all_rules_are_cleared(client: Client, clock: Clock, path: str) -> None:
    call(client, clock, 3)
    make(client, rule())
    make(client, rule(name="another"))
    assert delete(client, path).status == 200
    assert get(client, RULES)["page"]["totalElements"] == 0
    assert [each["resolved"] for each in alerts(client)] == [True, True]


@LOCAL
def test_a_condition_must_last(client: Client, clock: Clock) -> None:
    make(client, rule(triggerAfterPersistsDuration="FIVE_MINUTES"))
    call(client, clock, 3)
    assert look(client)["opened"] == 0
    clock.move(4 * MINUTE)
    assert look(client)["opened"] == 0
    clock.move(MINUTE)
    assert look(client)["opened"] == 1


@LOCAL
def test_each_group_fires_by_itself(client: Client, clock: Clock) -> None:
    make(client, rule(groupBy="AGENT", threshold=1))
    call(client, clock, 2, agent="a")
    call(client, clock, 1, agent="b")
    call(client, clock, 2)
    look(client)
    (alert,) = alerts(client)
    assert (alert["groupDisplayName"], alert["triggeredValue"]) == ("a", 2)
    call(client, clock, 1, agent="b")
    clock.move(1)
    look(client)
    assert {each["groupDisplayName"] for each in alerts(client)} == {"a", "b"}


@LOCAL
@pytest.mark.parametrize(
    ("metric", "members", "value"),
    [
        ("TOTAL_COST", {}, 0.00063),
        ("COST_PER_TRANSACTION", {}, 0.00021),
        ("TOKENS_PER_MINUTE", {}, 55),
        ("TOKEN_COUNT", {}, 3300),
        ("INPUT_TOKEN_COUNT", {}, 3000),
        ("OUTPUT_TOKEN_COUNT", {}, 300),
        ("CACHED_TOKEN_COUNT", {"cacheReadTokenCount": 7}, 21),
        ("TOKENS_PER_REQUEST", {}, 1100),
        ("TIME_TO_FIRST_TOKEN", {"timeToFirstToken": 120, "isStreamed": True}, 120),
        ("DURATION", {"requestDuration": 800}, 800),
        ("ERROR_COUNT", {"stopReason": "ERROR"}, 3),
        ("ERROR_RATE", {"stopReason": "ERROR"}, 100),
        ("ERROR_RATE", {}, 0),
        ("REQUESTS_PER_MINUTE", {}, 0.05),
        ("REQUEST_COUNT", {}, 3),
        ("IMAGE_COUNT", {}, 0),
        ("COST_PER_IMAGE", {}, None),
    ],
)
def test_what_is_measured(
    client: Client, clock: Clock, metric: str, members: dict[str, Any], value: Any
) -> None:
    call(client, clock, 3, **members)
    made = make(client, rule(metricType=metric, threshold=50))
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert reading["value"] == value
    assert reading["conditionMet"] is (value is not None and value > 50)


@LOCAL
def test_nothing_was_called(client: Client) -> None:
    """A ratio of nothing has no value, a sum has: so that silence can be watched for."""
    for metric, expected in (("ERROR_RATE", False), ("REQUEST_COUNT", True)):
        body = rule(metricType=metric, operatorType="LESS_THAN", threshold=5)
        made = make(client, body)
        reading = get(client, f"{RULES}/{made['id']}/metric")
        assert reading["conditionMet"] is expected
        assert reading["value"] == (0 if expected else None)


@LOCAL
def test_media_are_measured(client: Client, clock: Clock) -> None:
    times = {"requestTime": iso(clock.now - SECOND), "responseTime": iso(clock.now)}
    body = {"model": "m", "provider": "P", "requestDuration": 1, **times}
    for number in range(2):
        image = {"transactionId": f"i{number}", "actualImageCount": 3, "totalCost": 0.3}
        assert client.post("/meter/v2/ai/images", {**body, **image}).status == 201
    video = {"transactionId": "v", "durationSeconds": 4, "creditsConsumed": 2.5, "totalCost": 1}
    assert client.post("/meter/v2/ai/video", {**body, **video}).status == 201
    feed(client.world)
    expected = {
        "IMAGE_COUNT": 6,
        "COST_PER_IMAGE": 0.1,
        "VIDEO_COUNT": 1,
        "AUDIO_COUNT": 0,
        "CREDITS_CONSUMED": 2.5,
        "DURATION_SECONDS": 4,
        "COST_PER_SECOND": 0.25,
    }
    found = {}
    for metric in expected:
        made = make(client, rule(metricType=metric))
        found[metric] = get(client, f"{RULES}/{made['id']}/metric")["value"]
    assert found == expected


@LOCAL
@pytest.mark.parametrize(
    ("operator", "threshold", "percent", "fires"),
    [
        ("INCREASES_BY", 2, None, True),
        ("INCREASES_BY", 3, None, False),
        ("INCREASES_BY", 100, True, True),
        ("INCREASES_BY", 101, True, False),
        ("PERCENT_INCREASE", 100, None, True),
        ("PERCENT_INCREASE", 101, None, False),
        ("DECREASES_BY", 1, None, False),
        ("PERCENT_DECREASE", 1, None, False),
    ],
)
def test_a_change_between_two_windows(
    client: Client, clock: Clock, operator: str, threshold: int, percent: Any, fires: bool
) -> None:
    call(client, clock, 2)
    clock.move(HOUR)
    call(client, clock, 4)
    members = {"operatorType": operator, "threshold": threshold, "isPercentage": percent}
    made = make(client, rule(alertType="RELATIVE_CHANGE", **members))
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert (reading["value"], reading["previousValue"]) == (4, 2)
    assert reading["conditionMet"] is fires
    assert len(alerts(client)) == fires


@LOCAL
def test_a_group_that_fell_silent_has_changed(client: Client, clock: Clock) -> None:
    call(client, clock, 2, agent="a")
    clock.move(HOUR)
    body = rule(alertType="RELATIVE_CHANGE", operatorType="PERCENT_DECREASE", threshold=100)
    make(client, {**body, "groupBy": "AGENT"})
    (alert,) = alerts(client)
    assert (alert["groupDisplayName"], alert["triggeredValue"]) == ("a", 0)
    assert alert["previousValue"] == 2


def test_the_lines_of_a_budget_are_told_once_a_window(
    client: Client, clock: Clock, told: list[tuple[Notice, Destinations]]
) -> None:
    made = make(
        client,
        budget(
            thresholds=[0.5, 1, 0.2],
            notificationAddresses=["ops@x.io"],
            notifyOnResolve=True,
        ),
    )
    call(client, clock, 1)
    look(client)
    (alert,) = alerts(client)
    assert [line["threshold"] for line in alert["crossedThresholds"]] == [0.0002]
    call(client, clock, 4)
    clock.move(MINUTE)
    for _ in range(3):
        look(client)
    (alert,) = alerts(client)
    assert [line["threshold"] for line in alert["crossedThresholds"]] == [0.0002, 0.0005, 0.001]
    assert [notice.event for notice, _ in told] == ["alert.opened", "alert.raised"]
    assert told[0][1].emails == ["ops@x.io"]
    assert told[0][0].body["anomaly"]["id"] == made["id"]
    clock.move(DAY)
    look(client)
    (alert,) = alerts(client)
    assert alert["resolved"] is True
    assert told[-1][0].event == "alert.resolved"
    call(client, clock, 1)
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [False, True]


def test_a_budget_that_is_reset_begins_anew(client: Client, clock: Clock) -> None:
    call(client, clock, 5)
    made = make(client, budget())
    (alert,) = alerts(client)
    assert alert["includesPreRuleActivity"] is True
    clock.move(MINUTE)
    answer = client.post(f"/profitstream/v2/api/ai/alerts/{made['id']}/budget/reset", {})
    assert (answer.status, answer.json["currentValue"]) == (200, 0)
    assert answer.json["window"]["start"] == "2026-11-24T00:00:00.000Z"
    assert [each["resolved"] for each in alerts(client)] == [True]
    clock.move(MINUTE)
    call(client, clock, 5)
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [False, True]
    read = get(client, f"{RULES}/{made['id']}")
    put(client, f"{RULES}/{made['id']}", {**read, "threshold": 5})
    path = f"/profitstream/v2/api/ai/alerts/{made['id']}/budget/progress"
    assert get(client, path)["currentValue"] == 0.00105
    put(client, f"{RULES}/{made['id']}", {**read, "periodDuration": "WEEKLY"})
    assert get(client, path)["currentValue"] == 0.0021


@LOCAL
def test_an_alert_is_acknowledged_and_resolved_by_hand(client: Client, clock: Clock) -> None:
    make(client, rule())
    call(client, clock, 3)
    look(client)
    (alert,) = alerts(client)
    path = f"{ALERTS}/{alert['id']}"
    changed = put(client, path, {**alert, "acknowledged": True, "note": "it is the batch"}).json
    assert (changed["acknowledged"], changed["note"]) == (True, "it is the batch")
    assert changed["acknowledgedBy"] == "admin@example.com"
    assert (changed["resolved"], changed["acknowledgedTimestamp"]) == (False, iso(clock.now))
    clock.move(MINUTE)
    changed = put(client, path, {"resolved": True}).json
    assert (changed["resolved"], changed["resolvedBy"]) == (True, "admin@example.com")
    assert put(client, path, {"resolved": False}).status == 400
    for _ in range(2):
        clock.move(MINUTE)
        look(client)
    assert len(alerts(client)) == 1
    clock.move(HOUR)
    look(client)
    call(client, clock, 3)
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [False, True]
    assert delete(client, f"{ALERTS}/{alerts(client)[0]['id']}").status == 200
    clock.move(MINUTE)
    look(client)
    (alert,) = alerts(client)
    assert alert["resolved"] is True
    assert client.get(f"{ALERTS}/{alert['anomaly']['id']}").status == 404


@LOCAL
def test_nobody_is_told_of_what_is_snoozed(
    client: Client, clock: Clock, told: list[tuple[Notice, Destinations]]
) -> None:
    make(client, rule(notificationAddresses=["ops@x.io"], notifyOnResolve=True))
    call(client, clock, 3)
    look(client)
    (alert,) = alerts(client)
    until = clock.now + 2 * HOUR
    put(client, f"{ALERTS}/{alert['id']}", {"snoozedUntil": iso(until)})
    clock.move(HOUR)
    assert look(client)["resolved"] == 1
    call(client, clock, 3)
    assert look(client)["opened"] == 1
    assert [notice.event for notice, _ in told] == ["alert.opened"]
    clock.move(59 * MINUTE)
    look(client)
    call(client, clock, 3)
    clock.move(MINUTE)
    look(client)
    assert [notice.event for notice, _ in told] == ["alert.opened", "alert.reminded"]


@LOCAL
def test_many_groups_that_fire_at_once_are_told_in_one(
    client: Client,
    clock: Clock,
    told: list[tuple[Notice, Destinations]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "find_faults", lambda *_: [])
    for number in range(7):
        call(client, clock, 1 + number, agent=f"agent {number}")
    webhooks = {"webhookConfigurations": ["w"], "slackConfigurations": ["s"]}
    make(client, rule(groupBy="AGENT", threshold=0, **webhooks))
    ((notice, whom),) = told
    assert notice.subject == "an hour: 7 alerts"
    assert (list(whom.slack), list(whom.webhooks)) == (["s"], ["w"])
    assert notice.body["alertCount"] == 7
    assert len(alerts(client)) == 7


@LOCAL
def test_destinations_of_somebody_else_are_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any, __: Scope, slack: list[str], webhooks: list[str]) -> list[Fault]:
        return [Fault("slackConfigurations", f"{slack}{webhooks}")] if slack else []

    monkeypatch.setattr(notices, "find_faults", refuse)
    answer = client.post(RULES, rule(slackConfigurations=["theirs"]))
    assert (answer.status, list(answer.json["details"])) == (400, ["slackConfigurations"])
    assert client.post(RULES, rule()).status == 200


@LOCAL
def test_a_busy_lake_leaves_what_is_open(client: Client, clock: Clock) -> None:
    class Busy:
        def run(self, *_: Any) -> Any:
            raise EngineBusy("busy")

    made = make(client, rule())
    call(client, clock, 3)
    look(client)
    clock.move(HOUR)
    busy = replace(client.world, engine=Busy())
    tenant, team = Scope(client.installed.tenant), Scope(client.installed.team)
    assert evaluate_team(busy, tenant, team)["unread"] == 1
    assert [each["resolved"] for each in alerts(client)] == [False]
    assert get(client, f"{RULES}/{made['id']}")["firingState"] == "FIRING"
    assert look(client)["resolved"] == 1
    assert evaluate_team(busy, tenant, team)["unread"] == 1
    assert get(client, f"{RULES}/{made['id']}")["firingState"] == "UNKNOWN"


def test_the_rules_of_all_teams_are_looked_at(client: Client, clock: Clock) -> None:
    other = Client(client.world)
    for each in (client, other):
        make(each, rule())
        call(each, clock, 3)
    done = evaluate_due(client.world)
    assert (done["teams"] >= 2, done["opened"] >= 2) == (True, True)
    assert len(alerts(client)) == len(alerts(other)) == 1
    assert evaluate_due(client.world, until=clock.now)["teams"] == 0
    assert client.get(f"{ALERTS}/{alerts(other)[0]['id']}").status == 404


@LOCAL
def test_a_rule_that_fires_may_block(client: Client, clock: Clock) -> None:
    team = Scope(client.installed.team)
    filters = [{"dimension": "AGENT", "operator": "IS", "value": "a"}]
    members = {"action": "BLOCK", "groupBy": "MODEL", "filters": filters}
    made = make(client, rule(**members))
    make(client, rule(name="quiet", shadowMode=True, action="BLOCK"))
    make(client, rule(name="soft"))
    assert list_acting(client.world, team) == []
    call(client, clock, 3, agent="a")
    look(client)
    found = {each.name: each for each in list_acting(client.world, team)}
    assert {name: each.is_shadow for name, each in found.items()} == {
        "an hour": False,
        "quiet": True,
    }
    acting = found["an hour"]
    assert (acting.rule_id, acting.group) == (made["id"], "gpt-4o-mini")
    assert [(each.dimension, each.values) for each in acting.filters] == [
        ("AGENT", ("a",)),
        ("MODEL", ("gpt-4o-mini",)),
    ]
    polled = {each["name"]: each for each in poll(client)}
    assert polled.keys() == {"an hour", "quiet"}
    assert [each["shadowMode"] for each in polled.values()] == [False, True]
    assert all(each["breached"] and each["action"] == "BLOCK" for each in polled.values())
    assert [each["value"] for each in polled["an hour"]["filters"]] == ["a", "gpt-4o-mini"]
    refused = reserve(client, agent="a")
    assert (refused["decision"], refused["blockedBy"]["ruleId"]) == ("BLOCK", made["id"])
    assert "gpt-4o-mini" in refused["blockedBy"]["denyMessage"]
    other = reserve(client, agent="b")
    assert (other["decision"], [each["name"] for each in other["wouldBlock"]]) == (
        "ALLOW",
        ["quiet"],
    )
    (alert,) = [each for each in alerts(client) if each["label"] == "an hour"]
    put(client, f"{ALERTS}/{alert['id']}", {"resolved": True})
    assert [each.name for each in list_acting(client.world, team)] == ["quiet"]
    assert [each["name"] for each in poll(client)] == ["quiet"]


def poll(client: Client) -> list[dict[str, Any]]:
    path = f"/v2/api/ai/enforcement-rules/{client.installed.team}"
    return list(client.get(path).json["rules"])


def reserve(client: Client, agent: str) -> dict[str, Any]:
    body = {"transactionId": agent, "provider": "openai", "model": "gpt-4o-mini", "agent": agent}
    answer = client.post("/v2/api/ai/reservations", body)
    assert answer.status == 200, answer.body
    return dict(answer.json)


@LOCAL
def test_alerts_are_found(client: Client, clock: Clock) -> None:
    first = make(client, rule(name="b"))
    call(client, clock, 3)
    look(client)
    begun = clock.now
    clock.move(MINUTE)
    second = make(client, rule(name="a", metricType="TOKEN_COUNT"))
    assert [each["label"] for each in alerts(client)] == ["a", "b"]
    assert [each["label"] for each in alerts(client, sort="label,desc")] == ["b", "a"]
    assert [each["label"] for each in alerts(client, type="TOKEN_COUNT")] == ["a"]
    assert [each["label"] for each in alerts(client, end=iso(begun))] == ["b"]
    assert [each["label"] for each in alerts(client, start=iso(begun + 1))] == ["a"]
    assert [each["label"] for each in alerts(client, anomalyId=first["id"])] == ["b"]
    assert [each["label"] for each in alerts(client, size=1, page=1)] == ["b"]
    assert alerts(client, ownerId=second["id"]) == []
    owners = client.get("/profitstream/v2/api/users").json["_embedded"]
    (owner,) = next(iter(owners.values()))
    assert len(alerts(client, ownerId=owner["id"])) == 2
    found = alerts(client, anomalyId=first["id"], start=iso(begun), type="TOKEN_COUNT")
    assert found == alerts(client, anomalyId=first["id"], start=iso(begun + 1)) == []
    assert client.get(ALERTS, {"anomalyId": "!"}).status == 400
    assert client.get(ALERTS, {"sort": "nothing"}).status == 400


@LOCAL
def test_rules_are_echoed_and_found(client: Client) -> None:
    sent = rule(
        description="d",
        threshold="12.50",
        triggerAfterPersistsDuration="",
        filters=[
            {"dimension": "MODEL", "operator": "IN", "values": ["a", "b"], "value": "ignored"},
            {"dimension": "PROVIDER", "operator": "IS", "value": "openai", "values": []},
        ],
        notificationAddresses=["Ops@X.io"],
        firing=True,
        status="ACTIVE",
        currency="USD",
        minSampleCount=3,
    )
    made = make(client, sent)
    assert (made["threshold"], made["triggerAfterPersistsDuration"]) == (12.5, None)
    assert (made["firing"], made["enabled"], made["dataSource"]) == (False, True, "SDK")
    assert made["notificationAddresses"] == ["Ops@X.io"]
    assert made["filters"][0] | {"value": None} == made["filters"][0]
    assert (made["slackConfigurations"], made["createdBy"]) == ([], "admin@example.com")
    assert made["teamId"] == client.installed.team
    path = f"{RULES}/{made['id']}"
    read = get(client, path)
    assert put(client, path, read).json == made
    nulls = {"dataSource": None, "isPercentage": None, "minSampleCount": None}
    assert put(client, path, {**read, **nulls}).json["minSampleCount"] == 3
    changed = put(client, path, {**read, "budgetThreshold": 7}).json
    assert (changed["threshold"], "budgetThreshold" in changed) == (7, False)
    for query, count in (("HOUR", 1), ("x", 0)):
        assert get(client, RULES, query=query)["page"]["totalElements"] == count
    for kind, count in (("threshold", 1), ("REQUEST_COUNT", 1), ("CUMULATIVE_USAGE", 0)):
        assert get(client, RULES, type=kind)["page"]["totalElements"] == count


def fields_of(answer: Answer) -> set[str]:
    """The members that a refusal names."""
    names = {name.partition("[")[0].partition(".")[0] for name in answer.json["details"]}
    return names - {"error"}


QUALITY = {"metricType": "QUALITY_RATE", "operatorType": "LESS_THAN", "threshold": 90}
JOB = [{"dimension": "TASK_TYPE", "operator": "IS", "value": "claims"}]


@LOCAL
def test_quality_is_measured_of_jobs(client: Client, clock: Clock) -> None:
    made = make(client, rule(**QUALITY, filters=JOB, minSampleCount=2))
    path = f"{RULES}/{made['id']}/metric"
    for number, value in enumerate((0.5, 0.7)):
        body = {"agenticJobId": f"j{number}", "type": "claims", "name": "n"}
        assert client.post("/profitstream/v2/api/jobs", body).status in (200, 201)
        outcome = {
            "executionStatus": "SUCCESS",
            "metrics": [{"key": "quality_rate", "value": value, "unit": "fraction"}],
        }
        sent = client.post(f"/profitstream/v2/api/jobs/j{number}/outcome", outcome)
        assert sent.status in (200, 201), sent.body
        reading = get(client, path)
        assert (reading["sampleCount"], reading["conditionMet"]) == (number + 1, number == 1)
    assert reading["value"] == 60
    clock.move(2 * HOUR)
    assert get(client, path)["value"] is None


PROVIDER = {"dataSource": "PROVIDER", "metricType": "TOTAL_COST", "periodDuration": "DAILY"}


@LOCAL
def test_without_a_connection_nothing_is_known_of_bills(client: Client, clock: Clock) -> None:
    call(client, clock, 5)
    workspace = [{"dimension": "WORKSPACE", "operator": "IS", "value": "w"}]
    made = make(client, rule(**PROVIDER, threshold=0, filters=workspace))
    assert get(client, f"{RULES}/{made['id']}")["firingState"] == "UNKNOWN"
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert (reading["value"], reading["conditionMet"]) == (None, False)
    make(client, budget(**PROVIDER, threshold=1))
    assert alerts(client) == []
    bare = get(client, f"{RULES}/provider-dimensions")
    assert (bare["providers"], len(bare["metrics"])) == ([], 4)
    for kind, total in (("api-keys", 0), ("workspaces", 0), ("metrics", 4)):
        found = get(client, f"{RULES}/provider-dimensions/{kind}")
        assert (found["total"], len(found["items"])) == (total, total)
    assert client.get(f"{RULES}/provider-dimensions/nothing").status == 404


@LOCAL
@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"operatorType": "INCREASES_BY"}, {"operatorType"}),
        ({"operatorType": "EQUAL_TO"}, {"operatorType"}),
        ({"alertType": "RELATIVE_CHANGE"}, {"operatorType"}),
        ({"alertType": "NOTHING"}, {"alertType"}),
        ({"metricType": "MONEY"}, {"metricType"}),
        ({"periodDuration": "ONE_MINUTE"}, {"periodDuration"}),
        ({"periodDuration": "SEVEN_DAYS"}, {"periodDuration"}),
        ({"alertType": "CUMULATIVE_USAGE"}, {"periodDuration"}),
        ({"threshold": None}, {"threshold"}),
        ({"threshold": -1}, {"threshold"}),
        ({"threshold": 1e30}, {"threshold"}),
        ({"metricType": "ERROR_RATE", "threshold": 101}, {"threshold"}),
        ({"groupBy": "DEPARTMENT"}, {"groupBy"}),
        ({"groupBy": "WORKSPACE"}, {"groupBy"}),
        (
            {
                "alertType": "RELATIVE_CHANGE",
                "operatorType": "INCREASES_BY",
                "triggerAfterPersistsDuration": "ONE_HOUR",
            },
            {"triggerAfterPersistsDuration"},
        ),
        ({"filters": [{"dimension": "DEPARTMENT", "operator": "IS", "value": "1"}]}, {"filters"}),
        ({"filters": [{"dimension": "MODEL", "operator": "IN", "values": []}]}, {"filters"}),
        ({"filters": [{"dimension": "MODEL", "operator": "IS", "values": ["x"]}]}, {"filters"}),
        (QUALITY, {"filters"}),
        ({**QUALITY, "filters": JOB, "groupBy": "MODEL"}, {"groupBy"}),
        ({**QUALITY, "filters": [*JOB, *JOB]}, {"filters"}),
        ({**PROVIDER, "periodDuration": "ONE_HOUR", "metricType": "DURATION", "groupBy": "AGENT"},
         {"periodDuration", "metricType", "groupBy"}),
        ({**PROVIDER, "alertType": "RELATIVE_CHANGE", "operatorType": "INCREASES_BY"},
         {"alertType"}),
        ({"notificationAddresses": ["nobody"]}, {"notificationAddresses"}),
        ({"minSampleCount": 0}, {"minSampleCount"}),
        ({"thresholds": [0.5]}, {"thresholds"}),
        ({"sensitivity": "HIGH"}, {"sensitivity"}),
        ({"metricType": "MARGIN", "groupBy": "MODEL", "periodDuration": "DAILY"}, {"groupBy"}),
        ({"metricType": "MARGIN"}, {"periodDuration"}),
        ({**QUALITY, "filters": JOB, "action": "BLOCK"}, {"action"}),
        ({"alertType": "ANOMALY", "periodDuration": "DAILY"}, {"periodDuration"}),
        ({**QUALITY, "filters": JOB, "alertType": "ANOMALY"}, {"alertType", "metricType"}),
        ({**QUALITY, "filters": JOB, "alertType": "RELATIVE_CHANGE"},
         {"alertType", "operatorType"}),
        ({"metricType": "MARGIN", "dataSource": "PROVIDER", "periodDuration": "DAILY"},
         {"metricType"}),
        ({"metricType": "MARGIN", "alertType": "ANOMALY"}, {"alertType"}),
        ({**PROVIDER, "action": "BLOCK"}, {"action"}),
        ({"teamId": "other"}, set()),
    ],
)  # fmt: skip
def test_what_no_rule_may_be(client: Client, members: dict[str, Any], fields: set[str]) -> None:
    answer = client.post(RULES, rule(**members))
    assert answer.status in (400, 403), answer.body
    if fields:
        assert fields_of(answer) == fields
    assert get(client, RULES)["page"]["totalElements"] == 0


@LOCAL
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"thresholds": [0.5, 0.5]}, "thresholds"),
        ({"thresholds": [0]}, "thresholds"),
        ({"action": "BLOCK"}, "action"),
        ({"periodDuration": "THIRTY_DAYS"}, "periodDuration"),
    ],
)
def test_what_no_budget_may_be(client: Client, members: dict[str, Any], field: str) -> None:
    answer = client.post(RULES, budget(**members))
    assert answer.status == 400
    assert fields_of(answer) == {field}


@LOCAL
def test_a_rule_that_means_something_else_ends_what_is_open(client: Client, clock: Clock) -> None:
    call(client, clock, 3)
    made = make(client, rule(periodDuration="DAILY", metricType="TOKEN_COUNT"))
    clock.move(1)
    answer = put(client, f"{RULES}/{made['id']}", {**made, "dataSource": "PROVIDER"})
    assert answer.status == 200
    assert [each["resolved"] for each in alerts(client)] == [True]
    assert get(client, f"{RULES}/{made['id']}")["firingState"] == "UNKNOWN"
    clock.move(1)
    put(client, f"{RULES}/{made['id']}", {**made, "dataSource": "SDK"})
    assert [each["resolved"] for each in alerts(client)] == [False, True]


class Crash(Exception):
    """The machine is gone."""


def crash(*_: Any) -> None:
    raise Crash


@LOCAL
def test_an_alert_that_a_crash_has_left_is_opened(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the states of a rule and what follows from them."""
    make(client, rule())
    call(client, clock, 3)
    with monkeypatch.context() as patch:
        patch.setattr(evaluating, "do_effects", crash)
        with pytest.raises(Crash):
            look(client)
    assert alerts(client) == []
    clock.move(1)
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [False]


@LOCAL
@pytest.mark.parametrize("broken", ["close_rule", "do_effects"])
def test_an_alert_of_a_rule_that_is_gone_is_over_after_a_crash(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    made = make(client, rule())
    call(client, clock, 3)
    look(client)
    with monkeypatch.context() as patch:
        patch.setattr(service, broken, crash)
        assert delete(client, f"{RULES}/{made['id']}").status == 500
    assert [each["resolved"] for each in alerts(client)] == [False]
    look(client)
    assert [each["resolved"] for each in alerts(client)] == [True]


@LOCAL
def test_two_who_look_at_once_open_one_alert(
    client: Client, clock: Clock, told: list[tuple[Notice, Destinations]]
) -> None:
    make(client, rule(notificationAddresses=["ops@x.io"], groupBy="AGENT"))
    for agent in ("a", "b"):
        call(client, clock, 3, agent=agent)
    threads = [threading.Thread(target=look, args=(client,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each["groupDisplayName"] for each in alerts(client)} == {"a", "b"}
    assert (len(alerts(client)), len(told)) == (2, 2)


@LOCAL
def test_a_rule_has_an_end_of_groups(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_GROUPS", 2)
    for number in range(4):
        call(client, clock, 1 + number, agent=f"agent {number}")
    made = make(client, rule(groupBy="AGENT", threshold=0))
    assert {each["groupDisplayName"] for each in alerts(client)} == {"agent 2", "agent 3"}
    reading = get(client, f"{RULES}/{made['id']}/metric")
    assert (reading["groupCount"], len(reading["groups"])) == (4, 4)


@LOCAL
def test_a_team_has_an_end_of_rules(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_RULES", 2)
    for number in range(2):
        make(client, rule(name=f"{number}"))
    answer = client.post(RULES, rule())
    assert (answer.status, fields_of(answer)) == (400, {"name"})


@LOCAL
def test_an_alert_that_its_rule_knows_no_more_is_resolved_by_hand(
    client: Client, clock: Clock
) -> None:
    team = Scope(client.installed.team)
    made = make(client, rule())
    call(client, clock, 3)
    look(client)
    client.world.documents.erase(team, "ALERT_STATE", made["id"])
    (alert,) = alerts(client)
    answer = put(client, f"{ALERTS}/{alert['id']}", {"resolved": True})
    assert (answer.status, answer.json["resolved"]) == (200, True)


class Failing:
    """Documents of which one write fails, before or after it was done."""

    def __init__(self, documents: Documents, number: int, *, is_done: bool) -> None:
        self._documents, self._left, self._is_done = documents, number, is_done

    def _write(self, name: str, *args: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._is_done:
            raise Crash
        written = getattr(self._documents, name)(*args, **options)
        if self._left == 0:
            raise Crash
        return written

    def create(self, *args: Any, **options: Any) -> Any:
        return self._write("create", *args, **options)

    def update(self, *args: Any, **options: Any) -> Any:
        return self._write("update", *args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


@LOCAL
@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("number", range(1, 7))
def test_a_write_that_fails_leaves_nothing_undone_or_done_twice(
    client: Client,
    clock: Clock,
    told: list[tuple[Notice, Destinations]],
    number: int,
    is_done: bool,
) -> None:
    body = rule(notificationAddresses=["ops@x.io"], notifyOnResolve=True, groupBy="AGENT")
    make(client, body)
    for agent in ("a", "b"):
        call(client, clock, 3, agent=agent)
    tenant, team = Scope(client.installed.tenant), Scope(client.installed.team)
    for resolved in (False, True):
        broken = Failing(client.world.documents, number, is_done=is_done)
        with suppress(Crash):
            evaluate_team(replace(client.world, documents=broken), tenant, team)
        clock.move(1)
        look(client)
        assert [each["resolved"] for each in alerts(client)] == [resolved] * 2
        clock.move(HOUR)
    events = [notice.event for notice, _ in told]
    assert events == ["alert.opened"] * 2 + ["alert.resolved"] * 2


@LOCAL
def test_what_fails_for_one_team_leaves_the_others_alone(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Client(client.world)
    for each in (client, other):
        make(each, rule())
        call(each, clock, 3)
    count = evaluating.count_budgets

    def fail_for_one(world: Any, team: Scope) -> None:
        if team == client.installed.team:
            raise EngineBusy("busy")
        count(world, team)

    monkeypatch.setattr(evaluating, "count_budgets", fail_for_one)
    assert evaluate_due(client.world)["failed"] == 1
    assert (len(alerts(client)), len(alerts(other))) == (0, 1)
