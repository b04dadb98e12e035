"""POST /meter/v2/ai/completions: what every client posts is stored once, attributed and rated."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.directory.job_records import job_record_id
from chalicelib.directory.registry import AGENT, CREDENTIAL, JOB, ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.identity import key_service
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import DAY, SECOND, iso
from chalicelib.kit.errors import Throttled
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.ledger import stored

PATH = "/meter/v2/ai/completions"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""


def test_a_call_is_attributed_to_records_made_by_name(client: Client) -> None:
    sent = completion(
        organizationName="Äcme “Corp”",
        productName="chat%bot",
        agent="support's",
        agenticJobId="job-1",
        agenticJobType="LOAN",
        subscriber={
            "id": "u1",
            "email": " Dev@Acme.com ",
            "credential": {"name": "prod", "value": "sk-secret-1234"},
        },
    )
    row = stored(client, client.post(PATH, sent).json["id"])
    documents, tenant, team = client.world.documents, client.installed.tenant, client.installed.team
    made = {
        "organization_id": documents.find(tenant, ORGANIZATION, "name", "äcme “corp”"),
        "product_id": documents.find(team, PRODUCT, "name", "chat%bot"),
        "subscriber_id": documents.find(team, SUBSCRIBER, "email", "dev@acme.com"),
        "credential_id": documents.find(team, CREDENTIAL, "name", "PROD"),
    }
    assert {column: record and record.id for column, record in made.items()} == {
        column: row[column] for column in made
    }
    assert documents.find(team, AGENT, "name", "support's")
    job = documents.get(team, JOB, job_record_id(team, "job-1"))
    assert job
    assert job.doc["type"] == "loan"
    assert "sk-secret-1234" not in json.dumps(
        [row, *(record.doc for record in made.values() if record)]
    )
    again = stored(client, client.post(PATH, {**sent, "transactionId": "other"}).json["id"])
    assert {column: again[column] for column in made} == {column: row[column] for column in made}


def test_a_known_credential_decides_the_subscriber(client: Client) -> None:
    first = completion(1, subscriber={"id": "u1", "credential": {"name": "prod"}})
    second = completion(2, subscriber={"email": "someone@else.com", "credential": {"name": "prod"}})
    third = completion(3, credentialAlias="prod")
    rows = [stored(client, client.post(PATH, body).json["id"]) for body in (first, second, third)]
    assert len({row["subscriber_id"] for row in rows}) == 1
    assert [row["credential"] for row in rows] == ["prod"] * 3


def test_one_transaction_is_stored_once_and_the_first_wins(client: Client, clock: Any) -> None:
    first = client.post(PATH, completion())
    clock.move(5 * SECOND)
    second = client.post(PATH, completion(inputTokenCount=5, model="gpt-4o"))
    alias = client.post(PATH, completion(transactionId=None, spanId="chatcmpl-1"))
    assert [answer.status for answer in (first, second, alias)] == [201, 201, 201]
    assert first.json == second.json == alias.json
    assert stored(client, first.json["id"])["input_tokens"] == 1000
    assert len(client.world.events.history(client.installed.team, first.json["id"])) == 1


@LOCAL
def test_ids_that_differ_behind_their_stored_length_are_two_calls(client: Client) -> None:
    answers = [client.post(PATH, completion(transactionId="x" * 600 + end)) for end in "ab"]
    rows = [stored(client, answer.json["id"]) for answer in answers]
    assert rows[0]["event_id"] != rows[1]["event_id"]
    assert [len(row["transaction_id"]) for row in rows] == [512, 512]


def test_the_cost_is_exact(client: Client) -> None:
    rows = [
        stored(client, client.post(PATH, body).json["id"])
        for body in (
            completion(1),
            completion(2, cacheReadTokenCount=400),
            completion(3, totalCost=0.00026999999999999995),
            completion(4, model="nobody-knows-me", provider="NOBODY"),
            completion(5, billingSkipped=True),
        )
    ]
    assert [row.get("cost_nano") for row in rows] == [210_000, 180_000, 270_000, None, 0]
    assert [row["price_status"] for row in rows] == [
        "PRICED",
        "PRICED",
        "PRICED",
        "UNPRICED",
        "FREE",
    ]
    assert all(row["price_version"] for row in rows)


def test_nulls_and_unknown_members_are_nothing(client: Client) -> None:
    optional = (
        "agent",
        "subscriber",
        "totalCost",
        "traceId",
        "stop",
        "attributes",
        "operationType",
        "effort",
    )
    answer = client.post(PATH, completion(**dict.fromkeys(optional), someNewField={"a": [1]}))
    row = stored(client, answer.json["id"])
    assert row["operation_type"] == "CHAT"
    assert "agent" not in row


def test_gzip_and_odd_content_types_are_read(client: Client) -> None:
    assert client.post_gzip(PATH, completion(1)).status == 201
    charset = client.post(PATH, completion(2), content_type="application/json; charset=utf-8")
    plain = client.post(PATH, completion(3), content_type="text/plain")
    none = client.post(PATH, completion(4), content_type="", accept="")
    assert [answer.status for answer in (charset, plain, none)] == [201, 201, 201]


@LOCAL
def test_every_fault_is_told_at_once_by_its_path(client: Client) -> None:
    faulty = completion(
        inputTokenCount=-1,
        stopReason="DONE",
        isStreamed="yes",
        effort="",
        agenticJobId="types",
        requestDuration=True,
        totalCost=-0.1,
        subscriber={"email": 7},
    )
    del faulty["model"]
    answer = client.post(PATH, faulty)
    assert answer.status == 400
    assert {entry["field"] for entry in answer.json["errors"]} == {
        *(
            "model",
            "inputTokenCount",
            "stopReason",
            "isStreamed",
            "effort",
            "agenticJobId",
            "requestDuration",
        ),
        *("totalCost", "subscriber.email"),
    }
    assert answer.json["requestId"] == "test-request"
    assert set(answer.json["details"]) == {entry["field"] for entry in answer.json["errors"]}


@LOCAL
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"a":',
        gzip.compress(b"{}", mtime=0)[:-4],
        b"\x1f\x8b\x00\x00",
        b"1" * 100,
    ],
)
def test_unreadable_bodies_are_refused(client: Client, body: bytes) -> None:
    assert client.post(PATH, body).status == 400


@LOCAL
def test_bodies_over_the_limit_are_refused_packed_and_unpacked(client: Client) -> None:
    limit = client.world.settings.body_limit_bytes
    assert client.post(PATH, b"x" * (limit + 1)).status == 413
    assert client.post(PATH, gzip.compress(b" " * (limit + 1))).status == 413


@LOCAL
@pytest.mark.parametrize("moment", ["2019-12-31T23:59:59Z", iso(NOON + 2 * DAY)])
def test_times_that_no_clock_means_are_refused(client: Client, moment: str) -> None:
    answer = client.post(PATH, completion(requestTime=moment))
    assert answer.status == 400
    assert answer.json["errors"][0]["field"] == "requestTime"


@LOCAL
def test_long_texts_are_cut_and_bad_trace_types_dropped(client: Client) -> None:
    sent = completion(
        agent="a" * 300, taskType="t" * 300, traceType="not a word", modelHost="h" * 60
    )
    row = stored(client, client.post(PATH, sent).json["id"])
    assert (len(row["agent"]), len(row["task_type"]), len(row["model_host"])) == (255, 255, 50)
    assert "trace_type" not in row


def test_an_idempotency_key_repeats_the_first_answer_for_a_day(client: Client, clock: Any) -> None:
    first = client.post(PATH, completion(transactionId=None), idempotency_key="order-42: 1")
    again = client.post(PATH, completion(transactionId=None), idempotency_key="order-42: 1")
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    clock.move(DAY + SECOND)
    later = client.post(PATH, completion(transactionId=None), idempotency_key="order-42: 1")
    assert later.json["id"] != first.json["id"]


def test_an_idempotency_key_with_another_body_is_a_conflict(client: Client) -> None:
    client.post(PATH, completion(1), idempotency_key="k")
    answer = client.post(PATH, completion(2), idempotency_key="k")
    assert answer.status == 409
    assert {answer.json["code"], answer.json["error"], answer.json["errors"][0]["code"]} == {
        "idempotency_key_mismatch"
    }


def test_a_running_request_holds_its_idempotency_key(client: Client) -> None:
    events = client.world.events
    inner: list[int] = []

    class Slow:
        def append(self, team: str, records: Any) -> list[bool]:
            second = client.post(PATH, completion(), idempotency_key="k")
            inner.append(second.status)
            assert second.json["code"] == "idempotency_key_in_progress"
            assert second.headers["Retry-After"] == "1"
            return events.append(team, records)

    slow = Client(replace(client.world, events=Slow()), client.installed)
    assert slow.post(PATH, completion(), idempotency_key="k").status == 201
    assert inner == [409]


def test_a_failed_request_gives_its_idempotency_key_back(client: Client) -> None:
    assert client.post(PATH, completion(model=""), idempotency_key="k").status == 400
    assert client.post(PATH, completion(), idempotency_key="k").status == 201


@LOCAL
@pytest.mark.parametrize("key", ["x" * 256, "tab\t", "umläut"])
def test_malformed_idempotency_keys_are_refused(client: Client, key: str) -> None:
    answer = client.post(PATH, completion(), idempotency_key=key)
    assert (answer.status, answer.json["code"]) == (400, "invalid_idempotency_key")


def test_many_at_once_are_stored_once(client: Client) -> None:
    """The same 20 calls from 8 threads: 20 events, and one record for each name."""
    bodies = [
        completion(number % 20, organizationName=f"Org {number % 3}") for number in range(160)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: client.post(PATH, body), bodies))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 20
    names = client.world.documents.page(client.installed.tenant, ORGANIZATION).records
    assert sorted(record.name for record in names) == ["Org 0", "Org 1", "Org 2"]


def test_keys_decide_what_may_be_done(client: Client) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    _, reader = key_service.create_key(client.world, tenant, team, "r", KeyKind.READ)
    _, meter = key_service.create_key(client.world, tenant, team, "m", KeyKind.METERING)
    assert client.post(PATH, completion(), x_api_key=reader).status == 403
    assert client.post(PATH, completion(), x_api_key=meter).status == 201
    assert (
        client.post(PATH, completion(), x_api_key="", authorization=f"Bearer {meter}").status == 201
    )
    for wrong in (
        "",
        "nonsense",
        meter[:-1],
        meter.replace(tenant, "AAAAAA"),
        meter.replace("mk", "sk"),
    ):
        assert client.post(PATH, completion(), x_api_key=wrong).status == 401


def test_a_revoked_key_stops_within_a_minute(client: Client, clock: Any) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    key, text = key_service.create_key(client.world, tenant, team, "m", KeyKind.METERING)
    assert client.post(PATH, completion(), x_api_key=text).status == 201
    key_service.revoke_key(client.world, tenant, key.key_id)
    clock.move(60 * SECOND)
    assert client.post(PATH, completion(), x_api_key=text).status == 401


@LOCAL
def test_unknown_paths_and_wrong_methods_answer_in_the_family(client: Client) -> None:
    unknown, wrong = client.get("/meter/v2/nothing"), client.get(PATH)
    assert (unknown.status, unknown.json["code"]) == (404, "NOT_FOUND")
    assert (wrong.status, wrong.json["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert client.get("/favicon.ico").status == 404
    assert client.post(PATH + "/", completion()).status == 201


@LOCAL
def test_a_failure_of_ours_is_a_500_that_tells_nothing(client: Client) -> None:
    class Broken:
        def append(self, team: str, records: Any) -> list[bool]:
            raise OSError("the disk of db-7.internal is full")

    broken = Client(replace(client.world, events=Broken()), client.installed)
    answer = broken.post(PATH, completion())
    assert answer.status == 500
    assert "internal" not in answer.body.decode()
    assert answer.json["requestId"] == "test-request"


@LOCAL
def test_an_overloaded_ledger_asks_for_patience(client: Client) -> None:
    class Overloaded:
        def append(self, team: str, records: Any) -> list[bool]:
            raise Throttled("the ledger is overloaded")

    answer = Client(replace(client.world, events=Overloaded()), client.installed).post(
        PATH, completion()
    )
    assert (answer.status, answer.json["code"], answer.headers["Retry-After"]) == (
        429,
        "RATE_LIMITED",
        "1",
    )
    assert answer.json["retryAfterSeconds"] == 1


@LOCAL
def test_coding_assistants_are_told_apart(client: Client) -> None:
    plan = stored(
        client,
        client.post(PATH, completion(1, provider="ClaudeCode", agent="claude-code")).json["id"],
    )
    metered = stored(
        client,
        client.post(PATH, completion(2, provider="ClaudeCode", modelHost="bedrock")).json["id"],
    )
    assert (plan["cost_source"], plan["assistant"]) == ("coding_assistant", "CLAUDE_CODE")
    assert metered["cost_source"] == "coding_assistant"
    assert "assistant" not in metered
