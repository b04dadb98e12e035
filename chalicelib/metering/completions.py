"""Completions: the draft of one LLM or embedding call."""

from chalicelib.metering.bodies import BodyKind, draft_of
from chalicelib.metering.drafts import Draft
from chalicelib.metering.schemas import AiCompletionIngest

_COMPLETION = BodyKind(
    kind="COMPLETION",
    operation="CHAT",
    texts={"model_host": ("modelHost", 50)},
    values={
        "time_to_first_token_ms": "timeToFirstToken",
        "reasoning_tokens": "reasoningTokenCount",
        "cache_read_tokens": "cacheReadTokenCount",
        "cache_creation_tokens": "cacheCreationTokenCount",
        "cache_creation_5m_tokens": "cacheCreation5mTokenCount",
        "cache_creation_1h_tokens": "cacheCreation1hTokenCount",
    },
    extras="""
        cacheCreationTokenCost cacheReadTokenCost clientSurface codingAssistantAccountUuid
        costMultiplier effort entrypoint failureCode inputTokenCost mediationLatency
        outputTokenCost promptId promptLength querySource responseQualityScore
        skillInvocationTrigger skillKind skillMarketplaceName skillName skillPluginName skillSource
        skipReason speed subagentType subscriberEmailSource subscriptionTier systemFingerprint
        taskId temperature
    """.split(),
)


def completion_draft(body: AiCompletionIngest) -> Draft:
    """The draft of a completion."""
    return draft_of(_COMPLETION, body)
