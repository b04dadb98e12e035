"""What a caller may ask of agents that call each other: the query parameters, checked."""

from enum import StrEnum

from pydantic import Field

from chalicelib.resources.schemas import PageQuery
from chalicelib.traces.queries import NAME, TypedSpan

_MOST_AGENTS = 100
_AGENTS = "one of them is at either end of what is shown"


class CircularPatternSeverity(StrEnum):
    """How much a circular pattern matters."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class AgentsQuery(TypedSpan, PageQuery):
    """What lists of agents that call each other take."""

    agents: list[NAME] = Field([], max_length=_MOST_AGENTS, description=_AGENTS)
    size: int = Field(20, ge=1, description="above 100 is served as 100")


class InteractionQuery(AgentsQuery):
    """What the list of interactions takes."""

    sort: list[str] = Field(["interactionCount,DESC"], description="property or property,asc|desc")


class MatrixQuery(AgentsQuery):
    """What the matrix of interactions takes; its pages are of agents."""

    sort: list[str] = Field(["totalInteractions,DESC"], description="property or property,asc|desc")


class CircleQuery(AgentsQuery):
    """What the list of circular patterns takes."""

    severity: CircularPatternSeverity | None = None
    minOccurrences: int = Field(1, ge=1)
    sort: list[str] = Field(["wastedCost,DESC"], description="property or property,asc|desc")
