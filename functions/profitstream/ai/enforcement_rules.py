"""/v2/api/ai/enforcement-rules/{teamId}, and its roster; also below /profitstream"""

from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import SDK
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(SDK, "sdk")


@router.get(
    "/api/ai/enforcement-rules/{teamId}",
    aliases=("/profitstream/v2/api/ai/enforcement-rules/{teamId}",),
)
def poll_enforcement_rules(call: Call[None, None]) -> dict[str, Any]:
    """The cost controls of a team: none, as long as there are no operations that make any."""
    maps = ("Blocks", "BlockBalances", "Warnings", "Candidates")
    return {
        "rules": [],
        "compiledAt": iso(call.world.now()),
        **{f"departmentBudget{name}": {} for name in maps},
    }


@router.get(
    "/api/ai/enforcement-rules/{teamId}/roster",
    status=204,
    aliases=("/profitstream/v2/api/ai/enforcement-rules/{teamId}/roster",),
)
def poll_enforcement_roster(call: Call[None, None]) -> Response:
    """Whom a rule measures: nobody, as long as there are no rules."""
    return Response(204, b"")


handler = gateway_handler(router)
