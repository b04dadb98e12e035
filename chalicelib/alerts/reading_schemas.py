"""The wire of what a rule is evaluated on."""

from datetime import date, datetime

from pydantic import Field

from chalicelib.budgets.schemas import Number
from chalicelib.budgets.vocabulary import AlertMetricType
from chalicelib.resources.schemas import Wire


class MetricReadingGroup(Wire):
    """The value of one group."""

    groupValue: str | None = None
    groupDisplayName: str | None = None
    value: Number | None = None
    previousValue: Number | None = None
    expectedValue: Number | None = None
    conditionMet: bool


class BilledMembers(Wire):
    """What a value of providers' bills lacks; null where it is one of calls."""

    unreadDays: list[date] | None = Field(
        None, description="past UTC days whose bill is not known: not in the value"
    )
    unsettledDays: list[date] | None = Field(
        None, description="days that providers may still change, as far as they were read"
    )
    unconvertedLines: int | None = Field(
        None, description="lines in a currency without a rate: not in the value"
    )


class AlertMetricReading(BilledMembers):
    """What a rule is evaluated on at this moment."""

    anomalyId: str
    metricType: AlertMetricType
    value: Number | None = Field(None, description="null: there is none")
    previousValue: Number | None = Field(None, description="of RELATIVE_CHANGE")
    expectedValue: Number | None = Field(None, description="of ANOMALY: the median of past weeks")
    conditionMet: bool
    windowStart: datetime
    windowEnd: datetime
    groups: list[MetricReadingGroup] | None = None
    groupCount: int | None = Field(None, description="groups in all, when more than are shown")
    sampleCount: int | None = Field(None, description="facts, of QUALITY_RATE")
    unpricedCount: int | None = Field(None, description="calls whose cost is unknown, not counted")
