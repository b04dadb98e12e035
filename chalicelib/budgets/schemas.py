"""The wire of cost controls and of the compiled set. Amounts are in the unit of the metric: USD for
costs, counts otherwise."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from chalicelib.budgets.vocabulary import (
    AlertDimension,
    AlertFilterOperator,
    CostControlAction,
    CostControlMetricType,
    CostControlWindowType,
    UnpricedCalls,
)
from chalicelib.resources.schemas import (
    READ_ONLY,
    Email,
    Members,
    Name,
    RecordMembers,
    ResourceReference,
    SearchQuery,
    TeamNeeded,
    Text,
    Wire,
    build_page_model,
)

_MOST_FILTERS, _MOST_VALUES, _MOST_ADDRESSES = 20, 50, 50
_LARGEST = Decimal(10**12)
Limit = Annotated[
    Decimal, Field(gt=0, le=_LARGEST), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
"""A line that usage may reach."""
FallbackPrice = Annotated[
    Decimal, Field(gt=0, le=10**6, decimal_places=3), WithJsonSchema({"type": "number"})
]
"""USD a million tokens; thousandths are whole nano-dollars a token."""
_UNPRICED = "what calls of unknown cost count for; ZERO when absent"
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
_ONE_LINE = r"^[^\r\n]*$"
FilterText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255, pattern=_ONE_LINE),
]
Emails = Annotated[list[Email], Field(max_length=_MOST_ADDRESSES)]
Channels = Annotated[list[FilterText], Field(max_length=_MOST_ADDRESSES)]
Message = Annotated[str, StringConstraints(max_length=1_000)]


class Comparison(Wire):
    """How a value is compared, and with what."""

    operator: AlertFilterOperator
    value: FilterText | None = Field(None, description="needed by every operator but IN")
    values: Annotated[list[FilterText], Field(max_length=_MOST_VALUES)] | None = Field(
        None, description="of IN: any of them"
    )

    @model_validator(mode="after")
    def _fits(self) -> "Comparison":
        if self.operator is AlertFilterOperator.IN:
            if not self.values:
                raise ValueError("IN needs values, from 1 to 50 of them")
            self.value = None
        elif self.value is None:
            raise ValueError(f"{self.operator} needs a value")
        elif self.values:
            raise ValueError("values are for IN alone")
        return self


class AlertFilter(Comparison):
    """Which calls count: all filters of a rule must hold."""

    dimension: AlertDimension


class CostControlFilter(AlertFilter):
    """Which calls count. There are no departments, and so no descendants of any."""

    includeDescendants: bool | None = None


Filters = Annotated[list[CostControlFilter], Field(max_length=_MOST_FILTERS)]


class CostControlResource(RecordMembers):
    """A cost control: what may be used in a window, and what happens then."""

    name: Name
    description: Text | None = None
    teamId: str | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    metricType: CostControlMetricType
    windowType: CostControlWindowType
    action: CostControlAction
    groupBy: AlertDimension | None = Field(None, description="a limit for each value of its own")
    warnThreshold: Limit | None = None
    hardLimit: Limit | None = None
    shadowMode: bool | None = Field(None, description="told, never enforced")
    unpricedCalls: UnpricedCalls | None = Field(None, description=_UNPRICED)
    fallbackPrice: FallbackPrice | None = None
    enabled: bool | None = None
    filters: Filters = Field([])
    notificationChannelIds: Channels = Field([])
    notificationEmails: Emails | None = None
    denyMessage: Message | None = Field(
        None,
        description="may hold {model} {spent} {limit} {window} {percentUsed} {ruleName}",
    )
    createdBy: Annotated[str | None, READ_ONLY] = None
    modifiedBy: Annotated[str | None, READ_ONLY] = None


class CostControlPatch(Members):
    """What changes of a cost control. Of description, thresholds, groupBy and denyMessage null
    clears; of all others null keeps what is there. Lists replace the whole list."""

    name: Name | None = None
    description: Text | None = None
    metricType: CostControlMetricType | None = None
    windowType: CostControlWindowType | None = None
    action: CostControlAction | None = None
    groupBy: AlertDimension | None = None
    warnThreshold: Limit | None = None
    hardLimit: Limit | None = None
    shadowMode: bool | None = None
    unpricedCalls: UnpricedCalls | None = None
    fallbackPrice: FallbackPrice | None = None
    enabled: bool | None = None
    filters: Filters | None = None
    notificationChannelIds: Channels | None = None
    notificationEmails: Emails | None = None
    denyMessage: Message | None = None


class CostControlQuery(SearchQuery, TeamNeeded):
    """What the list of cost controls may be asked."""

    teamId: str = Field(min_length=1)


CostControlResourcePage = build_page_model(
    "CostControlResourcePage", "costControlResourceList", CostControlResource
)


class EnforcementQuery(Wire):
    """Which rules are polled."""

    ruleId: str | None = Field(None, description="at most this cost control")
    include: str | None = Field(None, description="advisory: nothing more, so far")


class CompiledEnforcementFilter(Wire):
    """A filter as SDKs read it."""

    dimension: str
    operator: str
    value: str | None = None
    values: list[str] | None = None


class CompiledEnforcementGroup(Wire):
    """What one person has used."""

    groupValue: str
    displayName: str
    currentValue: Number
    usagePercent: Number = Field(description="a fraction of the threshold")
    breached: bool


class CompiledEnforcementRule(Wire):
    """A cost control as SDKs read it. A rule by any other group than persons stands once for each
    group that is over a line, with a filter for it."""

    ruleId: int
    controlId: str | None = Field(
        None,
        description="id of the cost control, as its own API tells it; none of an alert's block",
    )
    teamId: int
    name: str
    action: str
    shadowMode: bool
    metricType: str
    periodType: str
    groupBy: str | None = None
    filters: list[CompiledEnforcementFilter] | None = None
    threshold: Number
    warnThreshold: Number | None = None
    currentValue: Number
    percentUsed: Number = Field(description="a fraction of the threshold")
    warnPercentUsed: Number | None = None
    breached: bool
    warnBreached: bool | None = None
    groupBreakdown: list[CompiledEnforcementGroup] | None = None
    windowKey: str
    windowStart: datetime
    windowEnd: datetime
    compiledAt: datetime
    denyMessage: str | None = None
    departmentId: int | None = None
    source: str | None = None
    readingAt: datetime | None = None
    unpricedCount: int | None = Field(None, description="calls whose cost is unknown, not counted")
    groupsLeftOut: int | None = Field(
        None, description="groups over a line, or persons, that the set has no room for: reserve"
    )


class EnforcementRulesPayload(Wire):
    """The compiled set of a team."""

    rules: list[CompiledEnforcementRule]
    compiledAt: datetime
    departmentBudgetBlocks: dict[str, int] | None = None
    departmentBudgetWarnings: dict[str, int] | None = None
    departmentBudgetBlockBalances: dict[str, Number] | None = None
    departmentBudgetBlockUnits: dict[str, int] | None = None
    departmentBudgetCandidates: dict[str, list[int]] | None = None
