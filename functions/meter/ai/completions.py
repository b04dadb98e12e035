"""/meter/v2/ai/completions"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.metering.completions import completion_draft
from chalicelib.metering.schemas import AiCompletionIngest, MeteringAck
from chalicelib.metering.service import record_one
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(METER, "ingest")


@router.post(
    "/ai/completions",
    operation_id="meter_ai_completion",
    scope="metering",
    body=AiCompletionIngest,
    answer=MeteringAck,
    status=201,
    idempotent=True,
)
def meter_ai_completion(call: Call[None, AiCompletionIngest]) -> dict[str, Any]:
    """Record one model call."""
    return record_one(call.world, call.principal, completion_draft(call.body))


handler = gateway_handler(router)
