"""Records of what was metered through the doors: lists, single reads, prompts and deletes, on both
adapters."""

import csv
import json
from io import StringIO
from typing import Any

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import DAY, iso
from chalicelib.ports.scope import Scope
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

M = "/profitstream/v2/api/sources/metrics"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def named(transaction: str, **members: Any) -> dict[str, Any]:
    return completion(transactionId=transaction, **members)


def media(number: int, **members: Any) -> dict[str, Any]:
    times = {"requestTime": iso(NOON - number), "responseTime": iso(NOON), "requestDuration": 5}
    return {"transactionId": f"m{number}", "provider": "OPENAI", **times, **members}


@pytest.fixture
def posted(client: Client) -> Client:
    """Five completions and one of each other kind, in the ledger and in the lake."""
    for number in range(5):
        body = named(
            f"c{number}",
            requestTime=iso(NOON - number * 1_000),
            agent=f"agent {number % 2}",
            traceId="trace",
            organizationName="Halden",
            productName="Helpdesk",
            temperature=0.5,
        )
        assert client.post("/meter/v2/ai/completions", body).status == 201
    for path, body in (
        ("ai/audio", media(1, model="whisper-1", durationSeconds=60, language="de")),
        ("ai/images", media(2, model="gpt-image-1", actualImageCount=2, requestedImageCount=3)),
        ("ai/video", media(3, model="sora-2", durationSeconds=8, asyncOperation=True)),
        (
            "tool/events",
            {"transactionId": "t1", "toolId": "search", "durationMs": 3, "success": True}
            | {"timestamp": iso(NOON), "costUsd": 0.25, "operation": "find"},
        ),
        ("apis/requests", {"transactionId": "a1", "method": "GET", "resource": "/x"}),
        ("apis/responses", {"transactionId": "a1", "responseCode": 503, "totalDuration": 7}),
    ):
        answer = client.post(f"/meter/v2/{path}", body)
        assert answer.status == 201, answer.body
    drain(client.world)
    return client


def rows(client: Client, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{M}/{path}", {"teamId": client.installed.team, **query})
    assert answer.status == 200, answer.body
    (listed,) = answer.json["_embedded"].values()
    return list(listed)


def entries(client: Client, action: str) -> list[dict[str, Any]]:
    """The audit entries of an action."""
    answer = client.get("/profitstream/v2/api/audit-entries", {"action": action})
    (listed,) = answer.json["_embedded"].values()
    return list(listed)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ai/completions", ["c0", "c1", "c2", "c3", "c4"]),
        ("ai/audio", ["m1"]),
        ("ai/images", ["m2"]),
        ("ai/video", ["m3"]),
        ("ai", ["c0", "m1", "m2", "m3", "c1", "c2", "c3", "c4"]),
        ("apis", ["a1"]),
        ("tool/events", ["t1"]),
    ],
)
def test_every_list_shows_its_own_the_newest_first(
    posted: Client, path: str, expected: list[str]
) -> None:
    listed = rows(posted, path, size=100)
    assert [row["transactionId"] for row in listed] == expected
    if path == "tool/events":
        return
    if path == "apis":
        assert rows(posted, "api") == listed
    for row in listed:
        one = posted.get(f"{M}/{path}/{row['id']}")
        assert one.status == 200
        differing = {name for name in row if row[name] != one.json[name]}
        assert differing <= {"transactionCount"}
        assert posted.get(f"{M}/{path}/{row['transactionId']}").json["id"] == row["id"]


def test_members_that_clients_print(posted: Client) -> None:
    newest = rows(posted, "ai/completions")[0]
    assert newest["label"] == newest["transactionId"] == "c0"
    assert newest["outputTokenCount"] == newest["completionTokenCount"] > 0
    assert newest["isStreamed"] == newest["streamed"]
    assert newest["transactionCount"] == 5
    assert newest["organization"]["label"] == "Halden"
    assert newest["totalCost"] > 0
    assert newest["temperature"] == 0.5
    (audio,), (image,) = rows(posted, "ai/audio"), rows(posted, "ai/images")
    assert (audio["totalDuration"], audio["durationSeconds"], audio["language"]) == (60, 60, "de")
    assert (image["totalCount"], image["actualImageCount"], image["requestedImageCount"]) == (
        2,
        2,
        3,
    )
    (tool,), (api,) = rows(posted, "tool/events"), rows(posted, "apis")
    assert (tool["resource"], tool["totalCost"], tool["invocations"]) == (
        "tool:search:find",
        0.25,
        1,
    )
    assert (api["requests"], api["errors"], api["latency"]) == (1, 1, 7)


def test_a_record_of_another_kind_is_not_found(posted: Client) -> None:
    (audio,) = rows(posted, "ai/audio")
    assert posted.get(f"{M}/ai/images/{audio['id']}").status == 404
    assert posted.get(f"{M}/ai/completions/{audio['id']}").status == 404
    assert posted.get(f"{M}/ai/{audio['id']}").json["metricType"] == "AUDIO"
    assert posted.get(f"{M}/ai/nothing").status == 404


def test_a_record_is_there_at_once(client: Client) -> None:
    sent = client.post("/meter/v2/ai/completions", named("now")).json
    (row,) = rows(client, "ai/completions", transactionId="now")
    assert (row["id"], row["totalCost"] is None) == (sent["id"], False)
    assert rows(client, "ai/completions", transactionIds=["now", "other"])[0]["id"] == sent["id"]
    assert rows(client, "ai/completions", transactionId="other") == []
    assert client.get(f"{M}/ai/completions/{sent['id']}").status == 200


def test_a_key_that_only_meters_may_ask_for_what_it_has_sent(client: Client) -> None:
    tenant, team = Scope(client.installed.tenant), Scope(client.installed.team)
    _, key = create_key(client.world, tenant, team, "k", KeyKind.METERING)
    sent = client.post("/meter/v2/ai/completions", named("mine"), x_api_key=key).json
    asked = {"teamId": team, "transactionId": "mine"}
    found = client.get(f"{M}/ai/completions", asked, x_api_key=key)
    (row,) = found.json["_embedded"]["aICompletionMetricResourceList"]
    assert row["id"] == sent["id"]
    assert client.get(f"{M}/ai/completions", {"teamId": team}, x_api_key=key).status == 403
    assert client.get(f"{M}/ai/data-connected", x_api_key=key).status == 200
    assert client.get(f"{M}/ai/completions/{sent['id']}", x_api_key=key).status == 403


def test_pages_have_totals_and_past_the_end_is_nothing(posted: Client) -> None:
    query = {"teamId": posted.installed.team, "size": 2}
    page = posted.get(f"{M}/ai/completions", {**query, "page": 1}).json
    told = [row["transactionId"] for row in page["_embedded"]["aICompletionMetricResourceList"]]
    assert told == ["c2", "c3"]
    assert page["page"] == {
        "size": 2,
        "totalElements": 5,
        "totalPages": 3,
        "number": 1,
        "last": False,
    }
    past = posted.get(f"{M}/ai/completions", {**query, "page": 10**9}).json
    assert past["_embedded"]["aICompletionMetricResourceList"] == []
    assert past["page"]["totalElements"] == 5


def test_all_faults_are_told_at_once(client: Client) -> None:
    query = {
        "teamId": client.installed.team,
        "startDate": iso(NOON),
        "endDate": iso(NOON - DAY),
        "totalCostMin": 3,
        "totalCostMax": 1,
        "sort": "nonsense",
    }
    answer = client.get(f"{M}/ai/completions", query)
    assert answer.status == 400
    assert set(answer.json["details"]) == {"startDate", "totalCostMin", "sort"}
    assert "teamId" in client.get(f"{M}/ai/completions").json["message"]
    ids = {"teamId": client.installed.team, "transactionIds": [f"t{n}" for n in range(101)]}
    assert client.get(f"{M}/ai/completions", ids).status == 400


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("tool/events", {"chargeMin": "1e400"}),
        ("tool/events", {"chargeMax": "9" * 32}),
        ("ai/audio", {"characterCountMin": "1" * 60}),
        ("ai/traces", {"page": "9223372036854775807"}),
    ],
)
@LOCAL
def test_what_no_column_can_hold_is_refused_by_name(
    client: Client, path: str, query: dict[str, str]
) -> None:
    answer = client.get(f"{M}/{path}", {"teamId": client.installed.team, **query})
    assert answer.status == 400
    assert set(query) == set(answer.json["details"])


@LOCAL
def test_a_bound_between_two_nano_dollars_lets_nothing_through(posted: Client) -> None:
    cost = rows(posted, "ai/completions")[0]["totalCost"]
    above, below = f"{cost:.9f}1", f"{cost:.9f}9"
    for path in ("ai/completions", "ai"):
        between = {"totalCostMin": above, "totalCostMax": below}
        assert rows(posted, path, **between) == []
        assert rows(posted, path, totalCostMin=f"{cost:.9f}", totalCostMax=above)
    assert rows(posted, "tool/events", chargeMin="0.2500000001") == []
    assert rows(posted, "tool/events", chargeMin="0.25", chargeMax="0.2500000001")
    whole = f"{5 * cost:.9f}"
    traces = {"totalCostMin": f"{whole}1", "totalCostMax": f"{whole}9"}
    query = {"teamId": posted.installed.team, **traces}
    assert posted.get(f"{M}/ai/traces", query).json["page"]["totalElements"] == 0
    query = {"teamId": posted.installed.team, "totalCostMin": whole, "totalCostMax": f"{whole}9"}
    assert posted.get(f"{M}/ai/traces", query).json["page"]["totalElements"] == 1


@LOCAL
def test_a_bulk_delete_with_an_id_of_another_list_changes_nothing(posted: Client) -> None:
    (audio,), (tool,) = rows(posted, "ai/audio"), rows(posted, "tool/events")
    mine = rows(posted, "ai/completions")[0]["id"]
    for path, other in (("ai/completions", audio["id"]), ("ai", tool["id"])):
        answer = posted.send("DELETE", f"{M}/{path}", b"", {"ids": [mine, other]}, {})
        assert (answer.status, other in answer.json["details"]["ids"]) == (400, True)
    assert posted.get(f"{M}/ai/{mine}").status == 200


def test_a_list_as_csv_has_the_same_rows(posted: Client) -> None:
    query = {"teamId": posted.installed.team, "size": 3}
    answer = posted.get(f"{M}/ai/completions", query, accept="text/csv")
    read = list(csv.DictReader(StringIO(answer.body.decode())))
    assert [row["transactionId"] for row in read] == ["c0", "c1", "c2"]
    assert {row["organization.name"] for row in read} == {"Halden"}
    assert answer.headers["Link"].endswith('rel="next"')


def test_a_delete_takes_the_record_out_of_everything(posted: Client) -> None:
    first = rows(posted, "ai/completions")[0]
    assert posted.send("DELETE", f"{M}/ai/{first['id']}", b"", {"reason": "a test"}, {}).status == (
        204
    )
    drain(posted.world)
    assert posted.get(f"{M}/ai/{first['id']}").status == 404
    assert posted.send("DELETE", f"{M}/ai/{first['id']}", b"", None, {}).status == 404
    assert rows(posted, "ai/completions", transactionId="c0") == []
    assert next(row["transactionId"] for row in rows(posted, "ai/completions")) == "c1"
    window = {"startDate": iso(NOON - DAY), "endDate": iso(NOON + DAY)}
    report = posted.get("/api/v2/analytics/tasks-completed-by-agent", window).json
    figures = {
        group["groupName"]: group["metrics"][0]["metricResult"]
        for group in report["_embedded"]["items"]
    }
    assert figures["agent 0"] == 2
    (entry,) = entries(posted, "VOID")
    assert entry["facts"] == {"reason": "a test", "events": [first["id"]]}
    history = posted.world.events.history(Scope(posted.installed.team), first["id"])
    assert "voided" in history[-1].body


def test_a_bulk_delete_never_empties_a_team_by_accident(posted: Client) -> None:
    ids = [row["id"] for row in rows(posted, "ai", size=100)]
    assert posted.send("DELETE", f"{M}/ai", b"", None, {}).status == 400
    assert posted.send("DELETE", f"{M}/ai", b"[]", None, {}).status == 400
    assert posted.send("DELETE", f"{M}/ai", b'{"ids": [" "]}', {"ids": ","}, {}).status == 400
    assert len(rows(posted, "ai", size=100)) == len(ids)
    some = {"ids": [ids[0] + "," + ids[1], "unknown"]}
    assert posted.send("DELETE", f"{M}/ai", b'["%s"]' % ids[2].encode(), some, {}).status == 204
    drain(posted.world)
    assert [row["id"] for row in rows(posted, "ai", size=100)] == ids[3:]


def test_a_bulk_delete_with_another_teams_id_changes_nothing(posted: Client) -> None:
    team = posted.post("/profitstream/v2/api/teams", {"name": "Other"})
    assert team.status == 200, team.body
    tenant = Scope(posted.installed.tenant)
    _, key = create_key(posted.world, tenant, Scope(team.json["id"]), "other", KeyKind.WRITE)
    theirs = posted.post("/meter/v2/ai/completions", named("theirs"), x_api_key=key)
    assert theirs.status == 201
    mine = rows(posted, "ai/completions")[0]["id"]
    both = {"ids": [mine, theirs.json["id"]]}
    assert posted.send("DELETE", f"{M}/ai", b"", both, {}).status == 403
    assert posted.get(f"{M}/ai/{mine}").status == 200


@LOCAL
def test_prompts_are_for_those_who_may_see_them(client: Client) -> None:
    tenant, team = Scope(client.installed.tenant), Scope(client.installed.team)
    settings = f"/profitstream/v2/api/teams/{team}/settings/prompts"
    put = client.send("PUT", settings, b'{"promptCaptureEnabled": true}', None, {})
    assert put.status == 200, put.body
    texts = {"systemPrompt": "be kind", "inputMessages": '[{"a": 1}]', "outputResponse": "yes"}
    sent = client.post("/meter/v2/ai/completions", named("p1", **texts)).json
    bare = client.post("/meter/v2/ai/completions", named("p2")).json
    shown = client.get(f"{M}/ai/completions/{sent['id']}").json
    assert (shown["hasPromptData"], shown["systemPrompt"]) == (True, None)
    assert client.get(f"{M}/ai/completions/{bare['id']}").json["hasPromptData"] is False
    prompts = f"{M}/ai/completions/{sent['id']}/prompts"
    seen = client.get(prompts).json
    assert {name: seen[name] for name in texts} == texts
    assert client.get(f"{M}/ai/completions/{bare['id']}/prompts").json["inputMessages"] is None
    looks = entries(client, "PROMPT_LOOK")
    assert {each["facts"]["event"] for each in looks} == {sent["id"], bare["id"]}
    _, key = create_key(client.world, tenant, team, "plain", KeyKind.READ)
    assert client.get(prompts, x_api_key=key).status == 403
    user = client.post(
        "/profitstream/v2/api/users",
        {"email": "u@x.io", "firstName": "U", "lastName": "X", "roles": ["ROLE_TENANT_USER"]},
    ).json
    _, own = create_key(client.world, tenant, team, "own", KeyKind.WRITE, user=user["id"])
    assert client.get(prompts, x_api_key=own).status == 403
    path = f"/profitstream/v2/api/users/{user['id']}"
    wanted = {"email": "u@x.io", "firstName": "U", "lastName": "X", "roles": user["roles"]}
    body = client.get(path).json | wanted | {"canViewPromptData": True}
    raised = client.send("PUT", path, json.dumps(body).encode(), None, {"x_api_key": own})
    assert raised.status == 403, raised.body
    allowed = client.send("PUT", path, json.dumps(body).encode(), None, {})
    assert allowed.status == 200, allowed.body
    assert client.get(prompts, x_api_key=own).status == 200
    assert len(entries(client, "PROMPT_LOOK")) == 3
