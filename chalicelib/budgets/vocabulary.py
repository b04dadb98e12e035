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


class CostControlWindowType(StrEnum):
    """The calendar window (UTC) in which is counted."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


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
