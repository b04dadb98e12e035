"""Two tenants in one deployment: whatever one of them asks for by the ids of the other, it sees and
changes nothing.

Made from the declared operations, so that a new operation is held to it at once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from chalicelib.assistants.mapping_records import MAPPING
from chalicelib.assistants.pull_records import PULL_REQUEST, PullRequest
from chalicelib.assistants.readings import READING, Reading
from chalicelib.assistants.records import INTEGRATION
from chalicelib.assistants.subscription_records import SUBSCRIPTION
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.http.operations import Operation
from chalicelib.kit.ids import new_id
from chalicelib.notices.records import Channel
from chalicelib.notices.service import Notice, enqueue_one
from chalicelib.ports.documents import Record
from functions import table
from tests.api.test_round_trips import bodies
from tests.catalog.records import Records
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
MARK = "theirs-alone"
API = "/profitstream/v2/api"
OPERATIONS = [
    operation for router in table.routers() for operation in router.operations if operation.scope
]
LISTS = {
    "credentialIds",
    "sourceIds",
    "organizationIds",
    "namedOrganizationIds",
    "subscriptionIds",
    "teamIds",
}
SINGLE = {
    "teamId",
    "tenantId",
    "organizationId",
    "productId",
    "subscriberId",
    "ownerId",
    "parentId",
    "defaultTeamId",
}


def marked(client: Client) -> dict[str, str]:
    """One record of each kind, with a name that tells whose it is; their ids by collection."""
    made = {}
    for path, body in bodies(client).items():
        name = "firstName" if "firstName" in body else "name"
        made[path] = Records(client, path).make(**{**body, name: MARK})["id"]
    slack = {"name": MARK, "webhookUrl": "https://hooks.slack.com/services/x"}
    made["configurations/slack"] = Records(client, "configurations/slack").make(**slack)["id"]
    hook = {"name": MARK, "url": "https://hooks.example.com/"}
    made["configurations/webhooks"] = Records(client, "configurations/webhooks").make(**hook)["id"]
    made["deliveries"] = deliver(client, made["configurations/webhooks"])
    mapping = {"email": f"{MARK}@x.example", "githubLogin": MARK}
    made["mappings"] = client.post(f"{API}/github-user-mappings", mapping).json["id"]
    made["integrations"] = integrate(client)
    tiers = [{"tier": MARK, "seats": 1}]
    own = f"{API}/coding-assistant/subscriptions/{client.installed.team}"
    assert client.post(own, {"provider": "cursor", "tiers": tiers}).status == 200
    return made | {"teams/own": client.installed.team, "tenants": client.installed.tenant}


def integrate(client: Client) -> str:
    """The id of a connection to GitHub, by which something was merged."""
    team, documents = client.installed.team, client.world.documents
    doc = {"integrationType": "GITHUB", "name": MARK, "token": MARK, "status": "VALID"}
    record = Record(INTEGRATION, new_id(), doc, MARK, unique={"integrationType": "GITHUB"})
    at = client.world.now()
    pull = PullRequest(f"{MARK}/x", 1, MARK, at, at, (), "").to_doc()
    documents.create(team, Record(PULL_REQUEST, "1", pull, reference=pull["reference"]))
    reading = asdict(Reading(first=at))
    documents.create(team, Record(READING, record.id, reading, record.id))
    return documents.create(team, record).id


def deliver(client: Client, webhook: str) -> str:
    """The id of a message on its way."""
    tenant, team = client.installed.tenant, client.installed.team
    notice = Notice(MARK, "alert.opened", MARK, MARK, {})
    destination = (Channel.WEBHOOK, webhook)
    return enqueue_one(client.world, tenant, team, notice, destination)


def kept(client: Client) -> list[Record]:
    """All that a tenant has."""
    kinds = (
        "ORGANIZATION",
        "TEAM",
        "USER",
        "TENANT",
        "API_KEY",
        "PRODUCT",
        "SOURCE",
        "SUBSCRIBER",
        "SUBSCRIPTION",
        "CREDENTIAL",
        "TOOL",
        "METERING_ELEMENT",
        "SLACK_CONFIGURATION",
        "WEBHOOK_CONFIGURATION",
        "DELIVERY",
        INTEGRATION,
        READING,
        PULL_REQUEST,
        MAPPING,
        SUBSCRIPTION,
    )
    scopes, documents = (client.installed.tenant, client.installed.team), client.world.documents
    return [
        record
        for scope in scopes
        for kind in kinds
        for record in documents.page(scope, kind).records
    ]


def paths(operation: Operation, ids: dict[str, str]) -> Iterator[str]:
    """The path with each id in the place of all its parameters."""
    parts = operation.shown_path.split("/")
    if not any(part.startswith("{") for part in parts):
        yield operation.shown_path
        return
    for record in ids.values():
        yield "/".join(record if part.startswith("{") else part for part in parts)


def wishes(ids: dict[str, str]) -> list[dict[str, Any]]:
    """Bodies: one that is as good as any, and one for each member that could name a record of
    theirs."""
    plain: dict[str, Any] = {
        "name": "x",
        "version": "1.0.0",
        "type": "API",
        "email": "x@example.com",
        "roles": [],
        "toolId": "x",
        "toolType": "SDK",
        "externalId": "x-key-1",
        "subscriberEmail": "x@example.com",
        "githubLogin": "x",
        "provider": "cursor",
        "metadata": {"organization": "x"},
    }
    found = [plain]
    for record in ids.values():
        found += [{**plain, **dict.fromkeys(SINGLE, record), **{name: [record] for name in LISTS}}]
    return found


def test_ids_of_another_tenant_open_nothing(client: Client) -> None:
    theirs = Client(client.world)
    ids, before = marked(theirs), kept(theirs)
    own = client.installed
    _, key = create_key(
        client.world, own.tenant, own.team, "all", KeyKind.WRITE, scopes=frozenset(Permission)
    )
    for operation in OPERATIONS:
        for path in paths(operation, ids):
            for body in wishes(ids) if operation.body else [{}]:
                data = b"" if operation.method in ("GET", "DELETE") else json.dumps(body).encode()
                answer = client.send(operation.method, path, data, None, {"x_api_key": key})
                assert answer.status < 500, (operation.operation_id, path, answer.body)
                assert MARK not in answer.body.decode(errors="replace"), (
                    operation.operation_id,
                    path,
                )
                if "{" in operation.path and operation.family.name == "platform":
                    assert answer.status >= 400, (operation.operation_id, path, body)
    assert kept(theirs) == before


def test_no_query_reaches_another_tenant(client: Client) -> None:
    theirs = Client(client.world)
    ids, before = marked(theirs), kept(theirs)
    own = client.installed
    _, key = create_key(
        client.world, own.tenant, own.team, "all", KeyKind.WRITE, scopes=frozenset(Permission)
    )
    names = {"tenantId", "sourceIds", "teamIds", "productId", "organizationId", "query", "email"}
    for operation in OPERATIONS:
        if operation.method != "GET" or "{" in operation.path:
            continue
        for record in ids.values():
            for query in ({"teamId": theirs.installed.team}, dict.fromkeys(names, record)):
                answer = client.send("GET", operation.path, b"", query, {"x_api_key": key})
                assert answer.status < 500, (operation.operation_id, answer.body)
                assert MARK not in answer.body.decode(errors="replace"), operation.operation_id
                if "teamId" in query and operation.family.team_parameter:
                    assert answer.status == 403, operation.operation_id
    assert kept(theirs) == before
