"""Coding assistants: which they are, and the vocabularies of the log events that Claude Code,
Gemini CLI, Codex CLI and Cursor write of their model calls.

Which attribute becomes what follows the contract's table (notes on ingest); the spellings of Gemini
CLI and Codex CLI are those of their own documentation and source.
"""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.otlp.rules import Vocabulary
from chalicelib.otlp.targets import build_rules
from chalicelib.otlp.vocabulary import PLACE, PROVIDER, REVENIUM, SERVICE, SKILL

CALL_NAMES = ("api_request", "api_response", "codex.sse_event")
"""How the names of events end that tell of a model call. Codex CLI tells the tokens of a call with
the last event of its answer, and none with its codex.api_request."""


class Assistant(NamedTuple):
    """The labels of its calls."""

    provider: str
    agent: str


_CLAUDE_CODE = Assistant("ClaudeCode", "claude-code")
_COWORK = Assistant("ClaudeCowork", "claude-cowork")
_GEMINI = Assistant("GeminiCLI", "gemini-cli")
_CURSOR = Assistant("Cursor", "cursor-ide")
_CODEX = Assistant("CodexCLI", "codex-cli")

_BY_SERVICE: Mapping[str, Assistant] = {
    "claude-code": _CLAUDE_CODE,
    "claude-code-desktop": _CLAUDE_CODE,
    "claude-cowork": _COWORK,
    "gemini-cli": _GEMINI,
    "cursor": _CURSOR,
    "cursor-ide": _CURSOR,
    "codex": _CODEX,
    "codex-cli": _CODEX,
    "codex-cli-rs": _CODEX,
    "codex-exec": _CODEX,
    "codex-tui": _CODEX,
    "codex-vscode": _CODEX,
    "codex-app-server": _CODEX,
}
"""By service.name and by what stands before the first dot of an event's name, with - for _."""

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
    "reasoning_token_count": "counts.reasoning",
    "thoughts_token_count": "counts.thoughts",
    "tool_token_count": "counts.tool_tokens",
    "cost_usd": "facts.cost_usd",
    "cost_multiplier": "facts.cost_multiplier",
    "duration_ms": "counts.duration",
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


def is_assistant(service: str) -> bool:
    """Whether a service is a coding assistant."""
    return _fold_name(service) in _BY_SERVICE


def assistant_of(service: str, event: str) -> Assistant | None:
    """The assistant that a record comes from: by its service, else by the name of its event."""
    by_service = _BY_SERVICE.get(_fold_name(service))
    return by_service or _BY_SERVICE.get(_fold_name(event.partition(".")[0]))


def _fold_name(name: str) -> str:
    return name.lower().replace("_", "-")
