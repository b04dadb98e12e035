"""/profitstream/v2/api/organizations"""

from typing import Any

from chalicelib.catalog import organizations
from chalicelib.catalog.organizations import (
    ORGANIZATIONS,
    OrganizationResource,
    OrganizationResourcePage,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.checks import check_tenant
from chalicelib.resources.schemas import (
    Deleted,
    PageQuery,
    Tags,
    TenantPageQuery,
    TenantQuery,
    sent_members,
)
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TenantQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    check_tenant(getattr(call.query, "tenantId", None), call.principal)
    return Store(call.world, call.principal, ORGANIZATIONS)


@router.get("/organizations", query=TenantPageQuery, answer=OrganizationResourcePage)
def list_organizations(call: Call[TenantPageQuery, None]) -> Json:
    """Page through the organizations of a tenant."""
    return _store(call).page(call.query, call.request)


@router.post(
    "/organizations", body=OrganizationResource, answer=OrganizationResource, errors=(404,)
)
def create_organization(call: Call[TenantQuery, OrganizationResource]) -> Json:
    """Create an organization. Names may repeat."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get("/organizations/parent/{parentId}", query=PageQuery, answer=OrganizationResourcePage)
def list_organizations_by_parent(call: Call[PageQuery, None]) -> Json:
    """Page through the organizations directly beneath one."""
    return organizations.page_children(
        _store(call), call.path["parentId"], call.query, call.request
    )


@router.get("/organizations/{id}/tags", answer=Tags)
def get_organization_tags(call: Call[TenantQuery, None]) -> list[str]:
    """List the tags on what belongs to an organization."""
    return organizations.list_organization_tags(_store(call), call.path["id"])


@router.get("/organizations/{id}", answer=OrganizationResource)
def get_organization(call: Call[TenantQuery, None]) -> Json:
    """Read one organization."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(
    "/organizations/{id}", scope="admin", body=OrganizationResource, answer=OrganizationResource
)
def update_organization(call: Call[TenantQuery, OrganizationResource]) -> Json:
    """Change an organization; without parentId it is nested no longer."""
    store = _store(call)
    return store.row(organizations.change(store, call.path["id"], sent_members(call.body)))


@router.delete("/organizations/{id}", scope="admin", answer=Deleted)
def delete_organization(call: Call[TenantQuery, None]) -> Json:
    """Delete an organization. What was metered keeps its name."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
