"""/meter/v2/apis/requests, /apis/responses"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.metering.apis import record_request, record_response
from chalicelib.metering.event_schemas import ApiRequestIngest, ApiResponseIngest
from chalicelib.metering.schemas import MeteringAck
from functions.families import METER
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(METER, "ingest")
_OPTIONS: dict[str, Any] = {
    "scope": "metering",
    "answer": MeteringAck,
    "status": 201,
    "idempotent": True,
}


@router.post("/apis/requests", operation_id="meter_api_request", body=ApiRequestIngest, **_OPTIONS)
def meter_api_request(call: Call[None, ApiRequestIngest]) -> dict[str, Any]:
    """Record the request half of an API call."""
    return record_request(call.world, call.principal, call.body)


@router.post(
    "/apis/responses", operation_id="meter_api_response", body=ApiResponseIngest, **_OPTIONS
)
def meter_api_response(call: Call[None, ApiResponseIngest]) -> dict[str, Any]:
    """Record the response half of an API call."""
    return record_response(call.world, call.principal, call.body)


handler = gateway_handler(router)
