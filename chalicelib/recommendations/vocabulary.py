"""The words of runs and feedback on the wire."""

from enum import StrEnum


class RunStatus(StrEnum):
    """Where a run stands. All but RUNNING are final."""

    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TriggeredBy(StrEnum):
    """Who has begun a run."""

    USER = "user"
    SYSTEM = "system"
    SCHEDULE = "schedule"
    API = "api"


class FeedbackAction(StrEnum):
    """What was done about an advice."""

    ACKNOWLEDGED = "acknowledged"
    IMPLEMENTED = "implemented"
    DISMISSED = "dismissed"
    NOT_APPLICABLE = "not_applicable"
    ALREADY_AWARE = "already_aware"


class AnalyzedSegment(StrEnum):
    """Which calls a run is about."""

    METERED = "metered_api"
    ALL = "metered_api_and_coding_assistants"
