"""What other products export, a little of each, in the shapes that they publish."""

import json
from typing import Any

SPEND_LOG: dict[str, Any] = {
    "request_id": "chatcmpl-ll-1",
    "call_type": "acompletion",
    "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
    "spend": 0.0123,
    "total_tokens": 1_100,
    "prompt_tokens": 1_000,
    "completion_tokens": 100,
    "startTime": "2026-11-20T10:00:00.000Z",
    "endTime": "2026-11-20T10:00:02.500Z",
    "completionStartTime": "2026-11-20T10:00:00.700Z",
    "model": "gpt-4o-mini",
    "model_group": "cheap",
    "custom_llm_provider": "openai",
    "user": "u-1",
    "end_user": "ida@halden.example",
    "metadata": {
        "user_api_key_alias": "checkout",
        "usage_object": {
            "prompt_tokens_details": {"cached_tokens": 400},
            "completion_tokens_details": {"reasoning_tokens": 30},
        },
    },
    "cache_hit": "False",
    "session_id": "s-1",
    "status": "success",
}
USAGE: dict[str, Any] = {
    "input_tokens": 10,
    "cache_creation_input_tokens": 300,
    "cache_read_input_tokens": 2_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
    "output_tokens": 3,
    "server_tool_use": {"web_search_requests": 2},
    "service_tier": "standard",
    "speed": "standard",
}
QUESTION: dict[str, Any] = {
    "type": "user",
    "uuid": "u1",
    "parentUuid": None,
    "sessionId": "sess-1",
    "timestamp": "2026-11-20T10:00:00.000Z",
    "message": {"role": "user", "content": "what now?"},
}


def answer(output: int, stop: str | None = None, **line: Any) -> dict[str, Any]:
    """A part of an answer in a transcript of Claude Code."""
    message = {
        "id": "msg_1",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": stop,
        "usage": USAGE | {"output_tokens": output},
    }
    return {
        "type": "assistant",
        "uuid": f"a{output}",
        "parentUuid": "u1",
        "sessionId": "sess-1",
        "requestId": "req_1",
        "timestamp": "2026-11-20T10:00:04.000Z",
        "version": "2.1.126",
        "entrypoint": "cli",
        "message": message,
    } | line


SNAPSHOT = {"type": "file-history-snapshot", "messageId": "m", "snapshot": {}}
OBSERVATION: dict[str, Any] = {
    "id": "obs-1",
    "trace_id": "t-1",
    "type": "GENERATION",
    "parent_observation_id": "",
    "start_time": "2026-11-20 10:00:00.000000",
    "end_time": "2026-11-20 10:00:03.000000",
    "completion_start_time": "2026-11-20 10:00:01.000000",
    "name": "answer",
    "level": "DEFAULT",
    "provided_model_name": "gpt-4o-mini",
    "usage_details": {
        "input": 600,
        "input_cached_tokens": 400,
        "output": 70,
        "output_reasoning_tokens": 30,
        "total": 1_100,
    },
    "total_cost": 0.0042,
    "user_id": "u-7",
    "metadata": {"attributes": {"gen_ai.system": "openai"}},
}
CAMEL_OBSERVATION = {
    "id": "obs-2",
    "traceId": "t-1",
    "type": "GENERATION",
    "startTime": "2026-11-20T10:00:00.000Z",
    "endTime": "2026-11-20T10:00:03.000Z",
    "model": "gpt-4o-mini",
    "usage": {"input": 1_000, "output": 100, "total": 1_100, "unit": "TOKENS"},
}
_DAYS = {"start_time": 1_763_596_800, "end_time": 1_763_683_200, "object": "bucket"}
_SPAN = {"starting_at": "2026-11-20T00:00:00Z", "ending_at": "2026-11-21T00:00:00Z"}
_CCUSAGE = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3, "totalCost": 0.5}


def _page(*items: Any) -> str:
    return json.dumps({"object": "page", "data": items, "has_more": False}, indent=2)


REFUSED: dict[str, tuple[str, str]] = {
    "OpenAI usage": (
        "a usage report of OpenAI",
        _page(_DAYS | {"results": [{"input_tokens": 1, "num_model_requests": 5}]}),
    ),
    "OpenAI costs": (
        "a cost report of OpenAI",
        _page(_DAYS | {"results": [{"amount": {"value": 0.06, "currency": "usd"}}]}),
    ),
    "OpenAI costs, CSV": (
        "a cost report of OpenAI",
        "start_time,start_time_iso,end_time,amount_value,line_item\n1,2,3,4,x\n",
    ),
    "Anthropic usage": (
        "a usage report of Anthropic",
        _page(_SPAN | {"results": [{"uncached_input_tokens": 5, "output_tokens": 1}]}),
    ),
    "Anthropic costs": (
        "a cost report of Anthropic",
        _page(_SPAN | {"results": [{"amount": "123.45", "currency": "USD"}]}),
    ),
    "Anthropic analytics": (
        "a usage and cost report of Anthropic",
        json.dumps({"data": [_SPAN | {"group": {}, "cost": {"amount": "1.5"}}]}),
    ),
    "Claude Code analytics": (
        "Anthropic's report on Claude Code",
        _page({"date": "2026-11-20", "actor": {}, "core_metrics": {}, "model_breakdown": []}),
    ),
    "ccusage daily": (
        "a report of ccusage",
        json.dumps({"daily": [_CCUSAGE | {"date": "2026-11-20"}], "totals": _CCUSAGE}, indent=2),
    ),
    "ccusage blocks": ("a report of ccusage", json.dumps({"blocks": [{"costUSD": 1}]}, indent=2)),
    "Codex": (
        "a session of Codex",
        json.dumps(
            {
                "timestamp": "2026-11-20T10:00:00.000Z",
                "type": "session_meta",
                "payload": {"id": "s-1", "cwd": "/", "cli_version": "0.154.0"},
            }
        )
        + "\n",
    ),
    "OpenAI, nothing": (
        "a report of OpenAI that is empty",
        json.dumps({"object": "page", "data": [], "has_more": False, "next_page": None}),
    ),
    "FOCUS": (
        "a FOCUS cost report",
        "BilledCost,EffectiveCost,ChargePeriodStart,ServiceName\n1,1,2026-11-20,Bedrock\n",
    ),
    "Langfuse traces": (
        "an export of Langfuse's traces",
        json.dumps(
            {
                "id": "t",
                "timestamp": "2026-11-20 10:00:00",
                "name": "n",
                "bookmarked": False,
                "public": False,
                "session_id": "",
            }
        ),
    ),
}
