"""The checked-in contract is what the doors declare."""

import json

import pytest

from functions.table import MODULES
from infra.cli.contract import FILE, declared

DOORS = [door for doors in MODULES for door in doors.declared]


def test_the_checked_in_document_is_current() -> None:
    assert json.loads(FILE.read_text()) == declared(), "run `make openapi`"


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.operation_id)
def test_every_operation_is_its_own_documented_handler(door) -> None:  # noqa: ANN001
    assert door.summary
    assert sum(other.handler is door.handler for other in DOORS) == 1


def test_operation_ids_are_unique() -> None:
    ids = [door.operation_id for door in DOORS]
    assert len(ids) == len(set(ids))
