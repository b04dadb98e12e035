"""The words of charts on the wire."""

from enum import StrEnum


class ChartType(StrEnum):
    """How a chart is drawn."""

    LINE = "line"
    BAR = "bar"
    COLUMN = "column"
    DUAL_AXIS = "dual-axis"
    PIE = "pie"


class ChartMode(StrEnum):
    """A point a bucket, or a value a group."""

    TIME = "time"
    AGGREGATE = "aggregate"


class ChartDateRange(StrEnum):
    """A span that ends now, or one with bounds of its own."""

    HOUR = "1h"
    EIGHT_HOURS = "8h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    HALF_YEAR = "180d"
    YEAR = "365d"
    CUSTOM = "custom"


class ChartTimeGrain(StrEnum):
    """The width of a bucket; weeks begin on Monday."""

    AUTO = "auto"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ChartDimension(StrEnum):
    """By what a chart is grouped and filtered: calls by what they say, jobs by what they are and
    what came of them, budgets by their name."""

    ORGANIZATION = "ORGANIZATION"
    CREDENTIAL = "CREDENTIAL"
    PRODUCT = "PRODUCT"
    MODEL = "MODEL"
    PROVIDER = "PROVIDER"
    AGENT = "AGENT"
    SUBSCRIBER = "SUBSCRIBER"
    TASK_TYPE = "TASK_TYPE"
    JOB_TYPE = "JOB_TYPE"
    JOB_ENVIRONMENT = "JOB_ENVIRONMENT"
    EXECUTION_STATUS = "EXECUTION_STATUS"
    OUTCOME_TYPE = "OUTCOME_TYPE"
    BUDGET = "BUDGET"


class Calculation(StrEnum):
    """What is made of a metric. For additive ones, `average` is the mean of the buckets of the
    range; for durations it is the mean of the calls, as is `p95` the duration that 95 of a hundred
    do not exceed."""

    TOTAL = "total"
    AVERAGE = "average"
    PER_REQUEST = "per-request"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    PERCENTAGE = "percentage"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"


class Axis(StrEnum):
    """The axis that a series is drawn on."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


IMPLIED_MODES = {
    ChartType.LINE: ChartMode.TIME,
    ChartType.BAR: ChartMode.AGGREGATE,
    ChartType.PIE: ChartMode.AGGREGATE,
}
"""Chart types that know one mode; whatever a configuration says, they are drawn so."""
