"""/profitstream/v2/api/metering-element-definitions"""

from typing import Any

from chalicelib.catalog import elements
from chalicelib.catalog.elements import (
    ELEMENTS,
    ElementQuery,
    MeteringElementDefinition,
    MeteringElementDefinitionPage,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, ELEMENTS)


@router.get(
    "/metering-element-definitions", query=ElementQuery, answer=MeteringElementDefinitionPage
)
def list_metering_elements(call: Call[ElementQuery, None]) -> Json:
    """Page through what plans can rate: the built-in elements, and those of the team."""
    return elements.page_elements(_store(call), call.query, call.request)


@router.post(
    "/metering-element-definitions",
    body=MeteringElementDefinition,
    answer=MeteringElementDefinition,
    errors=(409,),
)
def create_metering_element_definition(call: Call[TeamQuery, MeteringElementDefinition]) -> Json:
    """Create a metering element; the name of a built-in one answers that."""
    store = _store(call)
    return store.row(elements.obtain(store, sent_members(call.body)))


@router.get("/metering-element-definitions/{id}", answer=MeteringElementDefinition)
def get_metering_element_definition(call: Call[TeamQuery, None]) -> Json:
    """Read one metering element."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    "/metering-element-definitions/{id}",
    body=MeteringElementDefinition,
    answer=MeteringElementDefinition,
)
def update_metering_element_definition(call: Call[TeamQuery, MeteringElementDefinition]) -> Json:
    """Change a metering element. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/metering-element-definitions/{id}", answer=Deleted)
def delete_metering_element_definition(call: Call[TeamQuery, None]) -> Json:
    """Delete a metering element."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
