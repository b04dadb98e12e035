"""What is stored of cost controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.budgets.vocabulary import (
    AlertDimension,
    AlertFilterOperator,
    CostControlAction,
    CostControlMetricType,
    CostControlWindowType,
)
from chalicelib.ports.documents import Record

COST_CONTROL = "COST_CONTROL"


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Which calls count: `values` has several with the operator IN alone."""

    dimension: AlertDimension
    operator: AlertFilterOperator
    values: tuple[str, ...]

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "RuleFilter":
        """The filter of a stored one."""
        values = doc.get("values") or [doc["value"]]
        return cls(
            AlertDimension(doc["dimension"]), AlertFilterOperator(doc["operator"]), tuple(values)
        )


@dataclass(frozen=True, slots=True)
class CostControl:
    """A cost control. Limits are in the unit of the metric, None where there is no such line; at
    least one of them is there."""

    id: str
    name: str
    metric: CostControlMetricType
    window: CostControlWindowType
    action: CostControlAction
    group_by: AlertDimension | None
    warn_threshold: Decimal | None
    hard_limit: Decimal | None
    is_shadow: bool
    is_enabled: bool
    filters: Sequence[RuleFilter]
    deny_message: str
    emails: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "CostControl":
        """The cost control of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            name=doc["name"],
            metric=CostControlMetricType(doc["metricType"]),
            window=CostControlWindowType(doc["windowType"]),
            action=CostControlAction(doc["action"]),
            group_by=AlertDimension(doc["groupBy"]) if doc.get("groupBy") else None,
            warn_threshold=_exact(doc.get("warnThreshold")),
            hard_limit=_exact(doc.get("hardLimit")),
            is_shadow=bool(doc.get("shadowMode")),
            is_enabled=doc.get("enabled") is not False,
            filters=[RuleFilter.of(each) for each in doc.get("filters") or ()],
            deny_message=doc.get("denyMessage") or "",
            emails=doc.get("notificationEmails") or (),
        )

    @property
    def threshold(self) -> Decimal:
        """The line that decides: the hard limit, else the line at which is warned."""
        return self.hard_limit or self.warn_threshold or Decimal(0)


def _exact(value: Any) -> Decimal | None:  # noqa: ANN401 - a stored number
    return None if value is None else Decimal(str(value))
