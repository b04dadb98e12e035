"""/v2/api/ai/enforcement-rules/{teamId}, and its roster; also below /profitstream"""

from typing import Any

from chalicelib.budgets.compiling import read_rules
from chalicelib.budgets.group_roster import RosterPayload, RosterQuery, read_roster
from chalicelib.budgets.schemas import EnforcementQuery, EnforcementRulesPayload
from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.jsontext import dumps
from functions.families import SDK
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(SDK, "sdk")


_RULES = "/api/ai/enforcement-rules/{teamId}"
_BELOW = "/profitstream/v2"
_DEPARTMENTS: dict[str, Any] = {
    f"departmentBudget{name}": {} for name in ("Blocks", "BlockBalances", "Warnings", "Candidates")
}
"""There are no departments, and so no budgets of theirs."""


@router.get(
    _RULES,
    operation_id="get_enforcement_rules",
    query=EnforcementQuery,
    answer=EnforcementRulesPayload,
    errors=(404, 429, 503),
    bare=(204, 304),
    aliases=(_BELOW + _RULES,),
)
def poll_enforcement_rules(call: Call[EnforcementQuery, None]) -> Response:
    """The cost controls of a team, with what has been used under each. Whoever sends the ETag of
    the last answer is told 304 when nothing has changed since; whoever asks for one rule that is
    not enforced, 204."""
    found = read_rules(call.world, call.team, call.query.ruleId or "")
    if call.query.ruleId and not found.rules:
        return Response(204, b"")
    headers = {"ETag": f'W/"{found.tag}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in call.request.headers.get("if-none-match", ""):
        return Response(304, b"", headers=headers)
    rest = dumps({"compiledAt": iso(found.compiled_at), **_DEPARTMENTS})
    # The rules are kept as the text that is sent.
    body = b'{"rules":' + found.text.encode() + b"," + rest[1:]
    return Response(200, body, headers=headers)


@router.get(
    _RULES + "/roster",
    query=RosterQuery,
    answer=RosterPayload,
    errors=(404, 503),
    bare=(204,),
    aliases=(_BELOW + _RULES + "/roster",),
)
def poll_enforcement_roster(call: Call[RosterQuery, None]) -> dict[str, Any] | Response:
    """Whom a rule measures, each with what was used: 204 when there is no such rule, or it has no
    groups, or nobody has used anything."""
    return read_roster(call.world, call.team, call.query) or Response(204, b"")


handler = gateway_handler(router)
