"""The words of the wire: operation types, stop reasons, cost types and their like."""

from enum import StrEnum


class IngestOperationType(StrEnum):
    """What the call was for."""

    CHAT = "CHAT"
    GENERATE = "GENERATE"
    EMBED = "EMBED"
    CLASSIFY = "CLASSIFY"
    SUMMARIZE = "SUMMARIZE"
    TRANSLATE = "TRANSLATE"
    TOOL_CALL = "TOOL_CALL"
    RERANK = "RERANK"
    SEARCH = "SEARCH"
    MODERATION = "MODERATION"
    VISION = "VISION"
    TRANSFORM = "TRANSFORM"
    GUARDRAIL = "GUARDRAIL"
    AUDIO = "AUDIO"
    VIDEO = "VIDEO"
    IMAGE = "IMAGE"
    OTHER = "OTHER"


class IngestStopReason(StrEnum):
    """Why the answer ended."""

    END = "END"
    END_SEQUENCE = "END_SEQUENCE"
    TIMEOUT = "TIMEOUT"
    TOKEN_LIMIT = "TOKEN_LIMIT"  # noqa: S105 - a word of the wire
    COST_LIMIT = "COST_LIMIT"
    COMPLETION_LIMIT = "COMPLETION_LIMIT"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    CONTENT_FILTER = "CONTENT_FILTER"
    TOOL_CALL = "TOOL_CALL"


class IngestCostType(StrEnum):
    """What the cost is for; clients send AI or nothing."""

    AI = "AI"
    TEXT_TOKEN_INPUT = "TEXT_TOKEN_INPUT"  # noqa: S105 - a word of the wire
    TEXT_TOKEN_OUTPUT = "TEXT_TOKEN_OUTPUT"  # noqa: S105 - a word of the wire
    TEXT_TOKEN_CACHE_CREATION = "TEXT_TOKEN_CACHE_CREATION"  # noqa: S105 - a word of the wire
    TEXT_TOKEN_CACHE_READ = "TEXT_TOKEN_CACHE_READ"  # noqa: S105 - a word of the wire
    IMAGE_GENERATION = "IMAGE_GENERATION"
    AUDIO_TRANSCRIPTION = "AUDIO_TRANSCRIPTION"
    AUDIO_GENERATION = "AUDIO_GENERATION"
    VIDEO_GENERATION = "VIDEO_GENERATION"
    CREDITS = "CREDITS"


class IngestPricingTier(StrEnum):
    """Standard or batch prices."""

    STANDARD = "STANDARD"
    BATCH = "BATCH"


class IngestCompletionSkipReason(StrEnum):
    """Why a call was not billed."""

    FREE_TIER = "FREE_TIER"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    CONTENT_POLICY_VIOLATION = "CONTENT_POLICY_VIOLATION"
    CAPACITY_UNAVAILABLE = "CAPACITY_UNAVAILABLE"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class IngestSkillSource(StrEnum):
    """Where a coding assistant's skill came from."""

    bundled = "bundled"
    projectSettings = "projectSettings"
    userSettings = "userSettings"
    plugin = "plugin"


class IngestSourceType(StrEnum):
    """What kind of place an API or generic event came from."""

    UNKNOWN = "UNKNOWN"
    AI = "AI"
    SDK_PYTHON = "SDK_PYTHON"
    SDK_JS = "SDK_JS"
    SDK_JVM = "SDK_JVM"
    SDK_SPRING = "SDK_SPRING"
    SDK_DOTNET = "SDK_DOTNET"
    SDK_GOLANG = "SDK_GOLANG"
    SDK_RUST = "SDK_RUST"
    EBPF = "EBPF"
    AWS = "AWS"
    AZURE = "AZURE"
    SNOWFLAKE = "SNOWFLAKE"
    KONG = "KONG"
    GRAVITEE = "GRAVITEE"
    MULESOFT = "MULESOFT"
    BOOMI = "BOOMI"
    REVENIUM = "REVENIUM"
    INTERNAL = "INTERNAL"


class IngestBillingUnit(StrEnum):
    """What the vendor charges by."""

    PER_IMAGE = "PER_IMAGE"
    PER_MINUTE = "PER_MINUTE"
    PER_SECOND = "PER_SECOND"
    PER_CHARACTER = "PER_CHARACTER"
    PER_TOKEN = "PER_TOKEN"  # noqa: S105 - a word of the wire
    CREDITS = "CREDITS"


class IngestMediaSkipReason(StrEnum):
    """Why an audio, image or video call was not billed."""

    FREE_TIER = "FREE_TIER"
    RATE_LIMITED = "RATE_LIMITED"
    ERROR_RESPONSE = "ERROR_RESPONSE"
    INTERNAL_TEST = "INTERNAL_TEST"


class IngestVideoCompletionStatus(StrEnum):
    """How a video job ended."""

    SUCCESS = "SUCCESS"
    PARTIAL_TIMEOUT = "PARTIAL_TIMEOUT"
    FAILED = "FAILED"


class HttpMethod(StrEnum):
    """The method of a metered API call."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"
    PATCH = "PATCH"
    OPTIONS = "OPTIONS"
    HEAD = "HEAD"
