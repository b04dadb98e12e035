"""/profitstream/v2/api/billing/users/github-prs"""

from typing import Any

from chalicelib.assistants import pull_requests
from chalicelib.assistants.pull_request_schemas import GithubPrsQuery, GithubPrsSummaryResponse
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=GithubPrsQuery)
Json = dict[str, Any]
_USERS = "/billing/users"


@router.get(
    _USERS + "/github-prs",
    answer=GithubPrsSummaryResponse,
    errors=(503,),
    aliases=(
        PLATFORM.base + _USERS + "/vcs-prs",
        PLATFORM.base + _USERS + "/github-prs-summary",
    ),
)
def get_github_prs_summary(call: Call[GithubPrsQuery, None]) -> Json:
    """Merged pull requests by login or repository, and what one cost."""
    return pull_requests.report(call.world, call.team, call.query)


handler = gateway_handler(router)
