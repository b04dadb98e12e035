"""What is stored of alert rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.alerts.periods import CALENDAR, LENGTHS
from chalicelib.alerts.vocabulary import (
    AlertAction,
    AlertPeriod,
    AlertRuleType,
    AlertThresholdOperator,
    DataSource,
    Sensitivity,
)
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType, CostControlWindowType
from chalicelib.kit.clock import parse_instant
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all

AI_ANOMALY = "AI_ANOMALY"
AI_ALERT = "AI_ALERT"
ALERT_STATE = "ALERT_STATE"
MOST_RULES = 500
"""Alert rules that a team may have: each is a question to the lake a minute."""
_WHOLE = (Decimal(1),)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alert rule. `persists_ms`: how long its condition must hold. `lines` are the fractions of
    the threshold that a budget is told at, the smallest first. `reset_at`, of a budget: use before
    it does not count (UTC epoch ms; 0: all does)."""

    id: str
    name: str
    type: AlertRuleType
    metric: AlertMetricType
    operator: AlertThresholdOperator
    threshold: Decimal
    is_percentage: bool
    period: AlertPeriod
    persists_ms: int
    group_by: AlertDimension | None
    filters: Sequence[RuleFilter]
    source: DataSource
    min_samples: int
    is_enabled: bool
    emails: Sequence[str]
    slack: Sequence[str]
    webhooks: Sequence[str]
    lines: Sequence[Decimal]
    tells_end: bool
    sensitivity: Sensitivity
    action: AlertAction
    is_shadow: bool
    reset_at: int
    created_at: int
    created_by: str | None
    owner: str | None
    version: int

    @classmethod
    def of(cls, record: Record) -> "AlertRule":
        """The rule of its record."""
        doc = record.doc
        persists = doc.get("triggerAfterPersistsDuration")
        reset = doc.get("resetAt")
        return cls(
            id=record.id,
            name=doc["name"],
            type=AlertRuleType(doc["alertType"]),
            metric=AlertMetricType(doc["metricType"]),
            operator=AlertThresholdOperator(doc["operatorType"]),
            threshold=Decimal(str(doc["threshold"])),
            is_percentage=bool(doc.get("isPercentage")),
            period=AlertPeriod(doc["periodDuration"]),
            persists_ms=LENGTHS[AlertPeriod(persists)] if persists else 0,
            group_by=AlertDimension(doc["groupBy"]) if doc.get("groupBy") else None,
            filters=[RuleFilter.of(each) for each in doc.get("filters") or ()],
            source=DataSource(doc.get("dataSource") or DataSource.SDK),
            min_samples=doc.get("minSampleCount") or 1,
            is_enabled=doc.get("enabled") is not False,
            lines=_lines_of(doc),
            tells_end=bool(doc.get("notifyOnResolve")),
            sensitivity=Sensitivity(doc.get("sensitivity") or Sensitivity.MEDIUM),
            action=AlertAction(doc.get("action") or AlertAction.WARN_ONLY),
            is_shadow=bool(doc.get("shadowMode")),
            reset_at=parse_instant(reset) if reset else 0,
            created_at=record.created_at,
            created_by=doc.get("createdBy"),
            owner=doc.get("ownerId"),
            version=record.version,
            **_destinations_of(doc),
        )

    @property
    def is_budget(self) -> bool:
        """Whether it adds up a calendar window."""
        return self.type is AlertRuleType.CUMULATIVE_USAGE

    @property
    def window(self) -> CostControlWindowType:
        """The calendar window of a budget. Raises ValueError for a rule with a rolling one."""
        if self.period not in CALENDAR:
            raise ValueError(f"{self.period} is no calendar window")
        return CostControlWindowType(self.period)


def _destinations_of(doc: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "emails": doc.get("notificationAddresses") or (),
        "slack": doc.get("slackConfigurations") or (),
        "webhooks": doc.get("webhookConfigurations") or (),
    }


def _lines_of(doc: Mapping[str, Any]) -> Sequence[Decimal]:
    told = doc.get("thresholds")
    return sorted(Decimal(str(each)) for each in told) if told else _WHOLE


def list_rules(world: World, team: Scope) -> list[AlertRule]:
    """The alert rules of a team that are switched on, by name."""
    rules = map(AlertRule.of, read_all(world, team, AI_ANOMALY, MOST_RULES))
    return [rule for rule in rules if rule.is_enabled]
