"""Whose bills are known, and in what words."""

from enum import StrEnum


class BillingProvider(StrEnum):
    """Who bills, as the wire names them."""

    ANTHROPIC = "anthropic"
    ANTHROPIC_ENTERPRISE = "anthropic_enterprise"
    OPENAI = "openai"
    AZURE = "azure"
    BEDROCK = "bedrock"
    VERTEX = "vertex"
    OPENROUTER = "openrouter"
    LITELLM = "litellm"
    RUNWAY = "runway"
    FAL = "fal"
    CURSOR = "cursor"
    GITHUB_COPILOT = "github_copilot"


class UsageType(StrEnum):
    """What was used, as the wire names it."""

    COMPLETION = "completion"
    IMAGE = "image"
    EMBEDDING = "embedding"
    AUDIO = "audio"
    VIDEO = "video"


class TokenKind(StrEnum):
    """What kind of tokens a billed amount is for; empty where it is for none, or for several."""

    INPUT = "input"
    OUTPUT = "output"
    CACHE_READ = "cache_read"
    CACHE_CREATION = "cache_creation"
    CACHE_CREATION_5M = "cache_creation_5m"
    CACHE_CREATION_1H = "cache_creation_1h"
    NONE = ""


class SyncStatus(StrEnum):
    """How the last read of a bill went."""

    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


class ConnectionStatus(StrEnum):
    """What is known of a token."""

    PENDING = "PENDING"
    VALID = "VALID"
    INVALID = "INVALID"


class LimitPeriod(StrEnum):
    """How often a provider's own spend limit begins anew, in the words of cost controls."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
