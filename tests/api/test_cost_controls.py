"""Cost controls and the set that SDKs poll, on both adapters."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.budgets.compiling import compile_rules, read_rules
from chalicelib.budgets.enforcing import enforce_due
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import DAY, MINUTE, iso
from chalicelib.kit.ids import number_of
from chalicelib.kit.settings import Settings
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.notices.service import deliver_due
from chalicelib.ports.documents import Documents, RecordPage
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.notices.house import SLACK, WEBHOOKS
from tests.notices.outside import Outside
from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.clock import Clock
from tests.support.feeding import feed

RULES = "/profitstream/v2/api/ai/cost-controls"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
COST = Decimal("0.00021")
"""Of one call of tests, USD."""


def rule(**members: Any) -> dict[str, Any]:
    return {
        "name": "a day",
        "metricType": "TOTAL_COST",
        "windowType": "DAILY",
        "action": "BLOCK",
        "hardLimit": 0.001,
        **members,
    }


def make(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(RULES, rule(**members))
    assert answer.status == 200, answer.body
    return dict(answer.json)


def call(
    client: Client, count: int = 1, fed: Callable[[World], object] = feed, **members: Any
) -> None:
    """Meter calls, which cost $0.00021 each unless their members say otherwise."""
    for number in range(count):
        name = f"{len(calls)}-{number}"
        body = completion(transactionId=name, **members)
        assert client.post("/meter/v2/ai/completions", body).status == 201
    calls.append(count)
    fed(client.world)


calls: list[int] = []


def poll(client: Client, prefix: str = "/profitstream", **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{prefix}/v2/api/ai/enforcement-rules/{client.installed.team}", query)
    assert answer.status == 200, answer.body
    return list(answer.json["rules"])


def later(clock: Clock, ms: int = 31_000) -> None:
    clock.move(ms)


def test_usage_of_the_window_moves_a_rule_until_it_blocks(client: Client, clock: Clock) -> None:
    call(client, 2)
    made = make(client, warnThreshold=0.0006, denyMessage="no more {model}")
    (compiled,) = poll(client)
    assert compiled["ruleId"] == number_of(made["id"])
    assert compiled["teamId"] == number_of(client.installed.team)
    assert (compiled["currentValue"], compiled["breached"]) == (0.00042, False)
    assert (compiled["warnBreached"], compiled["percentUsed"]) == (False, 0.42)
    assert compiled["windowKey"] == "DAILY:2026-11-24"
    call(client, 1)
    later(clock)
    assert poll(client)[0]["warnBreached"] is True
    call(client, 2)
    later(clock)
    (compiled,) = poll(client, prefix="")
    assert (compiled["breached"], compiled["currentValue"]) == (True, 0.00105)
    assert compiled["denyMessage"] == "no more {model}"
    clock.move(DAY)
    (compiled,) = poll(client)
    assert (compiled["breached"], compiled["currentValue"]) == (False, 0)
    assert compiled["windowKey"] == "DAILY:2026-11-25"


@LOCAL
def test_what_is_used_up_to_the_line_is_used_up(client: Client) -> None:
    call(client, 2)
    make(client, warnThreshold=0.00042, hardLimit=0.00042)
    (compiled,) = poll(client)
    assert (compiled["breached"], compiled["warnBreached"]) == (True, True)
    assert len(events(client)) == 2


@LOCAL
def test_the_set_is_as_old_as_it_may_be(client: Client, clock: Clock) -> None:
    """Where nobody counts for a while, the set is still made anew when it is too old."""
    make(client)
    call(client, 5, fed=drain)
    assert poll(client)[0]["currentValue"] == 0
    later(clock)
    enforce_due(client.world)
    assert poll(client)[0]["breached"] is True


def test_a_poll_that_knows_the_set_is_told_nothing(client: Client, clock: Clock) -> None:
    make(client)
    clock.move(MINUTE)
    path = f"/v2/api/ai/enforcement-rules/{client.installed.team}"
    first = client.get(path)
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.send("GET", path, b"", None, known).status == 304
    clock.move(MINUTE)
    assert client.send("GET", path, b"", None, known).status == 304
    call(client)
    answer = client.send("GET", path, b"", None, known)
    assert (answer.status, answer.json["rules"][0]["currentValue"]) == (200, 0.00021)
    clock.move(DAY)
    again = {"If-None-Match": answer.headers["ETag"]}
    answer = client.send("GET", path, b"", None, again)
    assert (answer.status, answer.json["rules"][0]["windowKey"]) == (200, "DAILY:2026-11-25")


def test_whom_a_rule_measures(client: Client, clock: Clock) -> None:
    made = make(client, groupBy="AGENT", warnThreshold=0.0004)
    clock.move(MINUTE)
    path = f"/v2/api/ai/enforcement-rules/{client.installed.team}/roster"
    assert client.get(path, {"ruleId": made["id"]}).status == 204
    for agent, count in (("a", 1), ("b", 5), ("c", 2), ("d", 1)):
        call(client, count, agent=agent)
    roster = client.get(path, {"ruleId": made["id"], "size": 3}).json
    assert [(row["label"], row["band"]) for row in roster["rows"]] == [
        ("b", "BLOCKED"),
        ("c", "WARNED"),
        ("a", "UNDER"),
    ]
    assert (roster["rows"][0]["spend"], roster["rows"][0]["limit"]) == (0.00105, 0.001)
    assert [bool(row["lastEvent"]) for row in roster["rows"]] == [True, True, False]
    counts = [roster[f"{band}Count"] for band in ("blocked", "warned", "under")]
    assert (counts, roster["total"]) == ([1, 1, 2], 4)
    some = client.get(path, {"ruleId": made["id"], "band": "UNDER", "search": "D"}).json
    assert [row["label"] for row in some["rows"]] == ["d"]
    assert [some[f"{band}Count"] for band in ("blocked", "warned", "under")] == counts
    assert client.get(path, {"ruleId": "AAAAAA"}).status == 204
    assert client.get(path).status == 400


@LOCAL
def test_what_is_counted_is_in_the_next_poll(client: Client, clock: Clock) -> None:
    make(client)
    clock.move(MINUTE)
    call(client, 4)
    assert poll(client)[0]["currentValue"] == 0.00084
    call(client, 1)
    assert poll(client)[0]["breached"] is True


@LOCAL
@pytest.mark.parametrize(
    ("filters", "counted"),
    [
        ([("MODEL", "IS", "gpt-4o-mini")], 3),
        ([("MODEL", "IS_NOT", "gpt-4o-mini")], 0),
        ([("PROVIDER", "IS", "openai")], 3),
        ([("PROVIDER", "CONTAINS", "pen")], 3),
        ([("AGENT", "STARTS_WITH", "sup")], 2),
        ([("AGENT", "ENDS_WITH", "x")], 0),
        ([("AGENT", "IN", ["support", "other"])], 3),
        ([("AGENT", "IS", "support"), ("ORGANIZATION", "IS", "org 1")], 1),
        ([("SUBSCRIBER", "IS", "A@X.io ")], 2),
        ([("SUBSCRIBER", "IS", "u2")], 1),
        ([("SUBSCRIBER", "IS_NOT", "a@x.io")], 1),
        ([("CREDENTIAL", "IS", "key 1")], 1),
        ([("PRODUCT", "IS", "nothing")], 0),
    ],
)
def test_only_calls_that_pass_all_filters_count(
    client: Client, clock: Clock, filters: list[tuple[str, str, Any]], counted: int
) -> None:
    people = [{"id": "u1", "email": "a@x.io"}, {"id": "u1", "email": "a@x.io"}, {"id": "u2"}]
    for number, person in enumerate(people):
        call(
            client,
            agent="support" if number < 2 else "other",
            organizationName=f"org {number}",
            subscriber=person | {"credential": {"name": f"key {number}", "value": f"v{number}"}},
        )
    told = []
    for dimension, operator, value in filters:
        name = "values" if operator == "IN" else "value"
        told.append({"dimension": dimension, "operator": operator, name: value})
    make(client, filters=told)
    for settled in (False, True):
        if settled:
            compact_due(client.world)
            roll_due(client.world)
            later(clock)
        (compiled,) = poll(client)
        assert Decimal(str(compiled["currentValue"])) == COST * counted, settled


@LOCAL
@pytest.mark.parametrize(
    ("metric", "members", "value"),
    [
        ("TOKEN_COUNT", {}, 1100),
        ("INPUT_TOKEN_COUNT", {}, 1000),
        ("OUTPUT_TOKEN_COUNT", {}, 100),
        ("CACHED_TOKEN_COUNT", {"cacheReadTokenCount": 7}, 7),
        ("ERROR_COUNT", {"stopReason": "ERROR"}, 1),
        ("ERROR_COUNT", {"errorReason": "overloaded"}, 1),
        ("ERROR_COUNT", {}, 0),
    ],
)
def test_what_is_counted(client: Client, metric: str, members: dict[str, Any], value: int) -> None:
    call(client, **members)
    make(client, metricType=metric, hardLimit=5)
    assert poll(client)[0]["currentValue"] == value


class Without:
    """Documents as they were before a record was made."""

    def __init__(self, documents: Documents, record_id: str) -> None:
        self._documents, self._id = documents, record_id

    def page(self, scope: Scope, kind: str, **asked: Any) -> RecordPage:
        page = self._documents.page(scope, kind, **asked)
        return RecordPage([each for each in page.records if each.id != self._id], page.cursor)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


@LOCAL
def test_a_poll_that_began_before_a_change_does_not_undo_it(client: Client, clock: Clock) -> None:
    team = Scope(client.installed.team)
    make(client)
    clock.move(1)
    busy = replace(client.world, now=lambda: clock.now - 1)
    made = make(client, name="another")
    stale = replace(busy, documents=Without(client.world.documents, made["id"]))
    compile_rules(stale, team)
    path = f"{RULES}/{made['id']}"
    assert len(poll(client)) == 2
    assert client.send("DELETE", path, b"", None, {}).status == 200
    assert len(poll(client)) == 1


@LOCAL
def test_a_busy_lake_leaves_the_set_as_it_is(client: Client, clock: Clock) -> None:
    class Busy:
        def run(self, *_: Any) -> Any:
            raise EngineBusy("busy")

    team = Scope(client.installed.team)
    call(client, 5)
    make(client)
    later(clock)
    found = read_rules(replace(client.world, engine=Busy()), team)
    assert (len(found.rules), found.compiled_at) == (1, clock.now - 31_000)
    other = replace(client.world, engine=Busy(), settings=Settings(enforcement_age_s=0))
    assert read_rules(other, team).rules == found.rules


@LOCAL
def test_media_are_counted(client: Client) -> None:
    times = {name: completion()[name] for name in ("requestTime", "responseTime")}
    body = {"transactionId": "i", "model": "m", "provider": "P", "requestDuration": 1, **times}
    sent = client.post("/meter/v2/ai/images", {**body, "actualImageCount": 3})
    assert sent.status == 201
    assert client.post("/meter/v2/ai/video", {**body, "creditsConsumed": 2.5}).status == 201
    feed(client.world)
    for number, metric in enumerate(("IMAGE_COUNT", "VIDEO_COUNT", "CREDITS_CONSUMED")):
        make(client, metricType=metric, hardLimit=100, name=f"{number}")
    assert [each["currentValue"] for each in poll(client)] == [3, 1, 2.5]


@LOCAL
def test_each_person_has_a_limit(client: Client) -> None:
    for number in range(5):
        call(client, subscriber={"id": "ann" if number else "ben"})
    call(client)
    make(client, groupBy="SUBSCRIBER", hardLimit=0.0005)
    (compiled,) = poll(client)
    told = {each["groupValue"]: each["breached"] for each in compiled["groupBreakdown"]}
    assert told == {"ann": True, "ben": False}
    assert compiled["currentValue"] == 0.00084


@LOCAL
def test_each_model_that_is_over_the_limit_has_a_rule(client: Client) -> None:
    call(client, 3)
    call(client, 1, model="gpt-4o")
    make(client, groupBy="MODEL", metricType="TOKEN_COUNT", hardLimit=3000)
    (compiled,) = poll(client)
    assert compiled["filters"] == [
        {"dimension": "MODEL", "operator": "IS", "value": "gpt-4o-mini", "values": None}
    ]
    assert compiled["breached"] is True


@LOCAL
def test_a_cost_that_is_not_known_is_told(client: Client) -> None:
    call(client, 2, model="nobody's")
    made = make(client)
    (compiled,) = poll(client)
    assert compiled["controlId"] == made["id"]
    assert (compiled["currentValue"], compiled["unpricedCount"]) == (0, 2)


def test_records(client: Client) -> None:
    made = make(client, description="d", notificationEmails=["A@x.io", "a@x.io "])
    assert made["notificationEmails"] == ["a@x.io"]
    assert (made["enabled"], made["shadowMode"], made["filters"]) == (True, False, [])
    path = f"{RULES}/{made['id']}"
    assert client.get(path).json == made
    patch(client, made, {"hardLimit": 5, "description": None, "enabled": None, "name": None})
    read = client.get(path).json
    assert (read["hardLimit"], read.get("description"), read["name"]) == (5, None, "a day")
    listed = client.get(RULES, {"teamId": client.installed.team}).json
    assert [each["id"] for each in listed["_embedded"]["costControlResourceList"]] == [made["id"]]
    patch(client, made, {"enabled": False})
    assert poll(client) == []
    patch(client, made, {"enabled": True, "shadowMode": True})
    assert poll(client)[0]["shadowMode"] is True
    assert poll(client, ruleId=made["id"])
    polled = f"/v2/api/ai/enforcement-rules/{client.installed.team}"
    assert client.get(polled, {"ruleId": "unknown"}).status == 204
    assert client.send("DELETE", path, b"", None, {}).status == 200
    assert poll(client) == []
    assert client.get(path).status == 404
    assert client.get(RULES).status == 400


def patch(client: Client, made: dict[str, Any], body: dict[str, Any]) -> Answer:
    path = f"{RULES}/{made['id']}"
    answer = client.send("PATCH", path, json.dumps(body).encode(), None, {})
    assert answer.status == 200, answer.body
    return answer


@LOCAL
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"hardLimit": None}, "hardLimit"),
        ({"hardLimit": -1}, "hardLimit"),
        ({"hardLimit": 1e30}, "hardLimit"),
        ({"warnThreshold": 5}, "warnThreshold"),
        ({"metricType": "MONEY"}, "metricType"),
        ({"windowType": "DECADELY"}, "windowType"),
        ({"action": "STOP"}, "action"),
        ({"groupBy": "DEPARTMENT"}, "groupBy"),
        ({"filters": [{"dimension": "WORKSPACE", "operator": "IS", "value": "w"}]}, "filters"),
        ({"filters": [{"dimension": "MODEL", "operator": "IS"}]}, "filters"),
        ({"filters": [{"dimension": "MODEL", "operator": "IN", "values": []}]}, "filters"),
        ({"filters": [{"dimension": "MODEL", "operator": "IS", "value": "a\nb"}]}, "filters"),
        ({"notificationEmails": ["nobody"]}, "notificationEmails"),
        ({"teamId": "other"}, "teamId"),
    ],
)
def test_what_no_rule_may_be(client: Client, members: dict[str, Any], field: str) -> None:
    answer = client.post(RULES, rule(**members))
    assert answer.status in (400, 403), answer.body
    if answer.status == 400:
        assert any(name.startswith(field) for name in answer.json["details"]), answer.json
    assert poll(client) == []


@LOCAL
def test_a_key_that_only_meters_polls_and_no_more(client: Client) -> None:
    make(client)
    tenant, team = Scope(client.installed.tenant), Scope(client.installed.team)
    _, key = create_key(client.world, tenant, team, "k", KeyKind.METERING)
    path = f"/v2/api/ai/enforcement-rules/{team}"
    assert client.get(path, x_api_key=key).status == 200
    assert client.post(RULES, rule(), x_api_key=key).status == 403
    assert client.get(RULES, {"teamId": team}, x_api_key=key).status == 403


EVENTS = "/profitstream/v2/api/ai/enforcement-events"


def events(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(EVENTS, {"level": "ALL", **query})
    assert answer.status == 200, answer.body
    return list(answer.json["_embedded"]["enforcementEventResourceList"])


def test_a_line_that_is_crossed_is_noted_once_a_window(client: Client, clock: Clock) -> None:
    made = make(client, warnThreshold=0.0003, notificationEmails=["ops@x.io"])
    assert events(client) == []
    call(client, 2)
    for _ in range(3):
        later(clock)
        assert enforce_due(client.world)["teams"] >= 1
    (warned,) = events(client)
    assert (warned["operation"], warned["outcome"], warned["tier"]) == (
        "ENFORCEMENT_WARN",
        "WARNED",
        "WARN",
    )
    assert (warned["currentValue"], warned["threshold"], warned["usagePercent"]) == (
        0.00042,
        0.0003,
        140,
    )
    call(client, 3)
    later(clock)
    poll(client)
    (stopped,) = events(client, level="HARD")
    assert (stopped["operation"], stopped["outcome"]) == ("ENFORCEMENT_VIOLATION", "BLOCKED")
    assert stopped["ruleId"] == made["id"]
    assert [each["tier"] for each in events(client)] == ["HARD", "WARN"]
    clock.move(DAY)
    body = completion(transactionId="next", requestTime=iso(clock.now), responseTime=iso(clock.now))
    for number in range(5):
        sent = client.post("/meter/v2/ai/completions", {**body, "transactionId": f"n{number}"})
        assert sent.status == 201
    feed(client.world)
    enforce_due(client.world)
    assert len(events(client)) == 4
    assert client.send("DELETE", f"{RULES}/{made['id']}", b"", None, {}).status == 200
    assert {each["ruleDeleted"] for each in events(client)} == {True}


@LOCAL
def test_shadow_rules_say_what_would_have_been(client: Client, clock: Clock) -> None:
    call(client, 5)
    make(client, name="quiet", shadowMode=True)
    make(client, name="soft", action="WARN_ONLY")
    assert {(each["ruleName"], each["outcome"], each["level"]) for each in events(client)} == {
        ("quiet", "WOULD_BLOCK", "HARD"),
        ("soft", "WARNED", "WARN"),
    }
    assert [each["ruleName"] for each in events(client, mode="SHADOW")] == ["quiet"]
    assert [each["ruleName"] for each in events(client, mode="ENFORCED")] == ["soft"]
    assert [each["ruleName"] for each in events(client, level="WARN")] == ["soft"]
    assert [each["ruleName"] for each in events(client, query="QUIET")] == ["quiet"]
    assert events(client, transactionId="x") == []
    clock.move(31 * DAY)
    assert events(client) == []


@LOCAL
def test_each_person_over_the_line_is_noted(client: Client) -> None:
    for person in ("ann@x.io", "ben@x.io", "ann@x.io", "ann@x.io"):
        call(client, subscriber={"email": person})
    make(client, groupBy="SUBSCRIBER", hardLimit=0.0005)
    (event,) = events(client)
    assert (event["groupValue"], event["subscriberEmail"]) == ("ann@x.io", "ann@x.io")
    asked = {"groupBy": "SUBSCRIBER", "groupValue": "ann@x.io"}
    assert events(client, **asked) == [event]
    assert events(client, **{**asked, "groupValue": "ben@x.io"}) == []


def test_somebody_is_told_once(client: Client, clock: Clock) -> None:
    outside = Outside()
    world = outside.around(client.world)
    there = Client(world, client.installed)
    url = "https://hooks.slack.com/services/x"
    slack = there.post(SLACK, {"name": "s", "webhookUrl": url}).json["id"]
    hook = there.post(WEBHOOKS, {"url": "https://hooks.example.com/"}).json["id"]
    channels = [f"slack:{slack}", f"webhook:{hook}", "pager:1"]
    call(client, 5)
    make(
        client,
        notificationEmails=["once@x.io"],
        notificationChannelIds=channels,
        denyMessage="secret words",
    )
    told = enforce_due(world)
    assert (told["notices"] >= 1, outside.mails, outside.calls) == (True, [], [])
    later(clock)
    assert enforce_due(world)["notices"] == 0
    deliver_due(world)
    (mail,) = [each for each in outside.mails if each.to == ["once@x.io"]]
    assert "0.00105 of 0.001" in mail.text
    assert mail.subject == "a day: 105 % of hard line"
    webhook = next(each for each in outside.calls if each.url == "https://hooks.example.com/")
    content = json.loads(webhook.body)
    assert (content["type"], content["data"]["currentValue"]) == ("cost_control.blocked", 0.00105)
    assert content["data"]["windowKey"] == "DAILY:2026-11-24"
    assert [each.url for each in outside.calls].count(url) == 1
    seen = "".join([mail.text, mail.subject, *(each.body.decode() for each in outside.calls)])
    assert "secret" not in seen
    clock.move(DAY)
    for number in range(5):
        times = {"requestTime": iso(clock.now), "responseTime": iso(clock.now)}
        body = completion(transactionId=f"later{number}", **times)
        assert client.post("/meter/v2/ai/completions", body).status == 201
    feed(client.world)
    assert enforce_due(world)["notices"] >= 1
    deliver_due(world)
    mails = [each for each in outside.mails if each.to == ["once@x.io"]]
    assert "DAILY:2026-11-25" in mails[1].text
    assert len(mails) == 2


@LOCAL
def test_all_who_are_over_a_line_are_told_of_in_one_message(client: Client) -> None:
    for number in range(12):
        call(client, 1 + number % 2, subscriber={"id": f"p{number:02}"})
    make(
        client,
        groupBy="SUBSCRIBER",
        hardLimit=0.0002,
        shadowMode=True,
        notificationEmails=["ops@x.io"],
    )
    outside = Outside()
    world = outside.around(client.world)
    assert enforce_due(world)["notices"] == 1
    deliver_due(world)
    (mail,) = outside.mails
    assert mail.subject == "[preview] a day: 210 % of hard line"
    lines = mail.text.splitlines()
    assert (len(lines), lines[-1]) == (11, "and 2 more")
    assert lines[0].startswith("WOULD_BLOCK: a day of p")
    call(client, 1, subscriber={"id": "p99"})
    compile_rules(world, Scope(client.installed.team))
    enforce_due(world)
    assert deliver_due(world)["delivered"] == 0


@LOCAL
def test_channels_that_lead_nowhere(client: Client) -> None:
    answer = client.post(RULES, rule(notificationChannelIds=["slack:x1", "pager:1", "webhook:y"]))
    assert answer.status == 400
    assert set(answer.json["details"]) == {"notificationChannelIds"}
    made = make(client, notificationChannelIds=["pager:1", "anything"])
    assert made["notificationChannelIds"] == ["pager:1", "anything"]
    body = {"name": "s", "webhookUrl": "https://hooks.slack.com/services/x"}
    slack = client.post(SLACK, body).json["id"]
    patch(client, made, {"notificationChannelIds": [f"slack:{slack}"]})
    client.send("DELETE", f"{SLACK}/{slack}", b"", None, {})
    patch(client, made, {"hardLimit": 7})


@LOCAL
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"since": "2026-11-01", "groupBy": "MODEL"}, {"since", "groupBy"}),
        ({"groupValue": "x", "ruleId": "!"}, {"groupValue", "ruleId"}),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, {"since"}),
        ({"until": "yesterday, at noon"}, {"until"}),
    ],
)
def test_questions_that_make_no_sense(
    client: Client, query: dict[str, Any], fields: set[str]
) -> None:
    answer = client.get(EVENTS, query)
    assert answer.status == 422
    assert set(answer.json["details"]) == fields
    assert client.get(EVENTS, {"since": "2026-01-01T00:00:00Z"}).status == 200
    assert client.get(EVENTS, {"mode": "X"}).status == 400


@LOCAL
@pytest.mark.parametrize("operator", ["IS", "IN", "IS_NOT"])
def test_a_filter_names_a_record_by_its_id_or_its_name(client: Client, operator: str) -> None:
    base = "/profitstream/v2/api"
    made = client.post(f"{base}/organizations", {"name": "Acme"}).json
    call(client, 2, organizationName="Acme")
    call(client, 1, organizationName="Other")
    name = "values" if operator == "IN" else "value"
    for number, wanted in enumerate((made["id"], "Acme")):
        value = [wanted] if operator == "IN" else wanted
        told = {"dimension": "ORGANIZATION", "operator": operator, name: value}
        make(client, name=f"{number}", filters=[told])
    counted = 1 if operator == "IS_NOT" else 2
    assert {Decimal(str(each["currentValue"])) for each in poll(client)} == {COST * counted}
    renamed = {**made, "name": "Acme Ltd"}
    path = f"{base}/organizations/{made['id']}"
    sent = client.send("PUT", path, json.dumps(renamed).encode(), None, {})
    assert sent.status == 200, sent.body
    make(
        client,
        name="today's",
        filters=[{**told, name: ["Acme Ltd"] if operator == "IN" else "Acme Ltd"}],
    )
    assert {Decimal(str(each["currentValue"])) for each in poll(client)} == {COST * counted}


@LOCAL
def test_a_credential_and_a_product_go_by_their_ids_too(client: Client) -> None:
    base = "/profitstream/v2/api"
    call(
        client,
        1,
        productName="P",
        subscriber={"id": "u", "credential": {"name": "key", "value": "v"}},
    )
    call(client, 1)
    wanted = {}
    for path, name in (("products", "P"), ("credentials", "key")):
        listed = client.get(f"{base}/{path}", {"teamId": client.installed.team}).json
        (rows,) = listed["_embedded"].values()
        wanted[path] = next(row["id"] for row in rows if name in (row["label"], row.get("name")))
    for dimension, path in (("PRODUCT", "products"), ("CREDENTIAL", "credentials")):
        told = {"dimension": dimension, "operator": "IS", "value": wanted[path]}
        make(client, name=dimension, filters=[told])
    assert {Decimal(str(each["currentValue"])) for each in poll(client)} == {COST}
