"""/profitstream/v2/api/ai/enforcement-events"""

from typing import Any

from chalicelib.budgets.events import (
    EnforcementEventQuery,
    EnforcementEventResourcePage,
    page_enforcement_events,
)
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets")


@router.get(
    "/ai/enforcement-events",
    query=EnforcementEventQuery,
    answer=EnforcementEventResourcePage,
    errors=(422,),
)
def list_enforcement_events(call: Call[EnforcementEventQuery, None]) -> dict[str, Any]:
    """Page through what cost controls stopped or warned of, or would have."""
    return page_enforcement_events(call.world, call.principal, call.query, call.request)


handler = gateway_handler(router)
