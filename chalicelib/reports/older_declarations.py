"""What an older report is declared with: what its groups are, how it is narrowed, and what its
figures are called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, create_model

from chalicelib.lake.dimensions import Dimension
from chalicelib.reports.catalogue import TOKEN_TYPES
from chalicelib.reports.declarations import AnswerShape, Report
from chalicelib.reports.facts import CALLS, FactTable, text
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import Formula, Metric
from chalicelib.reports.periods import PeriodQuery

_MOST_VALUES = 100
Values = Annotated[list[str], Field(max_length=_MOST_VALUES)]


class Aggregation(StrEnum):
    """The query parameter `group`: how the values of the calls of a group become one."""

    TOTAL = "TOTAL"
    MEAN = "MEAN"
    MEDIAN = "MEDIAN"
    MAXIMUM = "MAXIMUM"
    MINIMUM = "MINIMUM"

    @property
    def measure(self) -> Measure:
        """The same by the name that reports have for it."""
        return _MEASURES[self]


_MEASURES = {
    Aggregation.TOTAL: Measure.SUM,
    Aggregation.MEAN: Measure.AVG,
    Aggregation.MEDIAN: Measure.MEDIAN,
    Aggregation.MAXIMUM: Measure.MAX,
    Aggregation.MINIMUM: Measure.MIN,
}


TokenType = StrEnum("TokenType", {kind: kind for kind in TOKEN_TYPES})  # type: ignore[misc]
"""Which tokens are counted."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What groups of a report are. `by` None: the team itself. `member` is what the wire calls
    their name, `identity` what it calls their id, where they have one; `word` names them in metric
    types.

    `by_models`: each figure has those of the models behind it. `is_iso`: times are ISO 8601, and
    not epoch milliseconds.
    """

    word: str
    member: str
    by: Dimension | None
    identity: str = ""
    by_models: bool = False
    is_iso: bool = False
    averages: bool = False
    """Whether each window tells the mean of its figures."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A query parameter that narrows a report: the column that it is about, and the kind of records
    whose ids may stand for names (empty: none). `several`: it may be repeated."""

    parameter: str
    column: str
    kind: str = ""
    several: bool = True


@dataclass(frozen=True, slots=True)
class OlderReport:
    """One older report, at …/sources/metrics/ai/<slug>.

    `word` names its figure in metric types. `default` is the parameter `group` when it is absent;
    None: there is no such parameter. `share`: figures are percentages of all groups' sum.
    """

    slug: str
    operation: str
    label: str
    entity: Entity
    word: str
    formula: Formula
    fact: FactTable = CALLS
    over_time: bool = False
    default: Aggregation | None = Aggregation.TOTAL
    narrowings: tuple[Narrowing, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    share: bool = False

    @property
    def report(self) -> Report:
        """What is asked of the lake."""
        dimension = self.entity.by
        attributes = {}
        if dimension and self.entity.identity:
            attributes = {"identity": text(self.fact, dimension.ident)}
        return Report(
            self.slug,
            self.label,
            (dimension,) if dimension else (),
            (Metric(self.label, self.word, self.formula, attributes=attributes),),
            shape=AnswerShape.SERIES if self.over_time else AnswerShape.TOTAL,
        )

    def metric_type(self, aggregation: Aggregation) -> str:
        """What the wire calls a figure: the aggregation is told of costs."""
        word = f"{self.word}_BY_{self.entity.word}"
        return f"{aggregation}_{word}" if self.word == "COST" else word

    def query_model(self) -> type[PeriodQuery]:
        """What a caller may ask."""
        members: dict[str, Any] = {"teamId": (str, Field(min_length=1))}
        for each in self.narrowings:
            members[each.parameter] = (Values, []) if each.several else (str | None, None)
        if self.default:
            members["group"] = (Aggregation, self.default)
        name = "".join(part.capitalize() for part in self.slug.split("-"))
        return create_model(f"{name}Query", __base__=PeriodQuery, **members, **self.parameters)
