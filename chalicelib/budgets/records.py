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
    UnpricedCalls,
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
    def parse(cls, dimension: str, operator: str, *values: str) -> "RuleFilter":
        """A filter from its words."""
        return cls(AlertDimension(dimension), AlertFilterOperator(operator), values)

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
    least one of them is there. `nano_per_token` is what tokens of unknown price cost, nano-USD."""

    id: str
    name: str
    metric: CostControlMetricType
    window: CostControlWindowType
    action: CostControlAction
    group_by: AlertDimension | None
    warn_threshold: Decimal | None
    hard_limit: Decimal | None
    is_shadow: bool
    unpriced: UnpricedCalls
    nano_per_token: int
    is_enabled: bool
    filters: Sequence[RuleFilter]
    deny_message: str
    emails: Sequence[str]
    channels: Sequence[str]

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
            unpriced=UnpricedCalls(doc.get("unpricedCalls") or UnpricedCalls.ZERO),
            nano_per_token=_nano_per_token(doc),
            is_enabled=doc.get("enabled") is not False,
            filters=[RuleFilter.of(each) for each in doc.get("filters") or ()],
            deny_message=doc.get("denyMessage") or "",
            emails=doc.get("notificationEmails") or (),
            channels=doc.get("notificationChannelIds") or (),
        )

    @property
    def threshold(self) -> Decimal:
        """The line that decides: the hard limit, else the line at which is warned."""
        return self.hard_limit or self.warn_threshold or Decimal(0)


def _nano_per_token(doc: Mapping[str, Any]) -> int:
    """Of USD a million tokens."""
    if doc.get("unpricedCalls") != UnpricedCalls.FALLBACK:
        return 0
    return int(Decimal(str(doc["fallbackPrice"])) * 1_000)


def _exact(value: Any) -> Decimal | None:  # noqa: ANN401 - a stored number
    return None if value is None else Decimal(str(value))
