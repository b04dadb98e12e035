"""Tool events, generic events, and the two halves of an API call."""

import json
from typing import Any

import pytest

from chalicelib.directory.job_records import job_record_id
from chalicelib.directory.registry import CREDENTIAL, ELEMENT, JOB, SOURCE
from chalicelib.kit.clock import SECOND, iso
from tests.conftest import NOON
from tests.support.client import Client
from tests.support.ledger import extras, stored

TOOLS, EVENTS = "/meter/v2/tool/events", "/meter/v2/events"
REQUESTS, RESPONSES = "/meter/v2/apis/requests", "/meter/v2/apis/responses"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def tool(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "transactionId": f"t-{number}",
        "toolId": "search",
        "timestamp": iso(NOON - SECOND),
        **members,
    }


def register(client: Client, **members: Any) -> None:
    body = {
        "name": "Web search",
        "toolId": "search",
        "toolType": "REST_API",
        "toolProvider": "Seek",
        **members,
    }
    assert client.post("/profitstream/v2/api/tools", body).status == 200


def pricing(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"currency": "USD", "elements": list(elements)}


def test_a_registered_tool_is_rated_by_call_and_by_unit(client: Client) -> None:
    per_call = {"name": "calls", "aggregationType": "COUNT", "unitPrice": "0.01"}
    per_row = {
        "name": "rows",
        "aggregationType": "SUM",
        "tiers": [
            {"unitPrice": "0.001", "upTo": 10},
            {"unitPrice": "0.0005", "upTo": None},
        ],
    }
    register(client, pricing=pricing(per_call, per_row))
    row = stored(
        client, client.post(TOOLS, tool(usageMetadata={"rows": 30, "region": "eu"})).json["id"]
    )
    assert (row["tool"], row["tool_type"], row["tool_provider"]) == (
        "Web search",
        "REST_API",
        "Seek",
    )
    assert (row["price_status"], row["price_source"], row["cost_nano"]) == (
        "PRICED",
        "TEAM",
        30_000_000,
    )
    assert extras(row)["usageMetadata"] == {"rows": 30, "region": "eu"}


@pytest.mark.parametrize("rows", ["many", -5, True])
def test_a_tool_whose_quantity_is_none_has_no_known_cost(client: Client, rows: Any) -> None:
    per_row = {"name": "rows", "aggregationType": "SUM", "unitPrice": "0.01"}
    register(client, pricing=pricing(per_row))
    row = stored(client, client.post(TOOLS, tool(usageMetadata={"rows": rows})).json["id"])
    assert (row["price_status"], row["unpriced_reason"]) == ("UNPRICED", "NO_QUANTITY")
    assert "cost_nano" not in row


def test_a_tool_nobody_registered_has_no_known_cost(client: Client) -> None:
    row = stored(client, client.post(TOOLS, tool(toolId="mystery")).json["id"])
    assert row["price_status"] == "UNPRICED"
    assert "cost_nano" not in row
    assert (row["operation"], row["is_success"], row["duration_ms"]) == ("execute", True, 0)


def test_a_tool_s_stated_cost_is_its_cost(client: Client) -> None:
    register(client, pricing=pricing({"name": "calls", "aggregationType": "COUNT", "unitPrice": 5}))
    row = stored(client, client.post(TOOLS, tool(costUsd=0.25)).json["id"])
    assert (row["price_source"], row["cost_nano"], row["tool"]) == (
        "CLIENT",
        250_000_000,
        "Web search",
    )


@LOCAL
def test_a_registered_tool_without_a_price_is_free(client: Client) -> None:
    register(client)
    row = stored(client, client.post(TOOLS, tool()).json["id"])
    assert (row["price_status"], row["cost_nano"]) == ("FREE", 0)


def test_a_tool_event_is_attributed(client: Client) -> None:
    body = tool(
        agent="a",
        organizationName="Acme",
        productName="Desk",
        subscriberCredential="cred-1",
        agenticJobId="job-1",
        success=False,
        errorMessage="boom",
    )
    row = stored(client, client.post(TOOLS, body).json["id"])
    assert (row["agent"], row["organization"], row["product"], row["credential"]) == (
        "a",
        "Acme",
        "Desk",
        "cred-1",
    )
    assert (row["job_id"], row["is_success"], row["error_reason"]) == ("job-1", False, "boom")
    team = client.installed.team
    assert client.world.documents.get(team, JOB, job_record_id(team, "job-1"))
    credential = client.world.documents.find(team, CREDENTIAL, "name", "cred-1")
    assert credential
    assert credential.id == row["credential_id"]


@LOCAL
def test_a_bad_tool_event_is_refused_whole(client: Client) -> None:
    answer = client.post(
        TOOLS, {"durationMs": -1, "agenticJobId": "types", "timestamp": "2019-01-01T00:00:00Z"}
    )
    assert answer.status == 400
    assert {fault["field"] for fault in answer.json["errors"]} == {
        "toolId",
        "durationMs",
        "agenticJobId",
    }
    late = client.post(TOOLS, tool(timestamp="2019-01-01T00:00:00Z"))
    assert (late.status, late.json["errors"][0]["field"]) == (400, "timestamp")


@LOCAL
def test_a_tool_event_without_a_time_happened_now(client: Client) -> None:
    assert (
        stored(client, client.post(TOOLS, tool(timestamp=None)).json["id"])["requested_at"] == NOON
    )


def test_a_generic_event_makes_metering_elements(client: Client) -> None:
    body = {
        "transactionId": "e-1",
        "payload": {"requestTokens": "1", "pages": 2.5, "colour": "red"},
        "sourceId": "gateway",
        "subscriberCredential": "sk-customer-secret-0042",
    }
    answer = client.post(EVENTS, body)
    assert (answer.status, answer.json["resourceType"]) == (201, "meter.event")
    row = stored(client, answer.json["id"])
    assert json.loads(row["payload"]) == body["payload"]
    assert row["is_billable"] is True
    documents, team = client.world.documents, client.installed.team
    source = documents.find(team, SOURCE, "name", "gateway")
    assert source
    assert row["source_id"] == source.id
    kinds = {each.name: each.doc["type"] for each in documents.page(team, ELEMENT).records}
    assert kinds == {"requestTokens": "NUMBER", "pages": "NUMBER", "colour": "STRING"}
    assert "secret" not in json.dumps(row)


@LOCAL
def test_a_payload_has_its_limits(client: Client) -> None:
    many = client.post(EVENTS, {"transactionId": "e", "payload": {f"m{n}": n for n in range(201)}})
    long = client.post(EVENTS, {"transactionId": "e", "payload": {"x": "y" * 70_000}})
    named = client.post(EVENTS, {"transactionId": "e", "payload": {"": 1, "n" * 300: 2}})
    assert [answer.status for answer in (many, long, named)] == [400, 400, 400]
    assert len(named.json["errors"]) == 2
    endless = b'{"transactionId": "e", "payload": {"a": NaN, "b": [1e400], "c": 1}}'
    fields = {fault["field"] for fault in client.post(EVENTS, endless).json["errors"]}
    assert fields == {"payload.a", "payload.b"}


@pytest.mark.parametrize("order", ["request first", "response first"])
def test_the_halves_of_an_api_call_meet(client: Client, clock: Any, order: str) -> None:
    request = {
        "transactionId": "a-1",
        "method": "GET",
        "resource": "https://shop.example/v1/items/7",
        "credential": "k",
    }
    response = {
        "transactionId": "a-1",
        "responseCode": 200,
        "backendLatency": 3.5,
        "gatewayLatency": 1.25,
    }
    halves = [(REQUESTS, request), (RESPONSES, response)]
    answers = []
    for path, half in halves if order == "request first" else reversed(halves):
        answers.append(client.post(path, half))
        clock.move(SECOND)
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert answers[0].json["resourceType"] == "metering"
    row = stored(client, answers[0].json["id"])
    assert (row["method"], row["response_code"], row["duration_ms"], row["version"]) == (
        "GET",
        200,
        5,
        2,
    )
    assert row["has_request"] is row["has_response"] is True
    assert row["requested_at"] == NOON
    source = client.world.documents.find(client.installed.team, SOURCE, "name", "shop.example")
    assert source
    assert row["source_id"] == source.id
    for path, half in halves:
        assert client.post(path, {**half, "contentType": "text/other"}).json == answers[0].json
    assert len(client.world.events.history(client.installed.team, row["event_id"])) == 2


@LOCAL
def test_bad_halves_are_refused(client: Client) -> None:
    request = client.post(
        REQUESTS, {"transactionId": "", "method": "FETCH", "requestMessageSize": -1}
    )
    response = client.post(
        RESPONSES, {"transactionId": "a", "responseCode": "200", "backendLatency": -1}
    )
    assert {fault["field"] for fault in request.json["errors"]} == {
        "transactionId",
        "method",
        "requestMessageSize",
    }
    assert {fault["field"] for fault in response.json["errors"]} == {
        "responseCode",
        "backendLatency",
    }


def test_sdks_find_their_key_and_no_rules(client: Client) -> None:
    resolved = client.get("/v2/sdk/resolve-key")
    assert (resolved.status, resolved.json["teamId"]) == (200, client.installed.team)
    assert client.get("/v2/sdk/resolve-key", x_api_key="nonsense").status == 401
    rules = client.get(
        f"/v2/api/ai/enforcement-rules/{client.installed.team}", {"include": "advisory"}
    )
    assert (rules.status, rules.json["rules"]) == (200, [])
    assert client.get("/v2/api/ai/enforcement-rules/AAAAAA").status in {400, 403}
    assert client.get("/v2/api/ai/enforcement-rules/%1C").json["code"] == "INVALID_TEAM_ID"
