"""/v2/api/ai/reservations; also below /profitstream"""

from typing import Any

from chalicelib.budgets.reservation_schemas import ReservationRequest, ReservationResource
from chalicelib.budgets.reservations import read_reservation, release
from chalicelib.budgets.reserving import reserve
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import SDK
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(SDK, "sdk")
_RESERVATIONS = "/api/ai/reservations"
_RESERVATION = _RESERVATIONS + "/{id}"
_BELOW = "/profitstream/v2"


@router.post(
    _RESERVATIONS,
    body=ReservationRequest,
    answer=ReservationResource,
    errors=(413, 503),
    aliases=(_BELOW + _RESERVATIONS,),
)
def create_reservation(call: Call[None, ReservationRequest]) -> dict[str, Any]:
    """Ask whether a call may be made, and hold what it may cost until it is metered."""
    return reserve(call.world, call.principal, call.body)


@router.get(
    _RESERVATION, answer=ReservationResource, errors=(404,), aliases=(_BELOW + _RESERVATION,)
)
def get_reservation(call: Call[None, None]) -> dict[str, Any]:
    """Read one reservation."""
    return read_reservation(call.world, call.team, call.path["id"])


@router.delete(_RESERVATION, status=204, errors=(404, 503), aliases=(_BELOW + _RESERVATION,))
def delete_reservation(call: Call[None, None]) -> Response:
    """Give back what a reservation holds: the call was not made."""
    release(call.world, call.team, call.path["id"])
    return Response(204, b"")


handler = gateway_handler(router)
