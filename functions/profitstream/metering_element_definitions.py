"""/profitstream/v2/api/metering-element-definitions"""

from typing import Any

from chalicelib.catalog import elements
from chalicelib.catalog.elements import (
    ELEMENTS,
    ElementQuery,
    MeteringElementDefinition,
    MeteringElementDefinitionPage,
)
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.schemas import Deleted, TeamQuery, sent
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, ELEMENTS)


@doors.get(
    "/metering-element-definitions",
    operation_id="list_metering_elements",
    scope="read",
    query=ElementQuery,
    answer=MeteringElementDefinitionPage,
)
def list_metering_elements(call: Call[ElementQuery, None]) -> Json:
    """Page through what plans can rate: the built-in elements, and those of the team."""
    return elements.listed(_shelf(call), call.query, call.request)


@doors.post(
    "/metering-element-definitions",
    operation_id="create_metering_element_definition",
    scope="write",
    query=TeamQuery,
    body=MeteringElementDefinition,
    answer=MeteringElementDefinition,
    errors=(409,),
)
def create_metering_element_definition(call: Call[TeamQuery, MeteringElementDefinition]) -> Json:
    """Create a metering element; the name of a built-in one answers that."""
    shelf = _shelf(call)
    return shelf.row(elements.obtain(shelf, sent(call.body)))


@doors.get(
    "/metering-element-definitions/{id}",
    operation_id="get_metering_element_definition",
    scope="read",
    query=TeamQuery,
    answer=MeteringElementDefinition,
    errors=(404,),
)
def get_metering_element_definition(call: Call[TeamQuery, None]) -> Json:
    """Read one metering element."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/metering-element-definitions/{id}",
    operation_id="update_metering_element_definition",
    scope="write",
    query=TeamQuery,
    body=MeteringElementDefinition,
    answer=MeteringElementDefinition,
    errors=(404, 409),
)
def update_metering_element_definition(call: Call[TeamQuery, MeteringElementDefinition]) -> Json:
    """Change a metering element. Members that are not sent stay as they are."""
    shelf = _shelf(call)
    return shelf.row(shelf.change(shelf.get(call.path["id"]), sent(call.body)))


@doors.delete(
    "/metering-element-definitions/{id}",
    operation_id="delete_metering_element_definition",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_metering_element_definition(call: Call[TeamQuery, None]) -> Json:
    """Delete a metering element."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
