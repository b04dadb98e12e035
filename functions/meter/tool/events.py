"""/meter/v2/tool/events"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.metering.event_schemas import ToolEventIngest
from chalicelib.metering.schemas import MeteringAck
from chalicelib.metering.service import record_one
from chalicelib.metering.tools import tool_draft
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(METER, "ingest")


# The legacy client joins its base URL plainly: without /meter, or with /v2 twice.
@router.post(
    "/tool/events",
    operation_id="meter_tool_event",
    body=ToolEventIngest,
    aliases=("/v2/tool/events", "/meter/v2/v2/tool/events"),
    scope="metering",
    answer=MeteringAck,
    status=201,
    idempotent=True,
)
def meter_tool_event(call: Call[None, ToolEventIngest]) -> dict[str, Any]:
    """Record one call of a tool."""
    return record_one(call.world, call.principal, tool_draft(call.body, call.world.now()))


handler = gateway_handler(router)
