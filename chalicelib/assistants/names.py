"""Names of coding assistants: one as it is subscribed to, one in events, one in settings."""

from collections.abc import Mapping
from typing import Literal, get_args

Assistant = Literal["claude-code", "cursor", "gemini-cli", "codex-cli", "github-copilot"]
ASSISTANTS: tuple[str, ...] = get_args(Assistant)
METERED: Mapping[str, str] = {
    "claude-code": "CLAUDE_CODE",
    "cursor": "CURSOR",
    "gemini-cli": "GEMINI_CLI",
    "codex-cli": "CODEX_CLI",
    "github-copilot": "GITHUB_COPILOT",
}
"""The name in stored events, by that of the subscription."""
VENDORS: Mapping[str, str] = {
    "claude-code": "ClaudeCode",
    "cursor": "CursorIde",
    "gemini-cli": "GeminiCli",
    "codex-cli": "CodexCli",
    "github-copilot": "GithubCopilot",
}
"""The name in settings and beside pull requests, by that of the subscription."""
