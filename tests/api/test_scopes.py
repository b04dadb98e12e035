"""What each kind of key may do, over all doors that are declared."""

import pytest

from chalicelib.identity.keys import KeyKind
from chalicelib.identity.service import create_key
from chalicelib.kit.http.doors import Door
from chalicelib.kit.ids import new_id
from functions import table
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
OPEN = {"/openapi.json", "/health"}
"""What anybody may read."""
DOORS = [door for doors in table.declared() for door in doors.declared]


def filled(door: Door) -> str:
    """The path of a door with ids that nobody has."""
    return "/".join(
        new_id() if part.startswith("{") else part for part in door.shown_path.split("/")
    )


def test_only_what_anybody_may_read_needs_no_key(client: Client) -> None:
    assert {door.path for door in DOORS if not door.scope} == OPEN
    for door in DOORS:
        if door.scope:
            assert (
                client.send(door.method, filled(door), b"", None, {"x_api_key": ""}).status == 401
            ), door.operation_id


def test_what_changes_something_needs_more_than_reading(client: Client) -> None:
    assert [
        door.operation_id for door in DOORS if door.method != "GET" and door.scope == "read"
    ] == []


@pytest.mark.parametrize("kind", [KeyKind.READ, KeyKind.METERING, KeyKind.WRITE])
def test_a_key_may_do_no_more_than_its_scopes(client: Client, kind: KeyKind) -> None:
    installed = client.installed
    _, key = create_key(client.world, installed.tenant, installed.team, "k", kind)
    refused = [door for door in DOORS if door.scope and door.scope not in kind.scopes]
    assert refused
    for door in refused:
        answer = client.send(door.method, filled(door), b"{}", None, {"x_api_key": key})
        assert answer.status == 403, door.operation_id
