"""What a report is declared with: its shape, order, filters and choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.lake.dimensions import Dimension
from chalicelib.reports.facts import TopGroups
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import Metric


class AnswerShape(StrEnum):
    """How the answer looks."""

    SERIES = "series"
    TOTAL = "total"
    OPTIONS = "options"
    """Names alone."""
    PAIRS = "pairs"
    """Names with their ids."""
    MOVERS = "movers"
    AGENT_TOOLS = "agent-tools"
    ICEBERG = "iceberg"
    TRACES = "traces"


class GroupOrder(StrEnum):
    """Which groups come first."""

    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Filter:
    """A repeatable query parameter and the column that it narrows. `options`: the only values there
    are; `default`: what holds when it is absent."""

    parameter: str
    column: str
    options: tuple[str, ...] = ()
    default: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A query parameter whose value changes the declaration: each option names what it replaces."""

    parameter: str
    default: str
    options: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `slug` is the last part of the path. `asked` is what the query parameter
    metricType is when it is absent; None: there is no such parameter. `most` limits the groups that
    are shown, `top` those that the lake hands out at all. `parameters` are further query parameters
    with their types, all optional."""

    slug: str
    label: str
    by: tuple[Dimension, ...]
    metrics: tuple[Metric, ...]
    shape: AnswerShape = AnswerShape.TOTAL
    filters: tuple[Filter, ...] = ()
    asked: Measure | None = Measure.SUM
    order: GroupOrder = GroupOrder.LARGEST
    most: int | None = None
    top: TopGroups | None = None
    choice: Choice | None = None
    parameters: Mapping[str, type] = field(default_factory=dict)

    @property
    def is_money(self) -> bool:
        """Whether prices that are not known are missing in it."""
        return any(metric.formula.is_money for metric in self.metrics)

    @property
    def heeds(self) -> bool:
        """Whether metricType makes a difference."""
        return any(metric.formula.heeds for metric in self.metrics)

    def choose(self, value: str | None) -> "Report":
        """The report as the choice of a caller makes it."""
        if self.choice is None:
            return self
        return replace(self, **self.choice.options[value or self.choice.default])
