"""/profitstream/v2/api/deliveries: what was told to whom, and whether it arrived. Ours, not the
contract's."""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.notices.deliveries import page_deliveries, read_delivery, replay
from chalicelib.notices.presenting import present_detail
from chalicelib.notices.schemas import DeliveryDetail, DeliveryQuery, DeliveryResourcePage
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "notices", query=TeamQuery)
Json = dict[str, Any]


@router.get("/deliveries", query=DeliveryQuery, answer=DeliveryResourcePage)
def list_deliveries(call: Call[DeliveryQuery, None]) -> Json:
    """Page through messages to people and programs, the newest first."""
    return page_deliveries(call.world, call.team, call.query, call.request)


@router.get("/deliveries/{id}", answer=DeliveryDetail)
def get_delivery(call: Call[TeamQuery, None]) -> Json:
    """Read one message, with how each try to deliver it went."""
    return present_detail(read_delivery(call.world, call.team, call.path["id"]))


@router.post("/deliveries/{id}/replay", answer=DeliveryDetail)
def replay_delivery(call: Call[TeamQuery, None]) -> Json:
    """Have a message sent once more, whatever became of it."""
    return present_detail(replay(call.world, call.team, call.path["id"]))


handler = gateway_handler(router)
