"""/profitstream/v2/api/sources"""

from typing import Any

from chalicelib.catalog.source_schemas import SourceResource, SourceResourcePage
from chalicelib.catalog.sources import SOURCES
from chalicelib.events.schemas import ProductResourceUsagePage, ResourceUsageQuery
from chalicelib.events.usage import page_no_usage
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
from functions.profitstream.logos import Logo, declare_logo
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, SOURCES)


@router.get("/sources", query=SearchQuery, answer=SourceResourcePage)
def list_sources(call: Call[SearchQuery, None]) -> Json:
    """Page through the sources of a team."""
    return _store(call).page(call.query, call.request)


@router.post("/sources", body=SourceResource, answer=SourceResource, errors=(404, 409))
def create_source(call: Call[TeamQuery, SourceResource]) -> Json:
    """Register a source."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get("/sources/{id}/changelogs", query=PageQuery, answer=RevisionPage)
def get_source_audit_history(call: Call[PageQuery, None]) -> Json:
    """Change log of a source, the newest change first."""
    return _store(call).history(call.path["id"], call.query, call.request)


@router.get("/sources/{id}", answer=SourceResource)
def get_source(call: Call[TeamQuery, None]) -> Json:
    """Read one source."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/sources/{id}", body=SourceResource, answer=SourceResource)
def update_source(call: Call[TeamQuery, SourceResource]) -> Json:
    """Change a source. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/sources/{id}", answer=Deleted)
def delete_source(call: Call[TeamQuery, None]) -> Json:
    """Delete a source. What it metered is kept."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


declare_logo(router, Logo("/sources", "source", SourceResource, member="logoURL"), _store)


@router.get(
    "/sources/{id}/resource-usage", query=ResourceUsageQuery, answer=ProductResourceUsagePage
)
def list_product_resource_usage(call: Call[ResourceUsageQuery, None]) -> Json:
    """Page through recorded resource usage of a source."""
    _store(call).get(call.path["id"])
    return page_no_usage(call.query, call.request)


handler = gateway_handler(router)
