"""Clients change a record by reading it, changing members and sending the whole of it back."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from functions import table
from tests.api.test_catalog_subscriptions import ANNA, product
from tests.catalog.records import BASE, Records
from tests.support.client import Client

ELSEWHERE = {
    "provider-credentials/{id}",
    "github-user-mappings/{id}",
    "sources/ai/models/{id}",
    "sources/ai/anomaly/{id}",
    "sources/ai/alert/{id}",
    "invoices/{id}",
    "jobs/{id}",
}
"""Records that are not sent back whole, or have tests of their own."""
WRITE_ONLY = {
    "products": {"setupFees"},
    "sources": {"contractIds", "meteringElementDefinitionIds"},
    "subscriptions": {"subscriberId"},
    "users": {"redirectUrl"},
}
"""Members that the document calls writeOnly."""


def bodies(client: Client) -> Mapping[str, dict[str, Any]]:
    """A body with many members for each collection that records are put to."""
    acme = Records(client, "organizations").make(name="Acme")["id"]
    sold, subscriber = product(client), Records(client, "subscribers").make(email=ANNA)["id"]
    sources = Records(client, "products").get(sold)["sourceIds"]
    price = {"name": "t", "unitAmount": 1, "upTo": 5}
    plan = {
        "name": "p",
        "type": "SUBSCRIPTION",
        "currency": "EUR",
        "period": "MONTH",
        "charge": 5,
        "tiers": [price],
    }
    drawn = {"baseMetric": "totalCost", "calculationType": "total"}
    shown = {"chartType": "line", "mode": "time", "dateRange": "7d", "primaryMetric": drawn}
    return {
        "reports/chart-definitions": {"name": "Cost", "description": "d", "configuration": shown},
        "metering-element-definitions": {"name": "rides", "type": "NUMBER", "description": "d"},
        "organizations": {
            "name": "Below",
            "parentId": acme,
            "city": "Bonn",
            "metadata": "a=1",
            "currency": "EUR",
        },
        "products": {
            "name": "Full",
            "version": "2.0.0",
            "sourceIds": sources,
            "plan": plan,
            "tags": ["a"],
        },
        "sources": {
            "name": "Full",
            "type": "AI",
            "version": "1",
            "metadata": "a=1,b=2",
            "tags": ["a"],
        },
        "subscribers": {"email": "c@example.com", "firstName": "C", "organizationIds": [acme]},
        "teams": {"name": "Second", "city": "Bonn", "parentId": client.installed.team},
        "users": {"email": "d@example.com", "roles": ["ROLE_X"], "firstName": "D"},
        "tools": {"name": "Tool", "toolId": "t", "toolType": "SDK", "description": "d"},
        "credentials": {
            "externalId": "a-key-2345",
            "name": "Key",
            "organizationId": acme,
            "subscriberId": subscriber,
            "tags": ["a"],
        },
        "subscriptions": {
            "name": "Gold",
            "productId": sold,
            "subscriberEmail": ANNA,
            "organizationId": acme,
            "tags": ["a"],
            "start": "2026-01-01T00:00:00Z",
            "expiration": "2030-01-01T00:00:00Z",
            "namedOrganizationIds": [acme],
        },
    }


def test_a_record_that_is_sent_back_whole_stays_as_it_was(client: Client) -> None:
    given, installed = bodies(client), client.installed
    puts = {
        operation.path.removeprefix(f"{BASE}/")
        for router in table.routers()
        for operation in router.operations
        if operation.method == "PUT"
    }
    whole = {path for path in puts if path.endswith("/{id}")} - ELSEWHERE
    assert {path.removesuffix("/{id}") for path in whole} <= given.keys()
    named: dict[str, Any] = {"teamId": installed.team, "tenantId": installed.tenant}
    for path, body in given.items():
        records = Records(client, path)
        made = records.make(**body)
        kept = {
            name: value
            for name, value in body.items()
            if name not in ("plan", "externalId", "metadata")
        }
        assert {name: made[name] for name in kept} | {"start": 0, "expiration": 0} == kept | {
            "start": 0,
            "expiration": 0,
        }
        before = records.get(made["id"])
        assert not before.keys() & WRITE_ONLY.get(path, set()), path
        answer = client.send(
            "PUT", f"{records.path}/{made['id']}", json.dumps(before).encode(), named, {}
        )
        assert (answer.status, answer.json) == (200, before), path
        assert records.get(made["id"]) == before, path


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_one_changed_member_changes_nothing_else(client: Client) -> None:
    for path, body in bodies(client).items():
        records = Records(client, path)
        before = records.get(records.make(**body)["id"])
        member = "name" if "name" in body else "firstName"
        after = records.put(before["id"], **{**before, member: "Changed"}).json
        changed = {name for name in before if before[name] != after[name]}
        assert changed - {"updated", "label"} == {member}, path
