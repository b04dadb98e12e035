"""What a caller may ask of traces: the query parameters, checked."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Annotated

from pydantic import Field

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.windows import Window
from chalicelib.lake.sql import Sql
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.parameters import Instant
from chalicelib.reports.periods import Period, PeriodQuery
from chalicelib.resources.hal import SortOrder, parse_sort
from chalicelib.resources.schemas import PageQuery, TeamNeeded
from chalicelib.traces.percentiles import TraceMetric, TracePercentile
from chalicelib.traces.totals import TraceSelection, of_type

NAME = Annotated[str, Field(min_length=1, max_length=255)]
_USD = Annotated[Decimal, Field(ge=0, le=Decimal("999999.99"))]
_MS = Annotated[int, Field(ge=0, le=300_000)]
NANO_DIGITS = 9
"""The power of ten from USD to nano-USD."""


class SpanOfTime(TeamNeeded):
    """When traces began: in a span of time that ends now, or between two instants."""

    period: Period | None = Field(
        None,
        description="a look back from now; none: ever. A trace stands in the window that it began "
        "in, with its calls of seven days around that",
    )
    startDate: Instant | None = Field(None, description="the first instant, inclusive")
    endDate: Instant | None = Field(None, description="the last instant, inclusive")

    def window(self, now: int) -> Window | None:
        """The window that is asked for, at `now` (UTC epoch ms); None: ever. Raises Invalid, see
        PeriodQuery."""
        if self.period is None and self.startDate is None and self.endDate is None:
            return None
        return PeriodQuery.model_construct(
            period=self.period or Period.TWELVE_MONTHS,  # not looked at where both ends are there
            startDate=self.startDate,
            endDate=self.endDate,
        ).window(now)


class TypedSpan(SpanOfTime):
    """Traces of one type that began in a span of time."""

    traceType: NAME | None = Field(None, description="exact; `unknown`: those without one")

    def select(self, world: World, team: Scope) -> TraceSelection:
        """The traces that are asked for."""
        return TraceSelection(
            window=self.window(world.now()),
            conditions=[of_type(self.traceType)] if self.traceType else [],
            assistants=find_billed_assistants(world.documents, team),
        )


class NearPage(PageQuery):
    """A page, and not one that stands behind more rows than an engine can count."""

    page: int = Field(0, ge=0, le=10**9, description="zero-based")


class TraceQuery(TypedSpan, NearPage):
    """What the list of traces takes."""

    traceId: NAME | None = None
    traceName: NAME | None = None
    totalCostMin: _USD | None = Field(None, description="USD of all calls of a trace, inclusive")
    totalCostMax: _USD | None = None
    traceDurationMin: _MS | None = Field(None, description="ms from begin to end, inclusive")
    traceDurationMax: _MS | None = None
    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["startTime,DESC"], description="property or property,asc|desc")

    def select(self, world: World, team: Scope) -> TraceSelection:
        """The traces that are asked for. Raises Invalid for ranges that are upside down."""
        check_ranges(self, ("totalCost", "traceDuration"))
        selection = super().select(world, team)
        return TraceSelection(
            window=selection.window,
            ids=[self.traceId] if self.traceId else (),
            conditions=[*selection.conditions, *self._conditions()],
            assistants=selection.assistants,
        )

    def _conditions(self) -> Iterable[Sql]:
        if self.traceName:
            yield Sql("trace_name = ?", (self.traceName,))
        # What lies between two nano-USD must not let the trace through that is outside.
        bounds = (
            (self.totalCostMin, ">=", ROUND_CEILING),
            (self.totalCostMax, "<=", ROUND_FLOOR),
        )
        for bound, sign, rounding in bounds:
            if bound is not None:
                nano = int(bound.scaleb(NANO_DIGITS).to_integral_value(rounding))
                yield Sql(f"coalesce(cost_nano, 0) {sign} ?", (nano,))
        for limit, sign in ((self.traceDurationMin, ">="), (self.traceDurationMax, "<=")):
            if limit is not None:
                yield Sql(f"duration_ms {sign} ?", (limit,))


class AnomalyQuery(TypedSpan, NearPage):
    """What the list of anomalies takes."""

    metricTypes: list[TraceMetric] = Field([], description="all when none is named")
    percentile: TracePercentile | None = Field(None, description="all three when it is not named")
    size: int = Field(20, ge=1, description="above 100 is served as 100")
    sort: list[str] = Field(["metricValue,DESC"], description="property or property,asc|desc")

    @property
    def metrics(self) -> list[TraceMetric]:
        """The metrics that are asked for, each once."""
        return list(dict.fromkeys(self.metricTypes)) or list(TraceMetric)


class AnomalyCountQuery(TypedSpan):
    """What the counts of anomalies take."""

    metricType: TraceMetric


def check_ranges(query: TraceQuery, names: Iterable[str]) -> None:
    """Raises Invalid when ranges are upside down, with all of them."""
    faults: list[Fault] = []
    for name in names:
        low, high = getattr(query, f"{name}Min"), getattr(query, f"{name}Max")
        if low is not None and high is not None and low > high:
            faults.append(Fault(f"{name}Min", f"must not be above {name}Max", "RANGE"))
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)


def order_by(query: PageQuery, columns: Mapping[str, str], noun: str, key: str) -> str:
    """The order of rows in SQL that `sort` asks for; `columns` are those by member, `key` tells
    rows apart that are equal in it. Raises Invalid."""
    words: list[str] = []
    wanted: list[SortOrder] = parse_sort(query.sort, columns, noun)
    for member, descending in wanted:
        words.append(f"{columns[member]} {'desc' if descending else 'asc'} nulls last")
    return ", ".join([*words, key])
