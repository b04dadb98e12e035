"""Coding assistants: which they are, and the vocabularies of the log events that Claude Code,
Gemini CLI, Codex CLI and Cursor write of their model calls.

Which attribute becomes what follows the contract's table (notes on ingest); the spellings of Gemini
CLI and Codex CLI are those of their own documentation and source.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from chalicelib.otlp.rules import Vocabulary
from chalicelib.otlp.targets import build_rules
from chalicelib.otlp.vocabulary import PLACE, PROVIDER, REVENIUM, SERVICE, SKILL

CALL_NAMES = ("api_request", "api_response", "codex.sse_event")
"""How the names of events end that tell of a model call. Codex CLI tells the tokens of a call with
the last event of its answer, and none with its codex.api_request."""
ERROR_NAMES = ("api_error", "codex.api_request")
"""How the names of events end that may tell of a failed call: Codex CLI's does when it has an
error or a status of 400 and more."""


class Assistant(NamedTuple):
    """The labels of its calls."""

    provider: str
    agent: str


_CLAUDE_CODE = Assistant("ClaudeCode", "claude-code")
_COWORK = Assistant("ClaudeCowork", "claude-cowork")
_GEMINI = Assistant("GeminiCLI", "gemini-cli")
CURSOR = Assistant("Cursor", "cursor-ide")
_CODEX = Assistant("CodexCLI", "codex-cli")
_QWEN = Assistant("QwenCode", "qwen-code")

_BY_SERVICE: Mapping[str, Assistant] = {
    "claude-code": _CLAUDE_CODE,
    "claude-code-desktop": _CLAUDE_CODE,
    "claude-cowork": _COWORK,
    "gemini-cli": _GEMINI,
    "cursor": CURSOR,
    "cursor-ide": CURSOR,
    "qwen-code": _QWEN,
    "codex": _CODEX,
    "codex-cli": _CODEX,
    "codex-cli-rs": _CODEX,
    "codex-exec": _CODEX,
    "codex-tui": _CODEX,
    "codex-vscode": _CODEX,
    "codex-app-server": _CODEX,
}
"""By service.name and by what stands before the first dot of an event's name, with - for _."""

_BY_SCOPE: Mapping[str, Assistant] = {
    "com.anthropic.claude-code": _CLAUDE_CODE,
    "com.anthropic.claude-cowork": _COWORK,
}
"""By how the name of a scope begins, with - for _: whoever runs Claude Code may call the service
what they like."""

_CALL: Vocabulary = {
    "model": "facts.model",
    "input_tokens": "counts.input",
    "input_token_count": "counts.input",
    "output_tokens": "counts.output",
    "output_token_count": "counts.output",
    "cache_read_tokens": "counts.cache_read",
    "cached_token_count": "counts.cache_read",
    "cached_content_token_count": "counts.cache_read",
    "cache_creation_tokens": "counts.cache_creation",
    "cache_write_tokens": "counts.cache_creation",
    "cache_write_token_count": "counts.inner_cache_creation",
    "cache_creation_5m_tokens": "counts.cache_creation_5m",
    "cache_creation_1h_tokens": "counts.cache_creation_1h",
    "reasoning_token_count": "counts.reasoning",
    "thoughts_token_count": "counts.thoughts",
    "tool_token_count": "counts.tool_tokens",
    "cost_usd": "facts.cost_usd",
    "cost_multiplier": "facts.cost_multiplier",
    "duration_ms": "counts.duration",
    "ttft_ms": "facts.first_chunk_ms",
    "error": "facts.error_text",
    "error.message": "facts.error_text",
    "error_message": "facts.error_text",
    "error_type": "facts.error",
    "error.type": "facts.error",
    "status_code": "facts.http_status",
    "http.response.status_code": "facts.http_status",
    "attempt": "facts.attempt",
    "response_id": "facts.response_id",
    "stop_reason": "facts.stop",
    "transaction_id": "facts.transaction_id",
    "request_id": "facts.request_id",
    "request.id": "facts.old_request_id",
    "event.timestamp": "facts.timestamp",
    "session.id": "facts.session",
    "conversation.id": "facts.conversation",
    "prompt.id": "extras.promptId",
    "prompt_id": "extras.promptId",
    "prompt_length": "extras.promptLength",
    "query_source": "extras.querySource",
    "effort": "extras.effort",
    "speed": "extras.speed",
    "agent.name": "extras.subagentType",
    "entrypoint": "extras.entrypoint",
    "user.email": "names.subscriber_email",
    "user.account_uuid": "extras.codingAssistantAccountUuid",
    "finish_reasons": "facts.stop",
    "auth_type": "extras.authType",
    "auth_mode": "extras.authType",
    "app.version": "row.agent_version",
    "billing.kind": "extras.billingKind",
    "cursor.token_fee": "extras.cursorTokenFee",
    "cursor.requests_costs": "extras.cursorRequestsCosts",
    "cursor.is_token_based": "extras.cursorIsTokenBased",
}
CALL = build_rules(_CALL, SKILL, REVENIUM)
"""Of a log record of a model call."""

_HOST: Vocabulary = {
    "organization.name": "names.organization",
    "product.name": "names.product",
    "user.email": "names.subscriber_email",
    "user.account_uuid": "extras.codingAssistantAccountUuid",
    "service.version": "row.agent_version",
    "CLAUDE_CODE_SUBSCRIPTION_TIER": "extras.subscriptionTier",
    "cost_multiplier": "facts.cost_multiplier",
}
HOST = build_rules(PROVIDER, REVENIUM, SERVICE, PLACE, _HOST)
"""Of a resource with log records. organization.name of a record is the assistant's own id of its
customer."""


COPILOT = "github-copilot"
"""The provider of what Copilot calls under its own subscription; with a key of one's own it names
the vendor of that."""
_COPILOT_SERVICES = frozenset({"copilot-chat", COPILOT})
_COPILOT_SCOPES = ("copilot-chat", COPILOT, "github.copilot")
"""Names of services and beginnings of scopes (VS Code's guide on monitoring agents, 2026-05)."""


def is_copilot(service: str, scope: str) -> bool:
    """Whether a span is of GitHub Copilot: the chat, its command line or an agent in it."""
    return _fold_name(service) in _COPILOT_SERVICES or _fold_name(scope).startswith(_COPILOT_SCOPES)


def is_assistant(service: str) -> bool:
    """Whether a service is a coding assistant."""
    return _fold_name(service) in _BY_SERVICE


@lru_cache(maxsize=1_024)
def is_assistant_scope(scope: str) -> bool:
    """Whether a scope is that of a coding assistant."""
    return _fold_name(scope).startswith(tuple(_BY_SCOPE))


def assistant_of(service: str, scope: str, events: Sequence[str]) -> Assistant | None:
    """The assistant that a record comes from: by its service, else by its scope, else by the names
    of its event (its own and its body)."""
    found = _BY_SERVICE.get(_fold_name(service))
    if found or not (scope or events):
        return found
    folded = _fold_name(scope)
    for prefix, assistant in _BY_SCOPE.items():
        if folded.startswith(prefix):
            return assistant
    for event in events:
        if found := _BY_SERVICE.get(_fold_name(event.partition(".")[0])):
            return found
    return None


def _fold_name(name: str) -> str:
    return name.lower().replace("_", "-")
