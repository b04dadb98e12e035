"""The checked-in contract is what the doors declare."""

import json

import pytest

from functions import routes, table
from infra.cli.contract import FILE, declared, routes_text

DOORS = [door for doors in table.declared() for door in doors.declared]


def test_the_checked_in_document_is_current() -> None:
    assert json.loads(FILE.read_text()) == declared(), "run `make openapi`"


def test_the_checked_in_routes_are_current() -> None:
    assert routes.FILE.read_text() == routes_text(), "run `make openapi`"


def test_every_route_leads_to_its_door() -> None:
    for line, route in zip(routes.known(), routes.lazily(), strict=True):
        door = route.door()
        assert (door.method, line.path in (door.path, *door.aliases)) == (line.method, True)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.operation_id)
def test_every_operation_is_its_own_documented_handler(door) -> None:  # noqa: ANN001
    assert door.summary
    assert sum(other.handler is door.handler for other in DOORS) == 1


def test_operation_ids_are_unique() -> None:
    ids = [door.operation_id for door in DOORS]
    assert len(ids) == len(set(ids))
