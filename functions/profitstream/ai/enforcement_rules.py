"""/v2/api/ai/enforcement-rules/{teamId}, and its roster; also below /profitstream"""

from typing import Any

from chalicelib.budgets.compiling import read_rules
from chalicelib.budgets.schemas import EnforcementQuery, EnforcementRulesPayload
from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import SDK
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(SDK, "sdk")


@router.get(
    "/api/ai/enforcement-rules/{teamId}",
    operation_id="get_enforcement_rules",
    query=EnforcementQuery,
    answer=EnforcementRulesPayload,
    errors=(404, 429, 503),
    aliases=("/profitstream/v2/api/ai/enforcement-rules/{teamId}",),
)
def poll_enforcement_rules(call: Call[EnforcementQuery, None]) -> dict[str, Any]:
    """The cost controls of a team, with what has been used under each. There are no departments,
    and so no budgets of theirs."""
    found = read_rules(call.world, call.team, call.query.ruleId or "")
    maps = ("Blocks", "BlockBalances", "Warnings", "Candidates")
    return {
        "rules": found.rules,
        "compiledAt": iso(found.compiled_at),
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
