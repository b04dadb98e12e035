"""/profitstream/v2/api/billing/users/claude-code-contributions"""

from typing import Any

from chalicelib.assistants import contributions
from chalicelib.assistants.contribution_schemas import (
    ClaudeCodeContributionsQuery,
    ClaudeCodeContributionsResponse,
    ClaudeCodeSyncResponse,
)
from chalicelib.assistants.ranges import RangeQuery
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=RangeQuery)
Json = dict[str, Any]
_PATH = "/billing/users/claude-code-contributions"


@router.get(_PATH, query=ClaudeCodeContributionsQuery, answer=ClaudeCodeContributionsResponse)
def get_claude_code_contributions(call: Call[ClaudeCodeContributionsQuery, None]) -> Json:
    """What Claude Code did for whom: sessions, lines, commits, pull requests, estimated cost."""
    return contributions.report(call.world, call.team, call.query)


@router.post(_PATH + "/sync", answer=ClaudeCodeSyncResponse, status=202, errors=(404, 409))
def sync_claude_code_contributions(call: Call[RangeQuery, None]) -> Json:
    """Have contributions read from Anthropic now, in the background."""
    return contributions.ask_for_sync(call.world, call.team, call.query)


handler = gateway_handler(router)
