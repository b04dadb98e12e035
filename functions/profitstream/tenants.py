"""/profitstream/v2/api/tenants"""

from typing import Any

from chalicelib.catalog.errors import check_id
from chalicelib.catalog.shelf import Shelf
from chalicelib.catalog.tenancy import TENANTS, TenantResource
from chalicelib.kit.errors import Forbidden
from chalicelib.kit.http.doors import Doors
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")


@doors.get("/tenants/{id}", operation_id="get_tenant", scope="read", answer=TenantResource, errors=(404,))
def get_tenant(call: Call[None, None]) -> dict[str, Any]:
    """Read the account."""
    tenant, shelf = call.path["id"], Shelf(call.world, call.principal, TENANTS)
    check_id(tenant)
    if tenant != call.principal.tenant:
        raise Forbidden("the API key belongs to another tenant")
    return shelf.row(shelf.get(tenant))


handler = gateway_handler(doors)
