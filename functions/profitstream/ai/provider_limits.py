"""/profitstream/v2/api/ai/provider-limits"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, PageQuery, TeamQuery
from chalicelib.resources.store import Store
from chalicelib.spend_limits import service
from chalicelib.spend_limits.presenting import PROVIDER_LIMITS
from chalicelib.spend_limits.schemas import (
    NewProviderLimit,
    ProviderLimitPage,
    ProviderLimitPlan,
    ProviderLimitResource,
    RemovalQuery,
)
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets", query=TeamQuery)
Json = dict[str, Any]
_ALL = "/ai/provider-limits"
_ONE = _ALL + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, PROVIDER_LIMITS)


@router.get(_ALL, query=PageQuery, answer=ProviderLimitPage)
def list_provider_limits(call: Call[PageQuery, None]) -> Json:
    """Page through the limits that were written to providers, as they stood at the last look."""
    return _store(call).page(call.query, call.request)


@router.post(
    _ALL,
    scope="admin",
    body=NewProviderLimit,
    answer=ProviderLimitPlan,
    errors=(404, 409, 422, 429, 502),
)
def push_provider_limit(call: Call[TeamQuery, NewProviderLimit]) -> Json:
    """Say what writing a cost control to its provider as a limit would do, or write it."""
    return service.order(_store(call), call.body)


@router.get(_ONE, answer=ProviderLimitResource, errors=(404, 429))
def get_provider_limit(call: Call[TeamQuery, None]) -> Json:
    """Ask the provider what stands, and show it beside our rule."""
    return service.check(_store(call), call.path["id"])


@router.delete(
    _ONE, scope="admin", query=RemovalQuery, answer=Deleted, errors=(404, 409, 422, 429, 502)
)
def delete_provider_limit(call: Call[RemovalQuery, None]) -> Json:
    """Put back what limited the provider before us. What somebody has set there since stays."""
    return service.take_away(_store(call), call.path["id"], forget=call.query.forget)


handler = gateway_handler(router)
