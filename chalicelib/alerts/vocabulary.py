"""The words of alerts on the wire."""

from enum import StrEnum


class AlertRuleType(StrEnum):
    """How a rule looks: at a rolling window, at a window against the one before it, at a budget of
    a calendar window; ANOMALY, which is ours, at the last hour against the same hour of the week
    before."""

    THRESHOLD = "THRESHOLD"
    RELATIVE_CHANGE = "RELATIVE_CHANGE"
    CUMULATIVE_USAGE = "CUMULATIVE_USAGE"
    ANOMALY = "ANOMALY"


class AlertThresholdOperator(StrEnum):
    """How a value is held against the threshold. The first four compare the value, the last four
    its change; INCREASES_BY and DECREASES_BY in the unit of the metric unless the rule says
    percent."""

    GREATER_THAN = "GREATER_THAN"
    GREATER_THAN_OR_EQUAL_TO = "GREATER_THAN_OR_EQUAL_TO"
    LESS_THAN = "LESS_THAN"
    LESS_THAN_OR_EQUAL_TO = "LESS_THAN_OR_EQUAL_TO"
    INCREASES_BY = "INCREASES_BY"
    DECREASES_BY = "DECREASES_BY"
    PERCENT_INCREASE = "PERCENT_INCREASE"
    PERCENT_DECREASE = "PERCENT_DECREASE"


class AlertPeriod(StrEnum):
    """The length of a window."""

    ONE_MINUTE = "ONE_MINUTE"
    FIVE_MINUTES = "FIVE_MINUTES"
    FIFTEEN_MINUTES = "FIFTEEN_MINUTES"
    THIRTY_MINUTES = "THIRTY_MINUTES"
    ONE_HOUR = "ONE_HOUR"
    TWELVE_HOURS = "TWELVE_HOURS"
    TWENTY_FOUR_HOURS = "TWENTY_FOUR_HOURS"
    SEVEN_DAYS = "SEVEN_DAYS"
    THIRTY_DAYS = "THIRTY_DAYS"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"


class DataSource(StrEnum):
    """What is measured: metered calls, or what providers bill."""

    SDK = "SDK"
    PROVIDER = "PROVIDER"


class FiringState(StrEnum):
    """Whether a rule fires now. UNKNOWN: it could not be evaluated, or was not yet."""

    FIRING = "FIRING"
    NOT_FIRING = "NOT_FIRING"
    UNKNOWN = "UNKNOWN"


class AlertAction(StrEnum):
    """What a rule that fires does besides telling."""

    BLOCK = "BLOCK"
    WARN_ONLY = "WARN_ONLY"


class Sensitivity(StrEnum):
    """How far from usual is an anomaly: HIGH finds most."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Risk(StrEnum):
    """How much of a budget is gone, the least first: less than 70 %, from 70, 90 and 100 %."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"
