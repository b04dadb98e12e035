"""Two tenants in one deployment: whatever one of them asks for by the ids of the other, it sees and
changes nothing.

Made from the declared operations, so that a new operation is held to it at once.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.http.operations import Operation
from chalicelib.ports.documents import Record
from functions import table
from tests.api.test_round_trips import bodies
from tests.catalog.records import Records
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
MARK = "theirs-alone"
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
    return made | {"teams/own": client.installed.team, "tenants": client.installed.tenant}


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
