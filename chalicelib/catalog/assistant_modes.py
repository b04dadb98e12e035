"""How coding assistants are paid: by use, or by a flat plan that covers their calls."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from chalicelib.directory.assistants import BILLING_SETTINGS, find_billed_assistants
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.audit import BILLING_MODE, note_change
from chalicelib.resources.hal import self_link
from chalicelib.resources.references import TO_TEAM
from chalicelib.resources.revisions import name_author
from chalicelib.resources.schemas import READ_ONLY, HalLinks, Members
from chalicelib.resources.store import Store

ASSISTANTS: Mapping[str, str] = {
    "CLAUDE_CODE": "ClaudeCode",
    "CLAUDE_COWORK": "ClaudeCowork",
    "GEMINI_CLI": "GeminiCli",
    "CURSOR": "CursorIde",
    "CODEX_CLI": "CodexCli",
    "GITHUB_COPILOT": "GithubCopilot",
}
"""Those that a flat plan may cover: the name in stored events, and on the wire of the settings
(contract, notes on coding_billing)."""
_MEMBER = "apiRateProviders"


class CodingAssistantModes(Members):
    """How coding assistants are paid: ClaudeCode, ClaudeCowork, CursorIde, GeminiCli, CodexCli,
    GithubCopilot; other spellings are understood."""

    apiRateProviders: list[str] = Field(
        max_length=100, description="Paid by use: their calls count in reports on costs."
    )
    flatPlanProviders: Annotated[list[str], READ_ONLY] = Field(
        default_factory=list, description="Under a flat plan: their calls cost nothing more."
    )
    links: Annotated[HalLinks | None, READ_ONLY] = Field(None, alias="_links")


def read_assistant(text: str) -> str:
    """The name in stored events of an assistant, however it is written (`ClaudeCode`,
    `claude-code`, `CLAUDE_CODE`). Raises Invalid for one that nobody knows."""
    wanted = _plain(text)
    for name, shown in ASSISTANTS.items():
        if wanted in (_plain(name), _plain(shown)):
            return name
    options = tuple(ASSISTANTS.values())
    problem = f"no coding assistant that a flat plan may cover: {', '.join(options)}"
    raise Invalid(
        problem, faults=[Fault(_MEMBER, problem, "UNKNOWN_ASSISTANT", text[:64], options)]
    )


def set_billed_assistants(world: World, team: Scope, names: Collection[str], author: str) -> None:
    """Have a team pay these assistants, and no others, by use: their calls count in all reports on
    costs and in exports, those of the past too. Leaves an audit entry when that is a change.

    Raises Invalid for an assistant that nobody knows.
    """
    wanted = sorted({read_assistant(name) for name in names})
    before = list(find_billed_assistants(world.documents, team))
    if wanted == before:
        return

    def change(doc: Doc) -> Doc:
        return {**doc, _MEMBER: wanted}

    amend(world.documents, team, BILLING_SETTINGS, BILLING_SETTINGS, change)
    note_change(world, team, BILLING_MODE, author, {"byUseBefore": before, "byUse": wanted})


def present_assistant_modes(store: Store, team_id: str) -> dict[str, Any]:
    """How a team's coding assistants are paid, as it is shown."""
    team = Scope(store.get(team_id).id)
    billed = find_billed_assistants(store.world.documents, team)
    return {
        "apiRateProviders": [shown for name, shown in ASSISTANTS.items() if name in billed],
        "flatPlanProviders": [shown for name, shown in ASSISTANTS.items() if name not in billed],
        "_links": self_link(f"{TO_TEAM.path}/{team}/settings/coding-assistant-filter"),
    }


def set_assistant_modes(store: Store, team_id: str, billed: Sequence[str]) -> dict[str, Any]:
    """Have a team pay these assistants by use, and no others. Raises Invalid for unknown ones."""
    team = Scope(store.get(team_id).id)
    author = name_author(store.world, store.principal)
    set_billed_assistants(store.world, team, billed, author)
    return present_assistant_modes(store, team_id)


def _plain(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
