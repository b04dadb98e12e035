"""/profitstream/v2/api/sources"""

from typing import Any

from chalicelib.catalog.source_schemas import SourceResource, SourceResourcePage
from chalicelib.catalog.sources import SOURCES
from chalicelib.events.usage import ProductResourceUsagePage, ResourceUsageQuery, no_resource_usage
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import (
    Deleted,
    PageQuery,
    RevisionPage,
    SearchQuery,
    TeamQuery,
    sent_members,
)
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.profitstream import logos
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog")
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, SOURCES)


@router.get(
    "/sources",
    operation_id="list_sources",
    scope="read",
    query=SearchQuery,
    answer=SourceResourcePage,
)
def list_sources(call: Call[SearchQuery, None]) -> Json:
    """Page through the sources of a team."""
    return _store(call).page(call.query, call.request)


@router.post(
    "/sources",
    operation_id="create_source",
    scope="write",
    query=TeamQuery,
    body=SourceResource,
    answer=SourceResource,
    errors=(404, 409),
)
def create_source(call: Call[TeamQuery, SourceResource]) -> Json:
    """Register a source."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get(
    "/sources/{id}/changelogs",
    operation_id="get_source_audit_history",
    scope="read",
    query=PageQuery,
    answer=RevisionPage,
    errors=(404,),
)
def get_source_audit_history(call: Call[PageQuery, None]) -> Json:
    """Change log of a source, the newest change first."""
    return _store(call).history(call.path["id"], call.query, call.request)


@router.get(
    "/sources/{id}",
    operation_id="get_source",
    scope="read",
    query=TeamQuery,
    answer=SourceResource,
    errors=(404,),
)
def get_source(call: Call[TeamQuery, None]) -> Json:
    """Read one source."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    "/sources/{id}",
    operation_id="update_source",
    scope="write",
    query=TeamQuery,
    body=SourceResource,
    answer=SourceResource,
    errors=(404, 409),
)
def update_source(call: Call[TeamQuery, SourceResource]) -> Json:
    """Change a source. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(
    "/sources/{id}",
    operation_id="delete_source",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_source(call: Call[TeamQuery, None]) -> Json:
    """Delete a source. What it metered is kept."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


logos.declare(
    router, "/sources", "source", _store, answer=SourceResource, query=TeamQuery, member="logoURL"
)


@router.get(
    "/sources/{id}/resource-usage",
    operation_id="list_product_resource_usage",
    scope="read",
    query=ResourceUsageQuery,
    answer=ProductResourceUsagePage,
    errors=(404,),
)
def list_product_resource_usage(call: Call[ResourceUsageQuery, None]) -> Json:
    """Page through recorded resource usage of a source."""
    _store(call).get(call.path["id"])
    return no_resource_usage(call.query, call.request)


handler = gateway_handler(router)
