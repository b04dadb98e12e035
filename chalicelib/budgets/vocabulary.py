"""The words of budgets on the wire."""

from enum import StrEnum


class CostControlMetricType(StrEnum):
    """What a cost control counts."""

    TOTAL_COST = "TOTAL_COST"
    TOKEN_COUNT = "TOKEN_COUNT"  # noqa: S105 - a word of the wire
    INPUT_TOKEN_COUNT = "INPUT_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    OUTPUT_TOKEN_COUNT = "OUTPUT_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    CACHED_TOKEN_COUNT = "CACHED_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    ERROR_COUNT = "ERROR_COUNT"
    IMAGE_COUNT = "IMAGE_COUNT"
    VIDEO_COUNT = "VIDEO_COUNT"
    AUDIO_COUNT = "AUDIO_COUNT"
    CHARACTER_COUNT = "CHARACTER_COUNT"
    CREDITS_CONSUMED = "CREDITS_CONSUMED"


class AlertMetricType(StrEnum):
    """What an alert rule watches: USD, tokens and other counts, milliseconds, numbers a minute, and
    percents of rates. MARGIN, which is ours, is what is left of revenue after cost, in USD."""

    TOTAL_COST = "TOTAL_COST"
    COST_PER_TRANSACTION = "COST_PER_TRANSACTION"
    TOKENS_PER_MINUTE = "TOKENS_PER_MINUTE"
    TOKEN_COUNT = "TOKEN_COUNT"  # noqa: S105 - a word of the wire
    INPUT_TOKEN_COUNT = "INPUT_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    OUTPUT_TOKEN_COUNT = "OUTPUT_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    CACHED_TOKEN_COUNT = "CACHED_TOKEN_COUNT"  # noqa: S105 - a word of the wire
    TOKENS_PER_REQUEST = "TOKENS_PER_REQUEST"
    TIME_TO_FIRST_TOKEN = "TIME_TO_FIRST_TOKEN"  # noqa: S105 - a word of the wire
    DURATION = "DURATION"
    ERROR_COUNT = "ERROR_COUNT"
    ERROR_RATE = "ERROR_RATE"
    QUALITY_RATE = "QUALITY_RATE"
    REQUESTS_PER_MINUTE = "REQUESTS_PER_MINUTE"
    REQUEST_COUNT = "REQUEST_COUNT"
    IMAGE_COUNT = "IMAGE_COUNT"
    DURATION_SECONDS = "DURATION_SECONDS"
    CHARACTER_COUNT = "CHARACTER_COUNT"
    CREDITS_CONSUMED = "CREDITS_CONSUMED"
    COST_PER_IMAGE = "COST_PER_IMAGE"
    COST_PER_SECOND = "COST_PER_SECOND"
    VIDEO_COUNT = "VIDEO_COUNT"
    AUDIO_COUNT = "AUDIO_COUNT"
    MARGIN = "MARGIN"


class CostControlWindowType(StrEnum):
    """The calendar window (UTC) in which is counted. HOURLY and YEARLY are ours."""

    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"


class UnpricedCalls(StrEnum):
    """What a call counts for in a limit of cost while nobody knows its price, which is ours:
    nothing, what was reserved for it, or its tokens at a price of the rule's own."""

    ZERO = "ZERO"
    ESTIMATE = "ESTIMATE"
    FALLBACK = "FALLBACK"


class CostControlAction(StrEnum):
    """What is to happen when the limit is reached. THROTTLE is a word of former times: it never
    blocks."""

    BLOCK = "BLOCK"
    WARN_ONLY = "WARN_ONLY"
    THROTTLE = "THROTTLE"


class AlertDimension(StrEnum):
    """What rules are narrowed and grouped by."""

    ORGANIZATION = "ORGANIZATION"
    CREDENTIAL = "CREDENTIAL"
    PRODUCT = "PRODUCT"
    MODEL = "MODEL"
    PROVIDER = "PROVIDER"
    AGENT = "AGENT"
    SUBSCRIBER = "SUBSCRIBER"
    TASK_TYPE = "TASK_TYPE"
    WORKSPACE = "WORKSPACE"
    API_KEY = "API_KEY"
    DEPARTMENT = "DEPARTMENT"


class AlertFilterOperator(StrEnum):
    """How a value is compared with what a call says."""

    IS = "IS"
    IS_NOT = "IS_NOT"
    CONTAINS = "CONTAINS"
    STARTS_WITH = "STARTS_WITH"
    ENDS_WITH = "ENDS_WITH"
    IN = "IN"
