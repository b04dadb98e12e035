"""Events keep the names that they came with; reports show the names of today."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.catalog.merging import Merge, merge
from chalicelib.directory.registry import ORGANIZATION
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from infra.local.feeder import drain
from tests.catalog.records import Records
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock


def costs(client: Client, **query: Any) -> dict[str, Decimal]:
    answer = client.get("/api/v2/analytics/cost-by-organization-aggregated", {"size": 100, **query})
    assert answer.status == 200, answer.body
    rows = answer.json["_embedded"]["items"]
    return {row["groupName"]: Decimal(str(row["metrics"][0]["metricResult"])) for row in rows}


def ids(client: Client) -> dict[str, str]:
    rows = (
        Records(client, "organizations")
        .send("GET", "", size=100)
        .json["_embedded"]["organizationResourceList"]
    )
    return {row["label"]: row["id"] for row in rows}


def test_reports_show_the_names_of_today(client: Client, clock: Clock) -> None:
    for number, name in enumerate(("acme", "ACME", "Acme Inc", "Other's 100 %")):
        client.post("/meter/v2/ai/completions", completion(number, organizationName=name))
    drain(client.world)
    call = costs(client)["acme"]
    known = ids(client)
    organizations = Records(client, "organizations")
    organizations.put(known["acme"], name="Acme Corporation")
    key = client.installed
    merge(
        client.world,
        Merge(key.tenant, key.team, ORGANIZATION, known["Acme Inc"], known["acme"], "me"),
    )
    organizations.put(known["Other's 100 %"], name="Another")
    wanted = {"Acme Corporation": 3 * call, "Another": call}
    for median in ({}, {"metricType": "count"}):
        assert set(costs(client, **median)) == set(wanted)
    assert costs(client) == wanted
    clock.move(3_600_000)
    compact_due(client.world)
    assert costs(client) == wanted
    assert roll_due(client.world) > 0
    assert costs(client) == wanted
    organizations.put(known["acme"], name="acme")
    assert set(costs(client)) == {"acme", "Another"}


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_a_filter_finds_what_was_stored_under_the_old_name(client: Client) -> None:
    for number, name in enumerate(("Rides", "Rides", "Other")):
        client.post("/meter/v2/ai/completions", completion(number, productName=name))
    drain(client.world)
    rows = Records(client, "products").send("GET").json["_embedded"]["productResourceList"]
    record = next(row for row in rows if row["label"] == "Rides")
    assert (
        Records(client, "products").put(record["id"], **{**record, "name": "Trips"}).status == 200
    )
    answer = client.get(
        "/api/v2/analytics/cost-by-product",
        {"products": "Trips", "metricType": "count", "size": 100},
    )
    groups = [group for item in answer.json["_embedded"]["items"] for group in item["groups"]]
    assert {group["groupName"] for group in groups} == {"Trips"}
    assert sum(group["metrics"][0]["metricResult"] for group in groups) == 2
