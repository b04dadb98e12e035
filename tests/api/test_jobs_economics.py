"""/profitstream/v2/api/jobs/types/{type}/economics: what is measured of jobs, and what it is
worth."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.api.test_jobs import CALL, JOBS, LOCAL, create, exact, meter, report
from tests.support.bodies import completion
from tests.support.client import Answer, Client

CLAIM: dict[str, Any] = {
    "unitMetricKey": "claims",
    "unitLabel": "claim",
    "metrics": [
        {
            "key": "claims",
            "type": "COUNT",
            "direction": "HIGHER_IS_BETTER",
            "aggregation": "SUM",
            "resolution": "PER_JOB",
        },
        {
            "key": "backlog",
            "type": "COUNT",
            "direction": "LOWER_IS_BETTER",
            "aggregation": "LAST",
            "resolution": "PERIOD",
        },
    ],
    "dimensions": [{"key": "region", "allowedValues": ["us", "ca"]}],
    "monetization": {
        "metricKey": "claims",
        "valuePerUnit": 4.25,
        "currency": "USD",
        "category": "COST_AVOIDED",
        "basis": "REALIZED",
    },
}


def declare(client: Client, job_type: str = "Claim", **members: Any) -> Answer:
    body = json.dumps({**CLAIM, **members}).encode()
    return client.send("PUT", f"{JOBS}/types/{job_type}/economics", body, None, {})


def append(client: Client, *facts: dict[str, Any]) -> Answer:
    return client.post(f"{JOBS}/job-1/outcome/metrics", list(facts))


def test_a_declaration_is_replaced_and_read_again(client: Client) -> None:
    path = f"{JOBS}/types/claim/economics"
    assert client.get(path).status == 404
    made = declare(client)
    assert made.status == 200
    assert (
        made.json
        == client.get(path).json
        == {**CLAIM, "jobType": "claim", "overheadPerUnit": None, "overheadCurrency": None}
    )
    # What was read can be sent again, as clients do that change one member of it.
    changed = declare(
        client,
        **{**made.json, "monetization": None, "overheadPerUnit": 0.5, "overheadCurrency": "USD"},
    )
    assert exact(changed) == exact(client.get(path))
    assert (changed.json["monetization"], exact(changed)["overheadPerUnit"]) == (
        None,
        Decimal("0.5"),
    )
    assert Client(client.world).get(path).status == 404


@LOCAL
def test_what_can_have_no_effect_or_no_room_is_refused(client: Client) -> None:
    region = {"key": "region", "allowedValues": ["us"]}
    answer = declare(
        client,
        dimensions=[region, region],
        monetization={"metricKey": "backlog", "valuePerUnit": 1},
    )
    assert [fault["field"] for fault in answer.json["errors"]] == [
        "monetization.metricKey",
        "dimensions.1.key",
    ]
    wide = [
        {"key": f"d{at}", "allowedValues": [f"{n:0255d}" for n in range(200)]} for at in range(20)
    ]
    assert declare(client, dimensions=wide).status == 413


@LOCAL
def test_every_fault_of_a_declaration_is_told_at_once(client: Client) -> None:
    metric = CLAIM["metrics"][0]
    answer = declare(
        client,
        unitMetricKey="x",
        metrics=[metric, metric],
        monetization={"metricKey": "y", "valuePerUnit": 1},
        overheadPerUnit=1,
    )
    fields = [fault["field"] for fault in answer.json["errors"]]
    assert answer.status == 400
    assert fields == [
        "metrics.1.key",
        "unitMetricKey",
        "monetization.metricKey",
        "overheadCurrency",
    ]
    assert declare(client, job_type="x" * 129).json["errors"][0]["field"] == "type"
    assert declare(client, metrics=[]).json["errors"][0]["field"] == "metrics"
    euro = {**CLAIM["monetization"], "currency": "EUR"}
    assert declare(client, monetization=euro).json["errors"][0]["field"] == "monetization.currency"
    assert client.get(f"{JOBS}/types/claim/economics").status == 404


@LOCAL
@pytest.mark.parametrize("key", ["backlog", "unheard_of"])
def test_facts_of_a_declared_type_are_those_of_its_jobs(client: Client, key: str) -> None:
    declare(client)
    create(client, type="CLAIM")
    create(client, "other", type="other")
    wrong, right = {"key": key, "value": 1}, {"key": "claims", "value": 1}
    refused = append(client, right, wrong)
    assert (refused.status, [fault["field"] for fault in refused.json["errors"]]) == (
        400,
        ["1.key"],
    )
    refused = report(client, metrics=[wrong])
    assert (refused.status, refused.json["errors"][0]["field"]) == (400, "metrics.0.key")
    assert key in refused.json["message"]
    assert append(client, right).status == 201
    assert report(client, "other", metrics=[wrong]).status == 200


@LOCAL
def test_what_is_declared_outweighs_the_outcomes_value(client: Client) -> None:
    meter(client, completion(1, agenticJobId="job-1", agenticJobType="claim"))
    declare(client)
    report(client, outcomeType="CONVERTED", outcomeValue=100)
    path = f"{JOBS}/job-1/roi"
    assert (exact(client.get(path))["monetizedValueUsd"], exact(client.get(path))["roi"]) == (
        None,
        (100 - CALL) * 100 / CALL,
    )
    assert append(client, {"key": "claims", "value": 3}).status == 201
    assert append(client, {"key": "claims", "value": 2, "reason": "counted again"}).status == 201
    worth, found = 2 * Decimal("4.25"), exact(client.get(path))
    assert (found["monetizedValueUsd"], found["outcomeValueUsd"]) == (worth, 100)
    assert found["roi"] == (worth - CALL) * 100 / CALL
    assert exact(client.get("/api/v2/analytics/jobs/roi-summary"))["summary"]["totalValue"] == worth
