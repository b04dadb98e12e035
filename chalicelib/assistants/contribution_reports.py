"""Contributions as Anthropic reports them: one UTC day a call, a record for every terminal.

https://platform.claude.com/docs/en/manage-claude/claude-code-analytics-api. Estimated costs are in
cents.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.assistants.contribution_records import Contribution
from chalicelib.ports.documents import fold
from chalicelib.providers.answers import Json
from chalicelib.providers.failures import AnswerUnreadable
from chalicelib.providers.lines import CENTS, read_count, read_money, read_text
from chalicelib.providers.paging import walk_cursor
from chalicelib.providers.upstream import Upstream

_PATH = "/v1/organizations/usage_report/claude_code"
_MOST_ROWS = 1_000
_TOKENS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_creation": "cache_creation_tokens",
}


def read_report(upstream: Upstream, day: str) -> list[Contribution]:
    """What Claude Code did on a day (YYYY-MM-DD), each actor once. Raises CredentialRefused,
    ProviderFailed, AddressRefused."""
    found: dict[tuple[str, str], Contribution] = {}
    for row in walk_cursor(upstream, _PATH, [("starting_at", day), ("limit", _MOST_ROWS)]):
        read = _read_row(row)
        known = found.get(read.actor)
        found[read.actor] = known + read if known else read
    return [found[actor] for actor in sorted(found)]


def _read_row(row: Json) -> Contribution:
    actor, metrics = _object(row, "actor"), _object(row, "core_metrics")
    email, key = fold(read_text(actor, "email_address")), read_text(actor, "api_key_name")
    if not email and not key:
        raise AnswerUnreadable("Anthropic told of work of nobody")
    lines = _object(metrics, "lines_of_code")
    cost_nano, tokens = _read_models(row)
    return Contribution(
        email=email,
        key_name="" if email else key,
        customer_type="subscription" if row.get("customer_type") == "subscription" else "api",
        subscription_type=read_text(row, "subscription_type"),
        sessions=_count(metrics, "num_sessions"),
        lines_added=_count(lines, "added"),
        lines_removed=_count(lines, "removed"),
        commits=_count(metrics, "commits_by_claude_code"),
        pull_requests=_count(metrics, "pull_requests_by_claude_code"),
        cost_nano=cost_nano,
        tools={name: _read_tool(each) for name, each in _object(row, "tool_actions").items()},
        **tokens,
    )


def _read_models(row: Json) -> tuple[int, dict[str, int]]:
    """The estimated cost of all models in nano-USD, and their tokens by kind."""
    cost_nano, tokens = 0, dict.fromkeys(_TOKENS.values(), 0)
    models = row.get("model_breakdown")
    models = [] if models is None else models
    if not isinstance(models, list):
        raise AnswerUnreadable("Anthropic's model_breakdown is no list")
    for model in models:
        counted = _object(model, "tokens")
        for kind, name in _TOKENS.items():
            tokens[name] += _count(counted, kind)
        cost = _object(model, "estimated_cost")
        if cost.get("amount") is not None:
            if (currency := read_text(cost, "currency") or "USD") != "USD":
                raise AnswerUnreadable(f"Anthropic estimated a cost in {currency[:10]}")
            cost_nano += read_money(cost["amount"], CENTS)
    return cost_nano, tokens


def _read_tool(counts: object) -> list[int]:
    if not isinstance(counts, dict):
        raise AnswerUnreadable("Anthropic's tool_actions have no counts")
    return [_count(counts, "accepted"), _count(counts, "rejected")]


def _count(row: Mapping[str, Any], name: str) -> int:
    return read_count(row, name) or 0


def _object(row: object, member: str) -> Mapping[str, Any]:
    """An object within another one; empty where there is none. Raises AnswerUnreadable."""
    value = row.get(member) if isinstance(row, dict) else row
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise AnswerUnreadable(f"Anthropic's {member} is no object")
    return value
