"""The wire of fired alerts."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib.alerts.schemas import AiAnomalyResource
from chalicelib.budgets.schemas import Number
from chalicelib.budgets.vocabulary import AlertMetricType
from chalicelib.resources.schemas import (
    READ_ONLY,
    Members,
    PageQuery,
    RecordMembers,
    ResourceReference,
    Text,
    Wire,
    build_page_model,
)


class CrossedLine(Wire):
    """A line of a budget that its use has passed."""

    threshold: Number
    value: Number
    timestamp: datetime


class AiAlertResource(RecordMembers):
    """One firing of an alert rule. Those that follow `team` are ours."""

    anomaly: AiAnomalyResource | None = Field(None, description="the rule, as it is today")
    groupDisplayName: str | None = None
    triggeredTimestamp: datetime | None = None
    triggeredValue: Number
    resolved: bool | None = None
    resolvedTimestamp: datetime | None = None
    duration: int | None = Field(None, description="ms until it was resolved, or until now")
    includesPreRuleActivity: bool | None = Field(
        None, description="the window began before the rule was made"
    )
    createdBy: str | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    metricType: AlertMetricType | None = None
    threshold: Number | None = Field(None, description="of the rule when it fired")
    previousValue: Number | None = None
    expectedValue: Number | None = Field(None, description="what is usual at this hour")
    crossedThresholds: list[CrossedLine] | None = None
    resolvedBy: str | None = Field(None, description="who resolved it by hand")
    acknowledged: bool | None = None
    acknowledgedBy: str | None = None
    acknowledgedTimestamp: datetime | None = None
    snoozedUntil: datetime | None = None
    note: str | None = None


class AiAlertChange(Members):
    """What may be changed of a fired alert; other members are ignored, so that one that was read
    may be sent back."""

    resolved: bool | None = Field(None, description="true ends it; nothing opens it again")
    acknowledged: bool | None = None
    snoozedUntil: datetime | None = Field(
        None, description="nobody is told of this rule and group before; null ends it"
    )
    note: Text | None = None


class AlertQuery(PageQuery):
    """Which alerts."""

    type: AlertMetricType | None = Field(None, description="the metric of the rule")
    start: datetime | None = Field(None, description="fired at or after")
    end: datetime | None = Field(None, description="fired at or before")
    anomalyId: str | None = Field(None, description="the id of a rule")
    ownerId: str | None = Field(None, description="the id of the user who made the rule")
    resolved: bool | None = None


ALERT_ROWS = "aIAlertResourceList"
AiAlertResourcePage = build_page_model("AiAlertResourcePage", ALERT_ROWS, AiAlertResource)
