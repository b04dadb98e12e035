"""Teams: their settings, as far as there are any."""

from typing import Annotated, Any

from pydantic import Field

from chalicelib.catalog.hal import self_link
from chalicelib.catalog.resource import Resource, of_tenant
from chalicelib.catalog.schemas import READ_ONLY, HalLinks, Members
from chalicelib.identity.records import TEAM
from chalicelib.metering.prompts import SYSTEM_LIMIT, capture
from chalicelib.ports.documents import Record

_PATH = "/profitstream/v2/api/teams"


class TeamPromptSettings(Members):
    """Whether the texts of calls are kept, and how much of each."""

    promptCaptureEnabled: bool = False
    enabled: Annotated[bool, READ_ONLY] = Field(False, description="The same as promptCaptureEnabled.")
    maxPromptLength: int | None = Field(None, ge=1, le=SYSTEM_LIMIT, description="Characters of each text.")
    systemMaxPromptLength: Annotated[int, READ_ONLY] = SYSTEM_LIMIT
    links: Annotated[HalLinks | None, READ_ONLY] = Field(None, alias="_links")


TEAMS = Resource(
    kind=TEAM,
    name="Team",
    resource_type="team",
    path=_PATH,
    embedded="teamResourceList",
    shown=TeamPromptSettings,
    label="label",
    references=(),
    scope=of_tenant,
)


def prompt_settings(record: Record) -> dict[str, Any]:
    """The prompt settings of a team, as they are shown."""
    enabled, limit = capture(record.doc)
    return {
        "promptCaptureEnabled": enabled,
        "enabled": enabled,
        "maxPromptLength": limit,
        "systemMaxPromptLength": SYSTEM_LIMIT,
        "_links": self_link(f"{_PATH}/{record.id}/settings/prompts"),
    }
