"""/api/v2/movers: what moved a cost, and why. Ours, not the contract's."""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.reports.moving import find_moving
from chalicelib.reports.moving_schemas import CostMovers, MovingQuery
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "analytics")


@router.get("/movers", query=MovingQuery, answer=CostMovers)
def get_cost_movers(call: Call[MovingQuery, None]) -> dict[str, Any]:
    """Which groups moved the cost most against the window before, and why: volume, mix, size and
    price, which add up to the change."""
    return find_moving(call.world, call.team, call.query)


handler = gateway_handler(router)
