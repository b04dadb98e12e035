"""What each kind of key may do, over all operations that are declared."""

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.http.operations import Operation
from chalicelib.kit.ids import new_id
from functions import table
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
OPEN = {"/openapi.json", "/health", "/console", "/console/{name+}"}
"""What anybody may read."""
OPERATIONS = [operation for router in table.routers() for operation in router.operations]


def filled(operation: Operation) -> str:
    """The path of an operation with ids that nobody has."""
    return "/".join(
        new_id() if part.startswith("{") else part for part in operation.shown_path.split("/")
    )


def test_only_what_anybody_may_read_needs_no_key(client: Client) -> None:
    assert {operation.path for operation in OPERATIONS if not operation.scope} == OPEN
    for operation in OPERATIONS:
        if operation.scope:
            assert (
                client.send(
                    operation.method, filled(operation), b"", None, {"x_api_key": ""}
                ).status
                == 401
            ), operation.operation_id


def test_what_changes_something_needs_more_than_reading(client: Client) -> None:
    assert [
        operation.operation_id
        for operation in OPERATIONS
        if operation.method != "GET" and operation.scope == "read"
    ] == [
        "preview_ai_model",
        "preview_pricing_dimension",
        "dry_run_budget_rule",
        "generate_chart_data",
    ], "they are asked for by a body, and change nothing"


@pytest.mark.parametrize("kind", [KeyKind.READ, KeyKind.METERING, KeyKind.WRITE])
def test_a_key_may_do_no_more_than_its_scopes(client: Client, kind: KeyKind) -> None:
    installed = client.installed
    _, key = create_key(client.world, installed.tenant, installed.team, "k", kind)
    refused = [
        operation
        for operation in OPERATIONS
        if operation.scope and not {operation.scope, operation.or_scope} & kind.scopes
    ]
    assert refused
    for operation in refused:
        answer = client.send(operation.method, filled(operation), b"{}", None, {"x_api_key": key})
        assert answer.status == 403, operation.operation_id
