"""What the dashboards of traces may be asked."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.windows import Window
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.periods import Period, PeriodQuery
from chalicelib.resources.schemas import PageQuery
from chalicelib.traces.statistics import of_types
from chalicelib.traces.totals import TraceSelection

_MOST_TYPES = 100
_Types = Annotated[list[str], Field(max_length=_MOST_TYPES)]


class TraceTypeQuery(PeriodQuery):
    """Traces of some types that began in a window."""

    teamId: str = Field(min_length=1)
    period: Period = Period.THIRTY_DAYS
    traceTypes: _Types = Field([], description="`unknown`: traces without one")

    def select(self, world: World, team: Scope, window: Window) -> TraceSelection:
        """The traces that are asked for, of those that began in a window."""
        return TraceSelection(
            window=window,
            conditions=of_types(self.traceTypes),
            assistants=find_billed_assistants(world.documents, team),
        )


class TraceSummaryQuery(TraceTypeQuery):
    """Traces, of one agent where it is named: then its calls alone count."""

    agent: str | None = Field(None, max_length=255)

    def select(self, world: World, team: Scope, window: Window) -> TraceSelection:
        """The traces that are asked for, of those that began in a window."""
        agents = [self.agent] if self.agent else ()
        return replace(super().select(world, team, window), agents=agents)


class TypePageQuery(TraceTypeQuery, PageQuery):
    """A page of types."""

    teamId: str = Field(min_length=1)
    size: int = Field(20, ge=1, description="above 100 is served as 100")


class TraceTypeCostQuery(TypePageQuery):
    """A page of types by what their traces cost."""

    sort: list[str] = Field(["totalCost,DESC"], description="property or property,asc|desc")


class TraceTypePerformanceQuery(TypePageQuery):
    """A page of types by how long their traces took."""

    sort: list[str] = Field(["averageDuration,DESC"], description="property or property,asc|desc")


class TraceTypeEfficiencyQuery(TypePageQuery):
    """A page of types by how many calls their traces took."""

    sort: list[str] = Field(
        ["averageTransactionCount,DESC"], description="property or property,asc|desc"
    )
