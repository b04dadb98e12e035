"""/profitstream/v2/api/teams/{id}/settings"""

from typing import Any

from chalicelib.catalog.schemas import sent
from chalicelib.catalog.shelf import Shelf
from chalicelib.catalog.teams import TEAMS, TeamPromptSettings, prompt_settings
from chalicelib.kit.http.doors import Doors
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(PLATFORM, "catalog")
Json = dict[str, Any]


def _shelf(call: Call[Any, Any]) -> Shelf:
    return Shelf(call.world, call.principal, TEAMS)


@doors.get(
    "/teams/{id}/settings/prompts",
    operation_id="get_team_prompt_settings",
    scope="read",
    answer=TeamPromptSettings,
    errors=(404,),
)
def get_team_prompt_settings(call: Call[None, None]) -> Json:
    """Whether a team's prompts are kept."""
    return prompt_settings(_shelf(call).get(call.path["id"]))


@doors.put(
    "/teams/{id}/settings/prompts",
    operation_id="update_team_prompt_settings",
    scope="admin",
    body=TeamPromptSettings,
    answer=TeamPromptSettings,
    errors=(404, 409),
)
def update_team_prompt_settings(call: Call[None, TeamPromptSettings]) -> Json:
    """Have a team's prompts kept, or no longer. Members that are not sent stay as they are."""
    shelf = _shelf(call)
    return prompt_settings(shelf.change(shelf.get(call.path["id"]), sent(call.body)))


handler = gateway_handler(doors)
