"""Log records: those of coding assistants, of tools, and of GenAI instrumentations."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import parse_instant
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.metering.drafts import Draft
from tests.conftest import NOON
from tests.otlp.exports import NANOS, TRACE, log, logs, mapped

CLAUDE = {
    "session.id": "s-1",
    "model": "claude-opus-4-5-20251101",
    "input_tokens": "100",
    "output_tokens": "50",
    "cache_read_tokens": "1000",
    "cache_creation_tokens": "500",
}


def draft(
    attributes: dict[str, Any], body: Any = "claude_code.api_request", **members: Any
) -> Draft:
    """The one draft of a log record; `resource` and `scope` are those of its export."""
    around = {name: members.pop(name) for name in ("resource", "scope") if name in members}
    (made,) = mapped(logs(log(attributes, body, **members), **around)).drafts
    return made


def test_a_claude_code_request_becomes_a_completion_column_by_column() -> None:
    made = draft(
        CLAUDE
        | {
            "request_id": "req_011",
            "cost_usd": "0.0123",
            "duration_ms": "2345",
            "prompt.id": "p-1",
            "prompt_length": "12",
            "query_source": "repl_main_thread",
            "effort": "high",
            "speed": "fast",
            "agent.name": "Explore",
            "entrypoint": "cli",
            "user.email": "Dev@Acme.com",
            "user.account_uuid": "acc-uuid",
            "organization.name": "an id of Anthropic's",
            "skill.name": "deploy",
            "skill.source": "plugin",
            "plugin.name": "ops",
        },
        resource={
            "service.name": "claude-code",
            "service.version": "2.1.0",
            "organization.name": "AcmeCorp",
            "product.name": "mobile-app",
            "user.email": "other@acme.com",
            "CLAUDE_CODE_SUBSCRIPTION_TIER": "max_5x",
            "cost_multiplier": "0.8",
        },
    )
    assert (made.kind, made.identity) == ("COMPLETION", "req_011")
    assert made.row == {
        "transaction_id": "req_011",
        "channel": "OTLP",
        "requested_at": NOON - 2345,
        "responded_at": NOON,
        "first_token_at": NOON,
        "duration_ms": 2345,
        "provider": "ClaudeCode",
        "model": "claude-opus-4-5-20251101",
        "operation_type": "CHAT",
        "stop_reason": "END",
        "is_streamed": False,
        "trace_id": "s-1",
        "input_tokens": 100,
        "output_tokens": 50,
        "total_tokens": 150,
        "cache_read_tokens": 1000,
        "cache_creation_tokens": 500,
        "stated_cost_nano": 12_300_000,
        "agent_version": "2.1.0",
    }
    assert (*made.names.owner_key(), *made.names.subscriber_key())[:5] == (
        "AcmeCorp",
        "mobile-app",
        "claude-code",
        "",
        "dev@acme.com",
    )
    assert {name: str(value) for name, value in made.extras.items()} == {
        "promptId": "p-1",
        "promptLength": "12",
        "querySource": "repl_main_thread",
        "effort": "high",
        "speed": "fast",
        "subagentType": "Explore",
        "entrypoint": "cli",
        "codingAssistantAccountUuid": "acc-uuid",
        "subscriptionTier": "max_5x",
        "costMultiplier": "0.8",
        "clientSurface": "claude-code",
        "skillName": "deploy",
        "skillSource": "plugin",
        "skillPluginName": "ops",
    }


def test_a_call_without_an_id_gets_the_one_that_the_backfill_tools_compute() -> None:
    told = CLAUDE | {"session.id": "5345477c-26de-46ed-8eb1-d1deea0ee61f"}
    moment = parse_instant("2026-01-13T15:15:09.790Z")
    assert draft(told, timeUnixNano=moment * NANOS).identity == "a4ae0241320cd35508c022af01424382"


@pytest.mark.parametrize(
    ("told", "identity"),
    [
        ({"transaction_id": "t", "request_id": "r", "request.id": "o"}, "t"),
        ({"request_id": "r", "request.id": "o"}, "r"),
        ({"request.id": "o"}, "o"),
        ({"request_id": 17}, "17"),
    ],
)
def test_the_id_of_a_call_is_looked_for_in_order(told: dict[str, Any], identity: str) -> None:
    made = draft(CLAUDE | told)
    assert (made.identity, made.row["transaction_id"]) == (identity, identity)


@pytest.mark.parametrize(
    ("service", "body", "provider", "agent"),
    [
        ("claude-code", "claude_code.api_request", "ClaudeCode", "claude-code"),
        ("claude-code", "claude-code.api_request", "ClaudeCode", "claude-code"),
        ("claude-code-desktop", "claude_code.api_request", "ClaudeCode", "claude-code"),
        ("claude-cowork", "claude_cowork.api_request", "ClaudeCowork", "claude-cowork"),
        ("gemini-cli", "gemini-cli.api_request", "GeminiCLI", "gemini-cli"),
        ("gemini-cli", "gemini_cli.api_response", "GeminiCLI", "gemini-cli"),
        ("cursor-ide", "cursor_ide.api_response", "Cursor", "cursor-ide"),
        ("codex-cli", "codex.api_request", "CodexCLI", "codex-cli"),
        ("codex_exec", "codex.sse_event", "CodexCLI", "codex-cli"),
        ("renamed by the user", "claude_code.api_request", "ClaudeCode", "claude-code"),
    ],
)
def test_assistants_are_known_by_their_service_or_their_events(
    service: str, body: str, provider: str, agent: str
) -> None:
    made = draft(CLAUDE, body, resource={"service.name": service})
    assert (made.row["provider"], made.names.agent) == (provider, agent)


def test_the_event_may_be_named_anywhere() -> None:
    for told in (
        log(CLAUDE, "Some text", eventName="claude_code.api_request"),
        log(CLAUDE | {"event.name": "api_request"}, "claude_code.api_request"),
        log(CLAUDE | {"event.name": "api_request"}, {"a": 1}),
        log(CLAUDE, "api_request"),
    ):
        assert len(mapped(logs(told)).drafts) == 1


def test_gemini_counts_thoughts_and_tools_beside_the_rest() -> None:
    told = {
        "model": "gemini-2.5-pro",
        "input_token_count": 1000,
        "output_token_count": 50,
        "cached_content_token_count": 600,
        "thoughts_token_count": 30,
        "tool_token_count": 7,
        "total_token_count": 1087,
        "duration_ms": 900,
        "prompt_id": "p_1",
        "finish_reasons": ["MAX_TOKENS"],
        "auth_type": "oauth-personal",
        "session.id": "s",
    }
    made = draft(told, "gemini_cli.api_response", resource={"service.name": "gemini-cli"})
    columns = (
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cache_read_tokens",
        "reasoning_tokens",
    )
    assert [made.row[name] for name in columns] == [1007, 80, 1087, 600, 30]
    assert made.row["stop_reason"] == "TOKEN_LIMIT"
    assert made.extras == {
        "promptId": "p_1",
        "authType": "oauth-personal",
        "clientSurface": "gemini-cli",
    }


def test_codex_tells_its_tokens_with_the_last_event_of_an_answer() -> None:
    about = {
        "conversation.id": "c-1",
        "model": "gpt-5",
        "event.timestamp": "2026-11-24T11:59:00.123Z",
    }
    request = log(
        about | {"duration_ms": "812", "http.response.status_code": 200}, None, timeUnixNano=0
    )
    request["attributes"]["event.name"] = "codex.api_request"
    tokens = {
        "event.name": "codex.sse_event",
        "event.kind": "response.completed",
        "input_token_count": "1000",
        "output_token_count": "50",
        "cached_token_count": 600,
        "reasoning_token_count": 30,
        "tool_token_count": "1050",
    }
    delta = log(
        about | {"event.name": "codex.sse_event", "event.kind": "response.created"},
        None,
        timeUnixNano=0,
    )
    done = log(about | tokens, None, timeUnixNano=0, observedTimeUnixNano=NOON * NANOS)
    (made,) = mapped(logs(request, delta, done, resource={"service.name": "codex_cli_rs"})).drafts
    columns = (
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "cache_read_tokens",
        "reasoning_tokens",
    )
    assert [made.row[name] for name in columns] == [1000, 50, 1050, 600, 30]
    assert (made.row["responded_at"], made.row["trace_id"]) == (
        parse_instant("2026-11-24T11:59:00.123Z"),
        "c-1",
    )


def test_cursor_says_how_a_call_was_billed() -> None:
    told = CLAUDE | {
        "billing.kind": "usage",
        "cursor.token_fee": 0.25,
        "cursor.is_token_based": True,
    }
    made = draft(told, "cursor_ide.api_response", resource={"service.name": "cursor-ide"})
    assert made.extras["billingKind"] == "usage"
    assert made.extras["cursorTokenFee"] == "0.25"
    assert made.extras["cursorIsTokenBased"] == "true"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("claude_code.user_prompt", {"prompt_length": "12"}),
        (
            "claude_code.api_request",
            {"model": "cli-connectivity-test", "input_tokens": "0", "output_tokens": "0"},
        ),
        ("gemini_cli.api_request", {"model": "gemini-2.5-pro"}),
        ("", {}),
        (["a", {"b": 1}], {}),
    ],
)
def test_other_events_and_tests_of_the_connection_produce_nothing(
    body: Any, told: dict[str, Any]
) -> None:
    result = mapped(logs(log(told, body)))
    assert (result.drafts, result.rejects.number) == ([], 0)


@pytest.mark.parametrize("write", [int, float, str])
def test_numbers_may_be_of_any_type(write: Any) -> None:
    made = draft(
        CLAUDE | {"input_tokens": write(100), "duration_ms": write(10), "cost_usd": write(2)}
    )
    assert (made.row["input_tokens"], made.row["duration_ms"], made.row["stated_cost_nano"]) == (
        100,
        10,
        2 * 10**9,
    )


@pytest.mark.parametrize("cost", ["free", -1, "NaN", float("inf"), 10**10, True, ""])
def test_a_cost_that_is_none_is_left_out(cost: Any) -> None:
    assert "stated_cost_nano" not in draft(CLAUDE | {"cost_usd": cost}).row


def test_a_stated_cost_is_exact() -> None:
    assert draft(CLAUDE | {"cost_usd": 0.1 + 0.2}).row["stated_cost_nano"] == 300_000_000


def test_bad_records_are_refused_one_by_one() -> None:
    result = mapped(
        logs(
            log(CLAUDE),
            log(CLAUDE | {"input_tokens": "-5"}),
            log(CLAUDE, timeUnixNano=0),
            log(CLAUDE | {"duration_ms": 10**12}),
            log(CLAUDE | {"session.id": "s-2"}),
        )
    )
    assert len(result.drafts) == 2
    told = result.rejects.message.split("; ")
    assert [text.partition(" ")[0] for text in told] == [
        f"logRecords[{place}]:" for place in (1, 2, 3)
    ]
    assert "input_tokens" in told[0]
    assert "timeUnixNano lies" in told[1]
    assert "duration_ms" in told[2]


def test_a_tool_call_becomes_a_tool_event() -> None:
    told = {
        "tool.id": "web-search",
        "duration_ms": 120,
        "success": False,
        "error.message": "no network",
        "user.id": "u1",
        "organization.name": "AcmeCorp",
        "product.name": "chatbot",
        "tool.queries": 3,
        "session.id": "s-1",
    }
    made = draft(told, "tool.call", scope="tool_metering", resource={"service.name": "claude-code"})
    assert (made.kind, made.table) == ("TOOL", TOOL_EVENTS)
    assert made.row == {
        "transaction_id": made.identity,
        "channel": "OTLP",
        "requested_at": NOON,
        "tool_id": "web-search",
        "operation": "execute",
        "duration_ms": 120,
        "is_success": False,
        "error_reason": "no network",
        "trace_id": "s-1",
    }
    assert made.names.owner_key() == ("AcmeCorp", "chatbot", "")
    assert made.names.subscriber_id == "u1"
    assert made.extras == {"usageMetadata": {"queries": 3}}
    again = draft(
        told, "tool.call", scope="tool_metering", resource={"service.name": "claude-code"}
    )
    assert again.identity == made.identity
    assert draft(told | {"tool.call.id": "c1"}, "tool.call", scope="tool_metering").identity == "c1"


def test_a_tool_call_without_a_tool_is_refused_and_other_events_of_the_scope_ignored() -> None:
    result = mapped(logs(log({}, "tool.call"), log({}, "tool.start"), scope="tool_metering"))
    assert (result.drafts, result.rejects.message) == ([], "logRecords[0]: tool.id is missing")


DETAILS = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.response.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.output_tokens": 100,
}


def test_a_genai_event_of_any_service_is_a_completion() -> None:
    event = "gen_ai.client.inference.operation.details"
    where = {
        "eventName": event,
        "traceId": TRACE,
        "spanId": f"{7:016x}",
        "resource": {"service.name": "app"},
    }
    made = draft(
        DETAILS | {"gen_ai.response.id": "resp-B1", "gen_ai.input.messages": "[1]"}, None, **where
    )
    assert (made.identity, made.table, made.row["provider"]) == ("resp-B1", AI_EVENTS, "openai")
    assert (made.row["transaction_id"], made.row["trace_id"]) == (f"{7:016x}", TRACE)
    assert made.prompts
    assert made.prompts.input == "[1]"
    assert draft(DETAILS, None, **where).identity == f"{7:016x}"
    assert draft({}, DETAILS, **where).row["input_tokens"] == 1000
    lost = {
        name: value
        for name, value in DETAILS.items()
        if "provider" not in name and "usage" not in name
    }
    failed = draft(lost | {"error.type": "timeout"}, None, **where)
    assert (failed.row["stop_reason"], failed.row["provider"]) == ("ERROR", "Unknown")
    nowhere = [draft(DETAILS, None, resource={}).identity for _ in range(2)]
    assert nowhere[0] == nowhere[1]


def test_a_genai_event_of_an_assistant_is_not_counted_beside_its_own() -> None:
    event = log(DETAILS, None, eventName="gen_ai.client.inference.operation.details")
    assert mapped(logs(event, resource={"service.name": "gemini-cli"})).drafts == []


CLAUDE_CODE = {
    "event.name": "api_request",
    "session.id": "s-1",
    "request_id": "req_01ab",
    "model": "claude-sonnet-4-5",
    "input_tokens": "1000",
    "output_tokens": "100",
    "cost_usd": "0.0045",
    "duration_ms": "900",
}


@pytest.mark.parametrize(
    ("scope", "body"),
    [
        ("com.anthropic.claude_code.events", "claude_code.api_request"),
        ("com.anthropic.claude_code.events", "x"),
        ("test", "claude_code.api_request"),
    ],
)
def test_claude_code_is_known_by_its_scope_or_its_body(scope: str, body: str) -> None:
    export = logs(log(CLAUDE_CODE, body), resource={"service.name": "release-bot"}, scope=scope)
    (made,) = mapped(export).drafts
    assert (made.row["provider"], made.row["input_tokens"]) == ("ClaudeCode", 1_000)
    assert made.identity == "req_01ab"


@pytest.mark.parametrize(
    ("service", "body", "attributes", "reason"),
    [
        (
            "claude-code",
            "claude_code.api_error",
            {"model": "claude-sonnet-4-5", "error": "overloaded", "status_code": "529"},
            "overloaded",
        ),
        (
            "gemini-cli",
            "gemini_cli.api_error",
            {"model": "gemini-2.5-pro", "error": "quota", "error_type": "429", "status_code": 429},
            "429",
        ),
        (
            "codex_cli_rs",
            "codex.api_request",
            {"model": "gpt-5", "http.response.status_code": 500, "error.message": "broken"},
            "broken",
        ),
        (
            "qwen-code",
            "qwen-code.api_error",
            {"model": "qwen3-coder-plus", "error": "timeout", "status_code": 504},
            "timeout",
        ),
    ],
)
def test_errors_of_assistants_are_failed_calls(
    service: str, body: str, attributes: dict[str, Any], reason: str
) -> None:
    export = logs(
        log({"event.name": body, **attributes, "attempt": 1}, body),
        log({"event.name": body, **attributes, "attempt": 2}, body),
        resource={"service.name": service},
    )
    first, second = mapped(export).drafts
    assert (first.row["stop_reason"], first.row["error_reason"]) == ("ERROR", reason)
    assert (first.row["input_tokens"], first.row["output_tokens"]) == (0, 0)
    assert first.row["error_code"] >= 400
    assert first.identity != second.identity


def test_codex_tells_no_failed_call_of_a_good_one() -> None:
    told = {"event.name": "codex.api_request", "model": "gpt-5", "http.response.status_code": 200}
    assert not mapped(logs(log(told, None), resource={"service.name": "codex_cli_rs"})).drafts


def test_qwen_code_and_the_newer_counts_of_codex() -> None:
    qwen = {
        "event.name": "qwen-code.api_response",
        "model": "qwen3-coder-plus",
        "input_token_count": 900,
        "output_token_count": 20,
        "cached_content_token_count": 600,
        "response_id": "chatcmpl-9f8e7d6c5b",
    }
    codex = {
        "event.name": "codex.sse_event",
        "model": "gpt-5.6",
        "input_token_count": 1000,
        "output_token_count": 50,
        "cached_token_count": 600,
        "cache_write_token_count": 300,
        "ttft_ms": 120,
        "duration_ms": 900,
    }
    (first,) = mapped(logs(log(qwen, None), resource={"service.name": "qwen-code"})).drafts
    assert (first.row["provider"], first.identity) == ("QwenCode", "chatcmpl-9f8e7d6c5b")
    (second,) = mapped(logs(log(codex, None), resource={"service.name": "codex_cli_rs"})).drafts
    told = ("input_tokens", "cache_read_tokens", "cache_creation_tokens", "time_to_first_token_ms")
    assert [second.row[name] for name in told] == [700, 600, 300, 120]


def test_cursor_counts_cached_tokens_beside_the_input_and_tells_its_own_charge() -> None:
    told = {
        "event.name": "cursor.api_request",
        "model": "gpt-5",
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_tokens": 900,
        "cost_usd": "0.04",
    }
    (made,) = mapped(logs(log(told, None), resource={"service.name": "cursor"})).drafts
    assert made.extras["totalCost"] == Decimal("0.04")
    assert (made.row["input_tokens"], made.row["cache_read_tokens"]) == (1_000, 900)
