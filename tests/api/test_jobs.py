"""/profitstream/v2/api/jobs: from ingestion and creation to outcome, cost and return."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.directory.exchange import Rate, set_rates
from chalicelib.jobs import records
from chalicelib.kit.clock import DAY, HOUR, SECOND, iso
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.gaps import HEADER
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Answer, Client
from tests.support.clock import Clock

JOBS = "/profitstream/v2/api/jobs"
METER = "/meter/v2/ai/completions"
CALL = Decimal("0.00021")
"""What tests.support.bodies.completion costs."""
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""


def exact(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    return json.loads(answer.body, parse_float=Decimal)


def create(client: Client, job_id: str = "job-1", **members: Any) -> Any:
    answer = client.post(JOBS, {"agenticJobId": job_id, **members})
    assert answer.status == 200, answer.body
    return answer.json


def report(client: Client, job_id: str = "job-1", **members: Any) -> Answer:
    return client.post(f"{JOBS}/{job_id}/outcome", {"executionStatus": "SUCCESS", **members})


def patch(client: Client, path: str, body: Any) -> Answer:
    return client.send("PATCH", path, json.dumps(body).encode(), None, {})


def remove(client: Client, path: str, body: Any = None) -> Answer:
    return client.send("DELETE", path, b"" if body is None else json.dumps(body).encode(), None, {})


def meter(client: Client, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        assert client.post(METER, body).status == 201
    drain(client.world)


def tool(number: int, **members: Any) -> dict[str, Any]:
    return {
        "transactionId": f"tool-{number}",
        "toolId": "search",
        "durationMs": 5,
        "success": True,
        "timestamp": iso(NOON - SECOND),
        **members,
    }


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [
        row["agenticJobId"]
        for row in answer.json.get("_embedded", {"jobResourceList": []})["jobResourceList"]
    ]


def test_a_job_that_telemetry_made_takes_what_is_stated_of_it_later(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1", agenticJobVersion="7"))
    first = exact(client.get(f"{JOBS}/job-1"))
    made = create(client, name="Loan", type="Credit")
    assert (made["name"], made["type"], made["version"]) == ("Loan", "credit", first["version"])
    assert (made["source"], made["created"]) == ("API", first["created"])
    assert client.post(JOBS, {"agenticJobId": "job-1", "name": "Again"}).status == 409
    assert exact(client.get(f"{JOBS}/job-1"))["name"] == "Loan"


def test_a_job_lives_from_creation_to_deletion(client: Client) -> None:
    made = create(
        client,
        "Loan-1.a_b",
        name="Loan",
        type="  LoaN ",
        version="2",
        environment="prod",
        teamId="ignored",
    )
    assert (made["label"], made["type"], made["source"], made["entityVersion"]) == (
        "Loan",
        "loan",
        "API",
        0,
    )
    assert (made["hasOutcome"], made["outcomeUpdateCount"], made["outcomeValue"]) == (
        False,
        0,
        None,
    )
    path = f"{JOBS}/Loan-1.a_b"
    assert client.get(path).json == made
    changed = patch(client, path, {"name": None, "version": "3", "outcomeType": "CONVERTED"}).json
    assert (changed["name"], changed["version"], changed["outcomeType"]) == ("Loan", "3", None)
    assert patch(client, path, {}).json == changed
    assert client.post(JOBS, {"agenticJobId": "Loan-1.a_b"}).status == 409
    assert remove(client, path).json["id"] == "Loan-1.a_b"
    for answer in (
        client.get(path),
        remove(client, path),
        patch(client, path, {"name": "x"}),
        report(client, "Loan-1.a_b"),
    ):
        assert answer.status == 404
        assert "Couldn't find Job" in answer.json["message"]
    again = create(client, "Loan-1.a_b")
    assert (again["id"], again["name"], again["entityVersion"]) == (made["id"], None, 0)


def test_ids_are_compared_exactly(client: Client) -> None:
    create(client, "a1", name="lower")
    create(client, "A1", name="upper")
    assert [client.get(f"{JOBS}/{each}").json["name"] for each in ("a1", "A1")] == [
        "lower",
        "upper",
    ]
    meter(
        client,
        completion(1, agenticJobId="a1"),
        completion(2, agenticJobId="A1"),
        completion(3, agenticJobId="A1"),
    )
    assert [client.get(f"{JOBS}/{each}/roi").json["transactionCount"] for each in ("a1", "A1")] == [
        1,
        2,
    ]


@LOCAL
def test_what_can_be_no_id_is_refused(client: Client) -> None:
    for wrong in ("types", "conversion-funnel", "", "a b", "a/b", "-a", "x" * 256):
        answer = client.post(JOBS, {"agenticJobId": wrong})
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, "agenticJobId"), wrong
    assert client.get(f"{JOBS}/a%2Fb").status == 400
    assert client.get(f"{JOBS}/a%20b").status == 404


@LOCAL
def test_a_metering_key_sees_no_job(client: Client) -> None:
    key = client.installed.metering_key or ""
    create(client)
    assert client.get(JOBS, x_api_key=key).status == 403
    assert client.get(f"{JOBS}/job-1/roi", x_api_key=key).status == 403
    assert client.post(JOBS, {"agenticJobId": "x"}, x_api_key=key).status == 403
    assert (
        client.post(f"{JOBS}/job-1/outcome", {"executionStatus": "FAILED"}, x_api_key=key).status
        == 403
    )
    assert client.get("/api/v2/analytics/jobs/roi-summary", x_api_key=key).status == 403


def test_teams_do_not_see_each_other(client: Client) -> None:
    other = Client(client.world)
    for each, value in ((client, 1), (other, 2)):
        create(each, type=f"t{value}")
        assert report(each, outcomeType="CONVERTED", outcomeValue=value).status == 200
    meter(client, completion(1, agenticJobId="job-1"))
    assert client.get(f"{JOBS}/job-1").json["outcomeValue"] == 1
    assert (
        other.get(f"{JOBS}/types").json,
        other.get(f"{JOBS}/conversion-funnel").json["totalJobs"],
    ) == (["t2"], 1)
    assert other.get(f"{JOBS}/job-1/roi").json["transactionCount"] == 0
    assert other.get(f"{JOBS}/job-1/transactions").json == {"transactions": [], "totalCount": 0}
    assert remove(other, JOBS, {"ids": ["job-1"]}).json["deletedCount"] == 1
    assert ids(client.get(JOBS)) == ["job-1"]
    assert client.get(JOBS, {"teamId": other.installed.team}).status == 403


def test_the_first_outcome_stands(client: Client) -> None:
    create(client)
    meta = json.dumps({"a": [1, "ü"]})
    first = report(
        client,
        outcomeType="CONVERTED",
        outcomeValue=500.25,
        outcomeReason="r",
        metadata=meta,
        unknown=1,
        metrics=[{"key": "quality_rate", "value": 0.9}],
    )
    assert first.status == 200
    job = exact(client.get(f"{JOBS}/job-1"))
    assert job["outcomeValue"] == Decimal("500.25")
    told = (
        "executionStatus",
        "outcomeType",
        "outcomeCurrency",
        "outcomeReason",
        "outcomeMetadata",
        "entityVersion",
    )
    assert [job[name] for name in told] == ["SUCCESS", "CONVERTED", "USD", "r", meta, 1]
    assert (job["hasOutcome"], job["outcomeUpdateCount"], job["outcomeReportedAt"]) == (
        True,
        0,
        iso(NOON),
    )
    second = report(client, executionStatus="FAILED")
    body = second.json
    assert second.status == 409
    assert body["error"]
    assert "PATCH" in body["guidance"]
    assert body["details"]["guidance"] == body["guidance"]
    assert body["reportedAt"] == body["details"]["reportedAt"] == iso(NOON)
    assert (body["amendmentCount"], body["details"]["updateCount"]) == (0, "0")
    assert exact(client.get(f"{JOBS}/job-1")) == job


@LOCAL
def test_an_outcome_without_a_value_has_no_currency(client: Client) -> None:
    create(client)
    assert report(client, executionStatus="FAILED", outcomeReason="no reply").status == 200
    job = client.get(f"{JOBS}/job-1").json
    unset = (
        "outcomeType",
        "outcomeValue",
        "outcomeCurrency",
        "outcomeMetadata",
        "outcomeUpdatedAt",
    )
    assert {job[name] for name in unset} == {None}


@LOCAL
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"executionStatus": "DONE"}, "executionStatus"),
        ({"outcomeValue": 5}, "outcomeType"),
        ({"outcomeType": "WON"}, "outcomeType"),
        ({"outcomeType": "CUSTOM", "outcomeValue": 1e16}, "outcomeValue"),
        ({"outcomeType": "CUSTOM", "outcomeValue": 1, "outcomeCurrency": "XXX"}, "outcomeCurrency"),
        ({"outcomeReason": "x" * 2049}, "outcomeReason"),
        ({"metrics": [{"key": "quality_rate", "value": 1.1}]}, "metrics.0.value"),
        ({"metrics": [{"key": " ", "value": 1}]}, "metrics.0.key"),
        ({"metrics": [{"key": "k", "value": 1}, {"key": "k", "value": 2}]}, "metrics.1.key"),
        (
            {"metrics": [{"key": "k", "value": 1, "recordedAt": iso(NOON + HOUR)}]},
            "metrics.0.recordedAt",
        ),
    ],
)
def test_a_wrong_outcome_is_refused_and_changes_nothing(
    client: Client, members: dict[str, Any], field: str
) -> None:
    create(client)
    answer = report(client, **members)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert client.get(f"{JOBS}/job-1").json["hasOutcome"] is False


@LOCAL
def test_every_fault_of_an_outcome_is_told_at_once(client: Client) -> None:
    create(client)
    facts = [
        {"key": "a", "value": 1, "recordedAt": iso(NOON + HOUR)},
        {"key": "b", "value": 1},
        {"key": " b", "value": 2},
    ]
    answer = report(client, outcomeValue=5, metrics=facts)
    fields = [fault["field"] for fault in answer.json["errors"]]
    assert (answer.status, fields) == (
        400,
        ["outcomeType", "metrics.0.recordedAt", "metrics.2.key"],
    )
    assert client.get(f"{JOBS}/job-1").json["hasOutcome"] is False


def test_an_outcome_is_amended_under_a_lock_and_keeps_its_history(
    client: Client, clock: Clock
) -> None:
    create(client)
    path = f"{JOBS}/job-1/outcome"
    assert client.get(f"{path}/history").json == []
    assert patch(client, path, {"outcomeType": "CUSTOM"}).status == 422
    report(client, outcomeType="CONVERTED", outcomeValue=5, outcomeReason="old", reportedBy="ann")
    clock.move(HOUR)
    amended = patch(
        client,
        path,
        {"outcomeValue": 7.5, "outcomeReason": "", "reason": "typo", "expectedEntityVersion": 1},
    )
    assert amended.status == 200
    job = amended.json
    assert (job["outcomeValue"], job["outcomeReason"], job["outcomeType"]) == (
        7.5,
        None,
        "CONVERTED",
    )
    assert (job["entityVersion"], job["outcomeUpdateCount"], job["outcomeUpdatedAt"]) == (
        2,
        1,
        iso(NOON + HOUR),
    )
    stale = patch(client, path, {"outcomeValue": 9, "expectedEntityVersion": 1})
    assert stale.status == 409
    assert "current version is 2" in stale.json["message"]
    rows = client.get(f"{path}/history").json
    assert [(row["sequence"], row["outcomeValue"], row["reason"]) for row in rows] == [
        (1, 5, None),
        (2, 7.5, "typo"),
    ]
    assert (rows[0]["reportedBy"], rows[0]["reportedAt"]) == ("ann", iso(NOON))
    assert report(client).json["amendmentCount"] == 1


@LOCAL
def test_a_job_that_comes_again_begins_anew_but_keeps_its_costs(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1", agenticJobName="old"))
    report(client, outcomeType="CONVERTED", outcomeValue=5)
    remove(client, f"{JOBS}/job-1")
    assert create(client)["hasOutcome"] is False
    assert client.get(f"{JOBS}/job-1/outcome/history").json == []
    assert report(client, executionStatus="FAILED").status == 200
    assert [row["executionStatus"] for row in client.get(f"{JOBS}/job-1/outcome/history").json] == [
        "FAILED"
    ]
    assert client.get(f"{JOBS}/job-1/roi").json["transactionCount"] == 1


@LOCAL
def test_a_fact_is_replaced_for_a_reason_only(client: Client) -> None:
    create(client)
    path = f"{JOBS}/job-1/outcome/metrics"
    answer = client.post(path, [{"key": "quality_rate", "value": 0.9, "provenance": "MEASURED"}])
    assert (answer.status, answer.body) == (201, b"")
    assert (
        client.post(path, [{"key": "quality_rate", "value": 0.8}]).json["errors"][0]["field"]
        == "0.reason"
    )
    assert (
        client.post(path, [{"key": "quality_rate", "value": 0.8, "reason": "graded again"}]).status
        == 201
    )
    assert (
        client.post(path, [{"key": " quality_rate ", "value": 1.1}]).json["errors"][0]["field"]
        == "0.value"
    )
    assert client.post(path, []).status == 400
    assert client.post(f"{JOBS}/none/outcome/metrics", [{"key": "k", "value": 1}]).status == 404
    assert client.get(f"{JOBS}/job-1").json["entityVersion"] == 0


def test_metered_calls_make_jobs(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1"))
    bare = client.get(f"{JOBS}/job-1").json
    assert (bare["source"], bare["label"], bare["type"]) == ("TELEMETRY", "job-1", None)
    told = {
        "agenticJobName": "Loan",
        "agenticJobType": "LOAN",
        "agenticJobVersion": "2",
        "environment": "prod",
    }
    meter(client, completion(2, agenticJobId="job-1", **told))
    meter(
        client, completion(3, agenticJobId="job-1", agenticJobName="Other", agenticJobType="other")
    )
    job = client.get(f"{JOBS}/job-1").json
    assert [job[name] for name in ("name", "type", "version", "environment")] == [
        "Loan",
        "loan",
        "2",
        "prod",
    ]
    assert client.get(f"{JOBS}/types").json == ["loan", "other"]
    assert create(client)["name"] == "Loan"
    assert client.post(JOBS, {"agenticJobId": "job-1"}).status == 409


def test_the_return_of_a_job_counts_every_call(client: Client) -> None:
    failed = {"stopReason": "ERROR", "errorReason": "timed out", "retryNumber": 1}
    meter(
        client,
        completion(1, agenticJobId="job-1"),
        completion(2, agenticJobId="job-1", at=NOON - 40 * DAY),
        completion(3, agenticJobId="job-1", totalCost=0.5, **failed),
        completion(4, agenticJobId="other"),
        completion(5),
    )
    assert (
        client.post("/meter/v2/tool/events", tool(1, agenticJobId="job-1", costUsd=0.25)).status
        == 201
    )
    drain(client.world)
    cost = 2 * CALL + Decimal("0.5")
    before = exact(client.get(f"{JOBS}/job-1/roi"))
    assert (before["totalCost"], before["roi"], before["hasOutcome"]) == (cost, None, False)
    report(client, outcomeType="CONVERTED", outcomeValue=2)
    roi = exact(client.get(f"{JOBS}/job-1/roi"))
    assert roi["roi"] == (2 - cost) * 100 / cost
    assert (
        roi["transactionCount"],
        roi["inputTokens"],
        roi["outputTokens"],
        roi["totalTokens"],
    ) == (
        3,
        3000,
        300,
        3300,
    )
    assert (roi["toolCost"], roi["toolCallCount"], roi["unpricedCount"]) == (Decimal("0.25"), 1, 0)
    assert roi["roiWithTools"] == (2 - cost - Decimal("0.25")) * 100 / (cost + Decimal("0.25"))
    assert compact_due(client.world, quiet_ms=0) > 0
    assert exact(client.get(f"{JOBS}/job-1/roi")) == roi


@LOCAL
def test_an_unknown_price_is_said_and_never_nothing(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1", model="no-such-model-9"))
    report(client, outcomeType="CONVERTED", outcomeValue=2)
    roi = client.get(f"{JOBS}/job-1/roi").json
    assert (roi["totalCost"], roi["unpricedCount"], roi["roi"], roi["transactionCount"]) == (
        None,
        1,
        None,
        1,
    )
    (row,) = client.get(JOBS).json["_embedded"]["jobResourceList"]
    assert (row["totalCost"], row["unpricedCount"], row["transactionCount"]) == (None, 1, 1)


@LOCAL
def test_unknown_costs_of_tools_make_no_return_with_tools(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1"))
    assert client.post("/meter/v2/tool/events", tool(1, agenticJobId="job-1")).status == 201
    drain(client.world)
    report(client, outcomeType="CONVERTED", outcomeValue=2)
    roi = exact(client.get(f"{JOBS}/job-1/roi"))
    assert (roi["toolCost"], roi["roiWithTools"], roi["unpricedCount"]) == (None, None, 1)
    assert roi["roi"] == (2 - CALL) * 100 / CALL


@LOCAL
def test_a_deleted_job_comes_back_with_its_next_call(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1"))
    assert remove(client, f"{JOBS}/job-1").status == 200
    meter(client, completion(2, agenticJobId="job-1"))
    assert exact(client.get(f"{JOBS}/job-1/roi"))["totalCost"] == 2 * CALL


@LOCAL
def test_a_new_name_stands_in_no_amenders_way(client: Client) -> None:
    create(client)
    seen = report(client, outcomeType="CONVERTED").json["entityVersion"]
    assert patch(client, f"{JOBS}/job-1", {"name": "Other"}).json["entityVersion"] == seen
    assert (
        patch(
            client, f"{JOBS}/job-1/outcome", {"outcomeValue": 3, "expectedEntityVersion": seen}
        ).status
        == 200
    )


@LOCAL
def test_a_job_without_calls_cost_nothing_and_returns_nothing_known(client: Client) -> None:
    create(client)
    report(client, outcomeType="CONVERTED", outcomeValue=2, outcomeCurrency="EUR")
    roi = client.get(f"{JOBS}/job-1/roi").json
    assert (roi["totalCost"], roi["roi"], roi["transactionCount"], roi["totalTokens"]) == (
        0,
        None,
        0,
        0,
    )
    meter(client, completion(1, agenticJobId="job-1"))
    assert client.get(f"{JOBS}/job-1/roi").json["roi"] is None


@LOCAL
def test_a_value_in_another_currency_is_worth_the_rate_of_its_day(
    client: Client, clock: Clock
) -> None:
    rates = [Rate(Decimal("1.10"), "2026-11-01", "ecb"), Rate(Decimal("1.50"), "2026-11-25", "ecb")]
    set_rates(client.world, client.installed.tenant, [("EUR", rate) for rate in rates])
    meter(client, completion(1, agenticJobId="job-1"), completion(2, agenticJobId="job-2"))
    report(client, outcomeType="CONVERTED", outcomeValue=2, outcomeCurrency="EUR")
    report(client, "job-2", outcomeType="CONVERTED", outcomeValue=9, outcomeCurrency="GBP")
    clock.move(2 * DAY)
    patch(client, f"{JOBS}/job-1/outcome", {"outcomeValue": 3})
    euros, pounds = (exact(client.get(f"{JOBS}/{job}/roi")) for job in ("job-1", "job-2"))
    worth = 3 * Decimal("1.10")
    assert (euros["outcomeValue"], euros["outcomeCurrency"], euros["outcomeValueUsd"]) == (
        3,
        "EUR",
        worth,
    )
    assert euros["roi"] == (worth - CALL) * 100 / CALL
    assert (pounds["outcomeValue"], pounds["outcomeValueUsd"], pounds["roi"]) == (9, None, None)
    total = exact(client.get("/api/v2/analytics/jobs/roi-summary", {"startDate": iso(NOON - DAY)}))[
        "summary"
    ]
    assert (total["totalValue"], total["otherCurrencyOutcomes"]) == (worth, 1)


def test_transactions_are_the_calls_by_start(client: Client) -> None:
    meter(
        client,
        completion(1, agenticJobId="job-1", at=NOON - HOUR, agent="a"),
        completion(
            2, agenticJobId="job-1", at=NOON - 2 * DAY, stopReason="ERROR", errorReason="boom"
        ),
        completion(3, agenticJobId="job-1", at=NOON - 2 * HOUR, model="no-such-model-9"),
    )
    whole = exact(client.get(f"{JOBS}/job-1/transactions"))
    rows = whole["transactions"]
    assert [row["transactionId"] for row in rows] == ["chatcmpl-2", "chatcmpl-3", "chatcmpl-1"]
    assert ([row["status"] for row in rows], whole["totalCount"]) == (
        ["error", "success", "success"],
        3,
    )
    assert (rows[1]["cost"], rows[2]["cost"], rows[2]["agent"]) == (None, CALL, "a")
    assert (rows[2]["duration"], rows[2]["timestamp"], rows[2]["totalTokens"]) == (
        800,
        iso(NOON - HOUR),
        1100,
    )
    second = exact(client.get(f"{JOBS}/job-1/transactions", {"page": 1, "size": 2}))
    assert ([row["transactionId"] for row in second["transactions"]], second["totalCount"]) == (
        ["chatcmpl-1"],
        3,
    )
    assert exact(client.get(f"{JOBS}/job-1/transactions", {"page": 10**9}))["transactions"] == []
    assert client.get(f"{JOBS}/none/transactions").status == 404


def test_lists_are_filtered_sorted_and_paged(client: Client, clock: Clock) -> None:
    for number in range(5):
        create(
            client,
            f"job-{number}",
            name=f"Name {4 - number}",
            type="Loan" if number % 2 else "Chat",
            environment="Prod",
        )
        clock.move(DAY)
    report(client, "job-1", outcomeType="CONVERTED", outcomeValue=10)
    report(client, "job-2", executionStatus="FAILED")
    report(client, "job-3", outcomeType="DEFLECTED", outcomeValue=20)
    assert ids(client.get(JOBS)) == [f"job-{number}" for number in (4, 3, 2, 1, 0)]
    for asked, found in (
        ({"sort": "name,asc"}, [4, 3, 2, 1, 0]),
        ({"sort": ["type,asc", "created,asc"]}, [0, 2, 4, 1, 3]),
        ({"sort": "outcomeValue,desc"}, [3, 1, 4, 2, 0]),
        ({"size": 2, "page": 1}, [2, 1]),
        ({"page": 10**12}, []),
        ({"type": "LOAN"}, [3, 1]),
        ({"search": "NAME 3"}, [1]),
        ({"search": "job-2"}, [2]),
        ({"environment": "prod", "executionStatus": "SUCCESS"}, [3, 1]),
        ({"outcomeType": "PENDING", "executionStatus": "FAILED"}, [2]),
        ({"outcomeType": "PENDING"}, [4, 2, 0]),
        ({"outcomeValueMin": 10, "outcomeValueMax": 19.99}, [1]),
        ({"startDate": iso(NOON + DAY), "endDate": iso(NOON + 3 * DAY)}, [3, 2, 1]),
        ({"startDate": "2027-01-01T00:00:00+02:00"}, []),
    ):
        assert ids(client.get(JOBS, asked)) == [f"job-{number}" for number in found], asked
    empty = client.get(JOBS, {"search": "zzz"}).json
    assert "_embedded" not in empty
    assert empty["page"]["totalElements"] == 0
    assert client.get(JOBS, {"size": 1000}).json["page"]["size"] == 100
    for wrong in (
        {"startDate": "soon"},
        {"executionStatus": "DONE"},
        {"sort": "secret"},
        {"outcomeValueMin": -1},
    ):
        assert client.get(JOBS, wrong).status == 400, wrong


@LOCAL
def test_a_page_of_jobs_shows_costs_with_one_question(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter(
        client,
        *(completion(n, agenticJobId=f"job-{n % 3}", at=NOON - n * HOUR) for n in range(1, 31)),
    )
    create(client, "unused")
    asked, run = [], client.world.engine.run
    monkeypatch.setattr(
        client.world.engine, "run", lambda *given: asked.append(given) or run(*given)
    )
    rows = exact(client.get(JOBS))["_embedded"]["jobResourceList"]
    assert {row["agenticJobId"]: row["totalCost"] for row in rows} == {
        "job-0": 10 * CALL,
        "job-1": 10 * CALL,
        "job-2": 10 * CALL,
        "unused": 0,
    }
    assert len(asked) == 1


def test_all_jobs_are_counted_and_not_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        create(client, f"job-{number}")
    remove(client, f"{JOBS}/job-6")
    asked, page = [], client.world.documents.page
    monkeypatch.setattr(
        client.world.documents,
        "page",
        lambda *given, **named: asked.append(named["limit"]) or page(*given, **named),
    )
    found: list[str] = []
    for number in range(4):
        asked.clear()
        answer = client.get(JOBS, {"size": 2, "page": number, "sort": "created,desc"})
        assert answer.json["page"] == {
            "size": 2,
            "totalElements": 6,
            "totalPages": 3,
            "number": number,
            "last": number >= 2,
        }
        assert sum(asked) <= 2 * (number + 1)
        found += ids(answer)
    assert sorted(found) == [f"job-{number}" for number in range(6)]


@LOCAL
def test_pages_end_somewhere(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST", 3)
    for number in range(4):
        create(client, f"job-{number}", type="loan")
    assert len(ids(client.get(JOBS, {"size": 2, "page": 1}))) == 2
    assert ids(client.get(JOBS, {"size": 2, "page": 2})) == []
    deep = client.get(JOBS, {"size": 1, "page": 3})
    searched = client.get(JOBS, {"type": "loan"})
    assert [(answer.status, answer.json["code"]) for answer in (deep, searched)] == [
        (400, "TOO_MANY_RECORDS")
    ] * 2


def test_many_jobs_are_deleted_at_once(client: Client) -> None:
    for number in range(3):
        create(client, f"job-{number}")
    gone = remove(client, JOBS, {"ids": ["job-0", "none", "job-2", "job-0"]}).json
    assert (gone["requestedCount"], gone["deletedCount"], gone["deletedIds"]) == (
        4,
        2,
        ["job-0", "job-2"],
    )
    assert ids(client.get(JOBS)) == ["job-1"]
    for wrong in ({"ids": []}, {}, {"ids": [str(n) for n in range(501)]}):
        assert remove(client, JOBS, wrong).status == 400


def test_the_funnel_counts_what_came_of_jobs(client: Client, clock: Clock) -> None:
    assert client.get(f"{JOBS}/conversion-funnel").json["conversionRate"] == 0
    outcomes = ["CONVERTED", "CONVERTED", "DEFLECTED", "ESCALATED", "CUSTOM"]
    for number, outcome in enumerate(outcomes):
        create(client, f"job-{number}", type="loan" if number else "chat", environment="prod")
        report(client, f"job-{number}", outcomeType=outcome)
        clock.move(HOUR)
    create(client, "open", type="loan")
    assert client.get(f"{JOBS}/conversion-funnel").json == {
        "totalJobs": 6,
        "successfulJobs": 5,
        "convertedJobs": 2,
        "deflectedJobs": 1,
        "escalatedJobs": 1,
        "customJobs": 1,
        "successRate": pytest.approx(5 / 6),
        "conversionRate": 0.4,
    }
    some = {"jobType": "LOAN", "environment": "PROD", "endDate": iso(NOON + 2 * HOUR)}
    assert client.get(f"{JOBS}/conversion-funnel", some).json["totalJobs"] == 2


@LOCAL
@pytest.mark.parametrize("path", ["", "/job-1/roi", "/job-1/transactions"])
def test_costs_without_a_damaged_file_say_so(client: Client, path: str) -> None:
    meter(client, completion(1, agenticJobId="job-1"))
    (file,) = client.world.lake.list(client.installed.team, "ai_events")
    meter(client, completion(2, agenticJobId="job-1"))
    assert HEADER not in client.get(JOBS + path).headers
    client.world.lake.put(client.installed.team, file.path, b"rubbish")
    for _ in range(2):
        answer = client.get(JOBS + path)
        assert (answer.status, answer.headers[HEADER]) == (200, file.path.day)
    assert client.get(f"{JOBS}/job-1/roi").json["transactionCount"] == 1
