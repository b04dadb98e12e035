"""Segments: which calls a run is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.lake.dimensions import Dimension
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.facts import Term
from chalicelib.reports.planner import Question


@dataclass(frozen=True, slots=True)
class CallSegment:
    """The calls of a run: `filters` maps columns to values; `assistants` are the coding assistants
    that are paid by use, whose calls count; none do unless `with_assistants`, and their seats are
    not looked at either."""

    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    assistants: Sequence[str] = ()
    with_assistants: bool = True

    def question(self, by: tuple[Dimension, ...], terms: tuple[Term, ...]) -> Question:
        """A question about its calls; facts without the columns of the filters are not asked."""
        known = [term for term in terms if self._answers(term)]
        return Question(
            by=by,
            terms=tuple(known),
            filters=self.filters,
            assistants=self.assistants,
        )

    def _answers(self, term: Term) -> bool:
        """Whether the rows of a term have all columns that are filtered by."""
        return all(set(self.filters) <= set(fact.table.columns) for fact in term.facts)


def segment_of(
    world: World, team: Scope, filters: Mapping[str, Sequence[str]], *, with_assistants: bool
) -> CallSegment:
    """The segment of a request; empty filters keep everything."""
    kept = {column: list(values) for column, values in filters.items() if values}
    billed = find_billed_assistants(world.documents, team) if with_assistants else ()
    return CallSegment(kept, billed, with_assistants)
