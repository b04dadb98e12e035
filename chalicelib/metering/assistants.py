"""Coding assistants: calls under a flat plan, whose list price is no cost unless the team says
so."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from chalicelib.pricing.labels import is_cloud
from chalicelib.pricing.routes import names_cloud

_NAMES = {
    "CLAUDECODE": "CLAUDE_CODE",
    "CLAUDECOWORK": "CLAUDE_COWORK",
    "GEMINICLI": "GEMINI_CLI",
    "CURSOR": "CURSOR",
    "CURSORIDE": "CURSOR",
    "CODEXCLI": "CODEX_CLI",
    "GITHUBCOPILOT": "GITHUB_COPILOT",
    "GITHUBCOPILOTCHAT": "GITHUB_COPILOT",
    "GITHUBCOPILOTCLI": "GITHUB_COPILOT",
    "COPILOTCLI": "GITHUB_COPILOT",
}
"""By provider or agent, letters and digits only, upper case. Spans of Copilot say `github`, as
those of GitHub's model market do: otlp/assistants.py tells them apart."""
_BY_PROVIDER = _NAMES | {"COPILOT": "GITHUB_COPILOT"}
"""An agent of anybody may be called copilot; a provider of that name is GitHub's."""


def assistant_of_call(row: Mapping[str, Any]) -> tuple[str, str | None]:
    """The same as `assistant_of`, by the columns of a call."""
    get = row.get
    names = get("provider") or "", get("agent"), get("model_host"), get("model") or ""
    return assistant_of(*names)


@lru_cache(maxsize=4096)
def assistant_of(
    provider: str, agent: str | None, model_host: str | None = None, model: str = ""
) -> tuple[str, str | None]:
    """(cost source, assistant whose flat plan covers the call, or None when the call is billed by
    use, as clouds bill each call, whatever assistant makes it)."""
    name = _BY_PROVIDER.get(_plain(provider)) or _NAMES.get(_plain(agent or ""))
    if name is None:
        return "revenium_metered", None
    in_cloud = is_cloud(model_host or "") or is_cloud(provider) or names_cloud(model)
    return "coding_assistant", None if in_cloud else name


def _plain(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
