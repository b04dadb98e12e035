"""/meter/v2/events"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.metering.customs import custom_draft
from chalicelib.metering.event_schemas import GenericEventIngest
from chalicelib.metering.schemas import MeteringAck
from chalicelib.metering.service import record_one
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(METER, "ingest")


@router.post(
    "/events",
    operation_id="meter_event",
    body=GenericEventIngest,
    scope="metering",
    answer=MeteringAck,
    status=201,
    idempotent=True,
)
def meter_event(call: Call[None, GenericEventIngest]) -> dict[str, Any]:
    """Record one event of the caller's own making."""
    return record_one(
        call.world,
        call.principal,
        custom_draft(call.world, call.principal, call.body),
        "meter.event",
    )


handler = gateway_handler(router)
