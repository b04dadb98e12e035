"""The checked-in contract is what the operations declare."""

import json

import pytest

from chalicelib.kit.http.bodies import JSON
from chalicelib.kit.http.operations import Operation
from functions import routes, table
from functions.examples import EXAMPLES
from infra.cli.contract import FILE, build_document, routes_text

OPERATIONS = [operation for router in table.routers() for operation in router.operations]


def test_the_checked_in_document_is_current() -> None:
    assert json.loads(FILE.read_text()) == build_document(), "run `make openapi`"


def test_the_checked_in_routes_are_current() -> None:
    assert routes.FILE.read_text() == routes_text(), "run `make openapi`"


def test_every_route_leads_to_its_door() -> None:
    for line, route in zip(routes.checked_in(), routes.lazily(), strict=True):
        operation = route.operation()
        assert (operation.method, line.path in (operation.path, *operation.aliases)) == (
            line.method,
            True,
        )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_every_operation_is_its_own_documented_handler(operation) -> None:  # noqa: ANN001
    assert operation.summary
    assert sum(other.handler is operation.handler for other in OPERATIONS) == 1


def test_operation_ids_are_unique() -> None:
    ids = [operation.operation_id for operation in OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.body and JSON in each.media],
    ids=lambda operation: operation.operation_id,
)
def test_the_example_of_a_body_is_one(operation: Operation) -> None:
    """It passes the model, and names no member that nobody reads."""
    example = EXAMPLES[operation.body.__name__]
    read = operation.body.model_validate(example)
    if isinstance(example, dict):
        fields = operation.body.model_fields.items()
        assert set(example) <= {field.alias or name for name, field in fields}
        assert read.model_fields_set


def test_schemas_have_names_of_their_own() -> None:
    """Two models of one name would be told apart by the paths of their modules."""
    names = build_document()["components"]["schemas"]
    assert [name for name in names if "__" in name] == []
