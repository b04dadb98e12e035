"""/profitstream/v2/api/tenants"""

from typing import Any

from chalicelib.catalog.tenancy import TENANTS, TenantDefaultPaymentMethod, TenantResource
from chalicelib.events.schemas import TotalCost, UsageQuery
from chalicelib.events.tenant_cost import total_cost
from chalicelib.kit.errors import Forbidden
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.store import Store
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog")


def _own(call: Call[Any, Any]) -> str:
    """The tenant that the path names. Raises UndecodableId, Forbidden."""
    tenant = call.path["id"]
    check_id(tenant)
    if tenant != call.principal.tenant:
        raise Forbidden("the API key belongs to another tenant")
    return tenant


@router.get("/tenants/{id}", answer=TenantResource)
def get_tenant(call: Call[None, None]) -> dict[str, Any]:
    """Read the account."""
    store = Store(call.world, call.principal, TENANTS)
    return store.row(store.get(_own(call)))


@router.get("/tenants/{id}/usage", query=UsageQuery, answer=TotalCost, errors=(404, 503))
def get_total_ai_cost_tracked(call: Call[UsageQuery, None]) -> Response:
    """What the AI completions of all teams cost, in USD, as a bare text; headers tell how many
    calls have no known cost, and which are left out because a flat plan covers them."""
    _own(call)
    return respond_json(total_cost(call.world, call.principal, call.query))


@router.put(
    "/tenants/{id}/payment-methods/{paymentMethodId}/default",
    scope="admin",
    answer=TenantDefaultPaymentMethod,
    errors=(404,),
)
def setdefaultpaymentmethod(call: Call[None, None]) -> TenantDefaultPaymentMethod:
    """Choose how the tenant pays. Nothing is paid through an installation of one's own, so no
    method is known."""
    _own(call)
    raise UnknownRecord("PaymentMethod", call.path["paymentMethodId"])


handler = gateway_handler(router)
