"""Operations: what a span is about, by the words of all instrumentations."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.otlp.targets import COST_FACTS

UNKNOWN = "UNKNOWN"
"""The type of an operation that uses tokens and that nobody here knows."""


class Role(Enum):
    """What a span is: a call of a MODEL, the run of an AGENT or of what keeps several calls
    together, a call of a TOOL, or any OTHER step."""

    MODEL = "MODEL"
    AGENT = "AGENT"
    TOOL = "TOOL"
    OTHER = "OTHER"


MODEL, AGENT, TOOL, OTHER = Role
"""The roles by name, for what looks at every span: Python 3.11 takes ten times as long for a member
of an enum."""


class Operation(NamedTuple):
    """A role, and of a model call the type of it on the wire (IngestOperationType, or UNKNOWN)."""

    role: Role
    type: str = ""


def _words(role: Role, kind: str, words: str) -> dict[str, Operation]:
    return dict.fromkeys(words.split(), Operation(role, kind))


_OPERATIONS: Mapping[str, Operation] = {
    # OpenTelemetry's gen_ai.operation.name.
    **_words(MODEL, "CHAT", "chat"),
    **_words(MODEL, "GENERATE", "text_completion generate_content"),
    **_words(MODEL, "EMBED", "embeddings"),
    **_words(AGENT, "", "invoke_agent create_agent invoke_workflow"),
    **_words(TOOL, "", "execute_tool"),
    # litellm: CallTypes. The call type of a span that is no call of a model is not here.
    **_words(MODEL, "CHAT", "completion acompletion responses aresponses anthropic_messages"),
    **_words(MODEL, "GENERATE", "atext_completion generate_content_stream"),
    **_words(MODEL, "GENERATE", "agenerate_content agenerate_content_stream"),
    **_words(MODEL, "EMBED", "embedding aembedding embed"),
    **_words(MODEL, "RERANK", "rerank arerank reranker"),
    **_words(MODEL, "MODERATION", "moderation amoderation"),
    **_words(MODEL, "IMAGE", "image_generation aimage_generation"),
    **_words(MODEL, "AUDIO", "transcription atranscription speech aspeech"),
    # Semantic Kernel, and OpenLLMetry's llm.request.type.
    **_words(MODEL, "CHAT", "chat.completions chat.streaming_completions"),
    **_words(MODEL, "GENERATE", "text.completions text.streaming_completions"),
    # openinference.span.kind, mlflow.spanType, langsmith.span.kind, langfuse.observation.type,
    # traceloop.span.kind.
    **_words(MODEL, "CHAT", "llm chat_model generation"),
    **_words(AGENT, "", "agent workflow"),
    **_words(TOOL, "", "tool"),
    **_words(OTHER, "", "chain task span event retriever guardrail evaluator"),
    **_words(OTHER, "", "parser prompt memory unknown"),
    # sentry.op.
    **_words(MODEL, "CHAT", "gen_ai.chat gen_ai.responses gen_ai.messages gen_ai.create"),
    **_words(MODEL, "GENERATE", "gen_ai.generate_content gen_ai.generate_text"),
    **_words(MODEL, "CHAT", "gen_ai.stream_text gen_ai.generate_object gen_ai.stream_object"),
    **_words(MODEL, "EMBED", "gen_ai.embeddings gen_ai.embed gen_ai.embed_many"),
    **_words(AGENT, "", "gen_ai.invoke_agent gen_ai.pipeline gen_ai.handoff"),
    **_words(TOOL, "", "gen_ai.execute_tool"),
    # Vercel's AI SDK: ai.operationId. The operation stands around the calls that it makes.
    **_words(AGENT, "", "ai.generatetext ai.streamtext ai.generateobject ai.streamobject"),
    **_words(AGENT, "", "ai.embed ai.embedmany ai.rerank"),
    **_words(MODEL, "CHAT", "ai.generatetext.dogenerate ai.streamtext.dostream"),
    **_words(MODEL, "CHAT", "ai.generateobject.dogenerate ai.streamobject.dostream"),
    **_words(MODEL, "EMBED", "ai.embed.doembed ai.embedmany.doembed"),
    **_words(MODEL, "RERANK", "ai.rerank.dorerank"),
    **_words(TOOL, "", "ai.toolcall"),
}
"""Word in lower case → what it says."""
_PARTS: Mapping[str, str] = {
    "embed": "EMBED",
    "rerank": "RERANK",
    "moderat": "MODERATION",
    "image": "IMAGE",
    "transcri": "AUDIO",
    "speech": "AUDIO",
    "chat": "CHAT",
}
"""A part of a word that nobody knows → the type of call that it is, if it is one."""
_FACTS = ("operation", "ai_operation", "span_kind", "request_type")
"""Where an operation is told, the most trusted first."""
_NOTHING = Operation(OTHER)


@lru_cache(maxsize=1_024)
def _operation_of_word(word: str) -> Operation | None:
    return _OPERATIONS.get(word.strip("\"' ").lower())


@lru_cache(maxsize=1_024)
def _guess_type(word: str) -> str:
    """The type of call that an unknown word says."""
    lower = word.lower()
    for part, kind in _PARTS.items():
        if part in lower:
            return kind
    return UNKNOWN


def operation_of(facts: Mapping[str, Any]) -> Operation | None:
    """What a record is about, by the first word that is known; by an unknown one, a model call if
    it names a model and uses tokens (or OTHER); None where nothing is told."""
    unknown = ""
    told = facts.get("operation")
    if told is not None:
        # Nearly always.
        found = _operation_of_word(told)
        if found is not None and found.role is not OTHER:
            return found
    for name in _FACTS:
        word = facts.get(name)
        if word is None:
            continue
        found = _operation_of_word(word)
        if found is not None and (found.role is not OTHER or not is_usage(facts)):
            return found
        unknown = unknown or word
    if "mcp_method" in facts:
        return Operation(TOOL if facts["mcp_method"] == "tools/call" else OTHER)
    if not unknown:
        return None
    if is_usage(facts):
        return Operation(MODEL, _guess_type(unknown))
    return _NOTHING if "operation" in facts or _operation_of_word(unknown) else None


def is_usage(facts: Mapping[str, Any]) -> bool:
    """Whether a record names a model and what was used of it."""
    return ("model" in facts or "asked_model" in facts) and tells_of_use(facts)


_SELDOM = ("passed_cache_read", "older_cache_read", "searches", *COST_FACTS)
"""Facts that tell of use, beside the plain counts of tokens."""


def tells_of_use(facts: Mapping[str, Any]) -> bool:
    """Whether any count, or the stated cost, is positive."""
    get = facts.get
    return bool(
        get("input")
        or get("output")
        or get("total")
        or get("cache_read")
        or get("cache_creation")
        or get("reasoning")
        or any(map(get, _SELDOM))
    )
