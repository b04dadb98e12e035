"""/profitstream/v2/api/products"""

from typing import Any

from chalicelib.catalog.product_schemas import ProductResource, ProductResourcePage
from chalicelib.catalog.products import PRODUCTS
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
    return Store(call.world, call.principal, PRODUCTS)


@router.get("/products", query=SearchQuery, answer=ProductResourcePage)
def list_products(call: Call[SearchQuery, None]) -> Json:
    """Page through the products of a team."""
    return _store(call).page(call.query, call.request)


@router.post("/products", body=ProductResource, answer=ProductResource, errors=(404,))
def create_product(call: Call[TeamQuery, ProductResource]) -> Json:
    """Create a product with its plan."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get("/products/{id}/changelogs", query=PageQuery, answer=RevisionPage)
def get_product_audit_history(call: Call[PageQuery, None]) -> Json:
    """Change log of a product, the newest change first."""
    return _store(call).history(call.path["id"], call.query, call.request)


@router.get("/products/{id}", answer=ProductResource)
def get_product(call: Call[TeamQuery, None]) -> Json:
    """Read one product."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/products/{id}", body=ProductResource, answer=ProductResource)
def update_product(call: Call[TeamQuery, ProductResource]) -> Json:
    """Change a product; a plan that is sent replaces the stored one."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/products/{id}", answer=Deleted)
def delete_product(call: Call[TeamQuery, None]) -> Json:
    """Delete a product."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


declare_logo(router, Logo("/products", "product", ProductResource), _store)


@router.get(
    "/products/{id}/resource-usage", query=ResourceUsageQuery, answer=ProductResourceUsagePage
)
def list_product_resource_usage_1(call: Call[ResourceUsageQuery, None]) -> Json:
    """Page through recorded resource usage of a product."""
    _store(call).get(call.path["id"])
    return page_no_usage(call.query, call.request)


handler = gateway_handler(router)
