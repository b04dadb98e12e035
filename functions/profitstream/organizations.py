"""/profitstream/v2/api/organizations"""

from typing import Any

from chalicelib.catalog import organizations
from chalicelib.catalog.organizations import (
    ORGANIZATIONS,
    OrganizationResource,
    OrganizationResourcePage,
)
from chalicelib.kit.http.doors import Doors
from chalicelib.resources.errors import check_tenant
from chalicelib.resources.schemas import (
    Deleted,
    PageQuery,
    Tags,
    TenantPageQuery,
    TenantQuery,
    sent,
)
from chalicelib.resources.shelf import Shelf
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    check_tenant(getattr(call.query, "tenantId", None), call.principal)
    return Shelf(call.world, call.principal, ORGANIZATIONS)


@doors.get(
    "/organizations",
    operation_id="list_organizations",
    scope="read",
    query=TenantPageQuery,
    answer=OrganizationResourcePage,
)
def list_organizations(call: Call[TenantPageQuery, None]) -> Json:
    """Page through the organizations of a tenant."""
    return _shelf(call).page(call.query, call.request)


@doors.post(
    "/organizations",
    operation_id="create_organization",
    scope="write",
    query=TenantQuery,
    body=OrganizationResource,
    answer=OrganizationResource,
    errors=(404,),
)
def create_organization(call: Call[TenantQuery, OrganizationResource]) -> Json:
    """Create an organization. Names may repeat."""
    shelf = _shelf(call)
    return shelf.row(shelf.create(sent(call.body)))


@doors.get(
    "/organizations/parent/{parentId}",
    operation_id="list_organizations_by_parent",
    scope="read",
    query=PageQuery,
    answer=OrganizationResourcePage,
    errors=(404,),
)
def list_organizations_by_parent(call: Call[PageQuery, None]) -> Json:
    """Page through the organizations directly beneath one."""
    return organizations.children(_shelf(call), call.path["parentId"], call.query, call.request)


@doors.get(
    "/organizations/{id}/tags",
    operation_id="get_organization_tags",
    scope="read",
    query=TenantQuery,
    answer=Tags,
    errors=(404,),
)
def get_organization_tags(call: Call[TenantQuery, None]) -> list[str]:
    """List the tags on what belongs to an organization."""
    return organizations.tags(_shelf(call), call.path["id"])


@doors.get(
    "/organizations/{id}",
    operation_id="get_organization",
    scope="read",
    query=TenantQuery,
    answer=OrganizationResource,
    errors=(404,),
)
def get_organization(call: Call[TenantQuery, None]) -> Json:
    """Read one organization."""
    shelf = _shelf(call)
    return shelf.row(shelf.get(call.path["id"]))


@doors.put(
    "/organizations/{id}",
    operation_id="update_organization",
    scope="write",
    query=TenantQuery,
    body=OrganizationResource,
    answer=OrganizationResource,
    errors=(404, 409),
)
def update_organization(call: Call[TenantQuery, OrganizationResource]) -> Json:
    """Change an organization; without parentId it is nested no longer."""
    shelf = _shelf(call)
    return shelf.row(organizations.change(shelf, call.path["id"], sent(call.body)))


@doors.delete(
    "/organizations/{id}",
    operation_id="delete_organization",
    scope="write",
    query=TenantQuery,
    answer=Deleted,
    errors=(404, 409),
)
def delete_organization(call: Call[TenantQuery, None]) -> Json:
    """Delete an organization. What was metered keeps its name."""
    shelf = _shelf(call)
    return shelf.delete(shelf.get(call.path["id"]))


handler = gateway_handler(doors)
