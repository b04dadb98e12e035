"""/profitstream/v2/api/billing/refresh"""

from typing import Any, Literal

from pydantic import Field

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.jsontext import dumps
from chalicelib.providers.billed_schemas import BillingRefreshResult
from chalicelib.providers.lookup import connections_of
from chalicelib.providers.refreshing import HISTORICAL, Wish, refresh
from chalicelib.resources.schemas import TeamNeeded
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics")
_PATH = "/billing/refresh"


class RefreshQuery(TeamNeeded):
    """Which bills to read again, and how far back."""

    providerCredentialId: str | None = None
    providerCredentialIds: list[str] = Field([], description="all of the team without any")
    refreshType: Literal["intraday", "historical"] = "intraday"
    days: int = Field(90, ge=1, le=90, description="today among them; for historical ones")


def _refresh(call: Call[RefreshQuery, Any], kind: str) -> Response:
    query = call.query
    named = [query.providerCredentialId or "", *query.providerCredentialIds]
    ids = tuple(part for text in named for part in text.split(",") if part)
    connections = connections_of(call.world, call.principal.tenant, call.principal.team)
    result = refresh(call.world, connections, Wish(kind, query.days, ids))
    return Response(200 if result["status"] == "COMPLETED" else 202, dumps(result))


@router.get(
    _PATH,
    query=RefreshQuery,
    answer=BillingRefreshResult,
    further=(202,),
    errors=(404, 429),
)
def trigger_billing_refresh(call: Call[RefreshQuery, None]) -> Response:
    """Read bills again: today's, which is waited for, or those of many days in the background."""
    return _refresh(call, call.query.refreshType)


@router.post(_PATH, query=RefreshQuery, answer=BillingRefreshResult, further=(202,))
def post_billing_refresh(call: Call[RefreshQuery, None]) -> Response:
    """The same as a POST."""
    return _refresh(call, call.query.refreshType)


@router.post(_PATH + "/historical", query=RefreshQuery, answer=BillingRefreshResult, further=(202,))
def post_historical_billing_refresh(call: Call[RefreshQuery, None]) -> Response:
    """Read the bills of many days again, in the background."""
    return _refresh(call, HISTORICAL)


handler = gateway_handler(router)
