"""The wire of alert rules. Thresholds are in the unit of the metric: USD, counts, milliseconds,
percent."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from chalicelib.alerts.vocabulary import (
    AlertAction,
    AlertPeriod,
    AlertRuleType,
    AlertThresholdOperator,
    DataSource,
    FiringState,
    Sensitivity,
)
from chalicelib.budgets.schemas import AlertFilter, FilterText
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType
from chalicelib.resources.schemas import (
    READ_ONLY,
    Email,
    Name,
    RecordMembers,
    ResourceReference,
    SearchQuery,
    Text,
    build_page_model,
)

_LARGEST = Decimal(10**12)
_MOST_FILTERS, _MOST_DESTINATIONS, _MOST_LINES = 20, 50, 10
Threshold = Annotated[
    Decimal,
    Field(ge=-_LARGEST, le=_LARGEST, decimal_places=18),
    WithJsonSchema({"type": "number"}),
]
"""Finer ones than that are no amounts; what is divided by them would have no end."""
Fraction = Annotated[
    Decimal,
    Field(gt=0, le=10, decimal_places=9),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10}),
]


def _empty_is_none(value: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    return None if value == "" else value


Persistence = Annotated[
    AlertPeriod | None,
    BeforeValidator(_empty_is_none),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": "string", "enum": [each.value for each in AlertPeriod]},
                {"type": "string", "maxLength": 0},
                {"type": "null"},
            ]
        }
    ),
]


def _nullable(words: type[StrEnum]) -> WithJsonSchema:
    """The schema of words that may be null, as the contract writes it."""
    return WithJsonSchema({"type": ["string", "null"], "enum": [*map(str, words), None]})


_ListOfDestinations = Annotated[list[FilterText], Field(max_length=_MOST_DESTINATIONS)]
_Emails = Annotated[list[Email], Field(max_length=_MOST_DESTINATIONS)]
_Filters = Annotated[list[AlertFilter], Field(max_length=_MOST_FILTERS)]
_Lines = Annotated[list[Fraction], Field(max_length=_MOST_LINES)]


class AiAnomalyResource(RecordMembers):
    """An alert rule. A budget is a rule of the type CUMULATIVE_USAGE. Those that follow `_links`
    are ours: thresholds, notifyOnResolve, sensitivity, action and shadowMode."""

    name: Name
    description: Text | None = None
    alertType: AlertRuleType
    metricType: AlertMetricType
    operatorType: AlertThresholdOperator
    threshold: Threshold = Field(description="of an anomaly: values below are never one")
    isPercentage: bool | None = None
    periodDuration: AlertPeriod
    triggerAfterPersistsDuration: Persistence = Field(
        None, description="for how long the condition must hold; empty: not at all"
    )
    groupBy: AlertDimension | None = Field(None, description="evaluated for each value of its own")
    filters: _Filters | None = None
    dataSource: Annotated[DataSource | None, _nullable(DataSource)] = Field(
        None, description="SDK when it is null"
    )
    minSampleCount: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="of QUALITY_RATE: facts that there must be before the rule may fire"
    )
    enabled: bool | None = None
    firing: Annotated[bool | None, READ_ONLY] = None
    firingState: Annotated[FiringState | None, _nullable(FiringState), READ_ONLY] = None
    notificationAddresses: _Emails | None = None
    slackConfigurations: _ListOfDestinations | None = None
    webhookConfigurations: _ListOfDestinations | None = None
    teamId: str | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    createdBy: Annotated[str | None, READ_ONLY] = None
    modifiedBy: Annotated[str | None, READ_ONLY] = None
    budgetThreshold: Threshold | None = Field(
        None,
        description="another word for threshold, where that is sent as it was",
        json_schema_extra={"writeOnly": True},
    )
    thresholds: _Lines | None = Field(
        None, description="of a budget: fractions of the threshold, each told once a window"
    )
    notifyOnResolve: bool | None = Field(None, description="tell also when an alert is over")
    sensitivity: Sensitivity | None = Field(None, description="of an anomaly; MEDIUM when null")
    action: AlertAction | None = Field(None, description="what a rule that fires does")
    shadowMode: bool | None = Field(None, description="say what would be blocked, block nothing")
    resetAt: Annotated[datetime | None, READ_ONLY] = Field(
        None, description="of a budget: when its use was last set back to nothing"
    )


class AnomalyQuery(SearchQuery):
    """What the list of alert rules may be asked."""

    type: str | None = Field(None, description="a type of rules, or a metric")


AiAnomalyResourcePage = build_page_model(
    "AiAnomalyResourcePage", "aIAnomalyResourceList", AiAnomalyResource
)
