"""Coding assistants: calls under a flat plan, whose list price is no cost unless the team says
so."""

from functools import lru_cache

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
_BILLED_BY_CALL = frozenset({"BEDROCK", "VERTEX", "VERTEXAI", "FOUNDRY", "AZURE"})
"""Hosts that bill each call, whatever assistant makes it."""


@lru_cache(maxsize=4096)
def assistant_of(
    provider: str, agent: str | None, model_host: str | None
) -> tuple[str, str | None]:
    """(cost source, assistant whose flat plan covers the call, or None when the call is billed by
    use)."""
    name = _BY_PROVIDER.get(_plain(provider)) or _NAMES.get(_plain(agent or ""))
    if name is None:
        return "revenium_metered", None
    return "coding_assistant", None if _plain(model_host or "") in _BILLED_BY_CALL else name


def _plain(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
