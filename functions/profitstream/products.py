"""/profitstream/v2/api/products"""

from typing import Any

from chalicelib.catalog.product_schemas import ProductResource, ProductResourcePage
from chalicelib.catalog.products import PRODUCTS
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
    return Store(call.world, call.principal, PRODUCTS)


@router.get(
    "/products",
    operation_id="list_products",
    scope="read",
    query=SearchQuery,
    answer=ProductResourcePage,
)
def list_products(call: Call[SearchQuery, None]) -> Json:
    """Page through the products of a team."""
    return _store(call).page(call.query, call.request)


@router.post(
    "/products",
    operation_id="create_product",
    scope="write",
    query=TeamQuery,
    body=ProductResource,
    answer=ProductResource,
    errors=(404,),
)
def create_product(call: Call[TeamQuery, ProductResource]) -> Json:
    """Create a product with its plan."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get(
    "/products/{id}/changelogs",
    operation_id="get_product_audit_history",
    scope="read",
    query=PageQuery,
    answer=RevisionPage,
    errors=(404,),
)
def get_product_audit_history(call: Call[PageQuery, None]) -> Json:
    """Change log of a product, the newest change first."""
    return _store(call).history(call.path["id"], call.query, call.request)


@router.get(
    "/products/{id}",
    operation_id="get_product",
    scope="read",
    query=TeamQuery,
    answer=ProductResource,
    errors=(404,),
)
def get_product(call: Call[TeamQuery, None]) -> Json:
    """Read one product."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    "/products/{id}",
    operation_id="update_product",
    scope="write",
    query=TeamQuery,
    body=ProductResource,
    answer=ProductResource,
    errors=(404, 409),
)
def update_product(call: Call[TeamQuery, ProductResource]) -> Json:
    """Change a product; a plan that is sent replaces the stored one."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(
    "/products/{id}",
    operation_id="delete_product",
    scope="write",
    query=TeamQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_product(call: Call[TeamQuery, None]) -> Json:
    """Delete a product."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


logos.declare(router, "/products", "product", _store, answer=ProductResource, query=TeamQuery)


@router.get(
    "/products/{id}/resource-usage",
    operation_id="list_product_resource_usage_1",
    scope="read",
    query=ResourceUsageQuery,
    answer=ProductResourceUsagePage,
    errors=(404,),
)
def list_product_resource_usage_1(call: Call[ResourceUsageQuery, None]) -> Json:
    """Page through recorded resource usage of a product."""
    _store(call).get(call.path["id"])
    return no_resource_usage(call.query, call.request)


handler = gateway_handler(router)
