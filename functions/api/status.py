"""/api/v2/status/connection"""

from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.http.operations import Router
from chalicelib.lake.teams import last_completion
from chalicelib.reports.parameters import AnalyticsQuery
from chalicelib.reports.schemas import AnalyticsConnectionStatus
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "analytics")


@router.get(
    "/status/connection",
    operation_id="get_api-v2-status-connection",
    scope="read",
    query=AnalyticsQuery,
    answer=AnalyticsConnectionStatus,
)
def connection(call: Call[AnalyticsQuery, None]) -> dict[str, Any]:
    """Time of the last received completion."""
    received = last_completion(call.world, call.team)
    return {"completion_logs": {"last_date_received": None if received is None else iso(received)}}


handler = gateway_handler(router)
