"""What LiteLLM knows of a call, in the names of Meterlake. No prompt and no answer is passed on."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import litellm

Facts = dict[str, Any]
_CAPS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
_TEXTS = ("messages", "input", "prompt", "system", "instructions", "tools")
_MOST_COUNTED = 100_000
"""Characters that a tokenizer is run over; it takes some milliseconds by then."""
_CHARACTERS_A_TOKEN = 3
"""Of long texts; most languages and codes have more, so that too much is held rather than too
little."""
_STOP_REASONS = {
    "stop": "END",
    "length": "TOKEN_LIMIT",
    "tool_calls": "TOOL_CALL",
    "function_call": "TOOL_CALL",
    "content_filter": "CONTENT_FILTER",
}
_KNOWN_TO_PROXY = {
    "user_api_key_org_alias": "organizationName",
    "user_api_key_user_id": "subscriberId",
    "user_api_key_user_email": "subscriberEmail",
    "user_api_key_alias": "credentialAlias",
}
_log = logging.getLogger("meterlake_guard")


def request_of(kwargs: Mapping[str, Any], default_output: int | None) -> Facts:
    """What a call may use at most, from its arguments."""
    provider, model = _vendor_of(kwargs)
    facts: Facts = {
        "provider": provider,
        "model": model,
        "inputTokenCount": _count_input(kwargs, model),
        "maxOutputTokenCount": _cap_of(kwargs, model, default_output),
    }
    return facts


def event_of(kwargs: Mapping[str, Any], answer: Any, times: tuple[datetime, datetime]) -> Facts:
    """The metering event of a call that was answered."""
    began, ended = (moment.astimezone(UTC) for moment in times)
    first = kwargs.get("completion_start_time")
    usage = getattr(answer, "usage", None)
    is_embedding = type(answer).__name__ == "EmbeddingResponse"
    return {
        "provider": str(kwargs.get("custom_llm_provider") or "litellm"),
        "model": str(kwargs.get("model")),
        "requestTime": began.isoformat(),
        "responseTime": ended.isoformat(),
        "completionStartTime": first.astimezone(UTC).isoformat() if first else None,
        "requestDuration": max(0, round((ended - began).total_seconds() * 1_000)),
        "isStreamed": bool(kwargs.get("stream")),
        "stopReason": _stop_reason_of(answer),
        "operationType": "EMBED" if is_embedding else "CHAT",
        "costType": "AI",
        "modelSource": "LITELLM",
        "middlewareSource": "PYTHON",
        **_tokens_of(usage),
    }


def attribution_of(metadata: Mapping[str, Any]) -> Facts:
    """Whom a call is for: what its metadata says under `meterlake`, and over it what a proxy knows
    of the key, which no caller may deny."""
    said = metadata.get("meterlake")
    facts: Facts = dict(said) if isinstance(said, Mapping) else {}
    for name, member in _KNOWN_TO_PROXY.items():
        if metadata.get(name):
            facts[member] = metadata[name]
    if "organizationName" not in facts and metadata.get("user_api_key_team_alias"):
        facts["organizationName"] = metadata["user_api_key_team_alias"]
    return facts


def _vendor_of(kwargs: Mapping[str, Any]) -> tuple[str, str]:
    """Provider and model, as the event after the call will name them."""
    model = str(kwargs.get("model") or "")
    try:
        name, provider, *_ = litellm.get_llm_provider(
            model,
            custom_llm_provider=kwargs.get("custom_llm_provider"),
            api_base=kwargs.get("api_base"),
        )
    except litellm.exceptions.BadRequestError:
        return "litellm", model
    return str(provider), str(name)


def _count_input(kwargs: Mapping[str, Any], model: str) -> int:
    """Tokens that the call sends: counted, or estimated from above where that would take long."""
    characters = sum(_length(kwargs.get(name)) for name in _TEXTS)
    messages = kwargs.get("messages")
    if characters > _MOST_COUNTED or not isinstance(messages, list):
        return characters // _CHARACTERS_A_TOKEN + 1
    try:
        return int(litellm.token_counter(model, messages=messages, tools=kwargs.get("tools")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        _log.debug("tokens were estimated: %s", error)
        return characters // _CHARACTERS_A_TOKEN + 1


def _length(value: Any) -> int:
    """Characters of all texts within a value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_length, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return sum(map(_length, value))
    return 0 if value is None else 1


def _cap_of(kwargs: Mapping[str, Any], model: str, default: int | None) -> int | None:
    """Tokens that may be answered: what the call says, else the default, else what the model can;
    None when nobody knows."""
    caps = [kwargs[name] for name in _CAPS if isinstance(kwargs.get(name), int)]
    cap = min(caps) if caps else default
    if cap is None:
        known = litellm.model_cost.get(model) or {}
        cap = 0 if known.get("mode") == "embedding" else known.get("max_output_tokens")
    answers = kwargs.get("n")
    return cap if cap is None else cap * (answers if isinstance(answers, int) else 1)


def _tokens_of(usage: Any) -> Facts:
    """Token counts, the cached ones beside the input, which the total proves. LiteLLM counts them
    within it, of every provider."""
    prompt = _whole(usage, "prompt_tokens") or _whole(usage, "input_tokens")
    output = _whole(usage, "completion_tokens") or _whole(usage, "output_tokens")
    details = getattr(usage, "prompt_tokens_details", None)
    details = details or getattr(usage, "input_tokens_details", None)
    read = _whole(details, "cached_tokens") or _whole(usage, "cache_read_input_tokens")
    written = _whole(usage, "cache_creation_input_tokens")
    written = written or _whole(details, "cache_creation_tokens")
    hour = getattr(details, "cache_creation_token_details", None)
    is_inside = read + written <= prompt
    fresh = prompt - read - written if is_inside else prompt
    thought = getattr(usage, "completion_tokens_details", None)
    thought = thought or getattr(usage, "output_tokens_details", None)
    return {
        "inputTokenCount": fresh,
        "outputTokenCount": output,
        "totalTokenCount": fresh + output + read + written,
        "cacheReadTokenCount": read,
        "cacheCreationTokenCount": written,
        "cacheCreation1hTokenCount": _whole(hour, "ephemeral_1h_input_tokens") or None,
        "reasoningTokenCount": _whole(thought, "reasoning_tokens"),
    }


def _whole(holder: Any, name: str) -> int:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) else 0


def _stop_reason_of(answer: Any) -> str:
    choices = getattr(answer, "choices", None)
    reason = getattr(choices[0], "finish_reason", None) if choices else None
    return _STOP_REASONS.get(str(reason), "END")
