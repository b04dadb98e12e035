"""/profitstream/v2/api/billing/seats"""

from typing import Any

from chalicelib.assistants import seats
from chalicelib.assistants.seat_schemas import SeatQuery, SeatUtilizationResponse
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=SeatQuery)
Json = dict[str, Any]


@router.get("/billing/seats", answer=SeatUtilizationResponse, errors=(503,))
def get_seat_utilization(call: Call[SeatQuery, None]) -> Json:
    """How many seats of coding assistants are paid, how many are used, what the rest costs."""
    return seats.report(call.world, call.team, call.query)


handler = gateway_handler(router)
