"""Slices: calls with some values of facets, in Python, in SQL and as parameters of a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.recommendations.facets import FLAGS, LOOP, TEXTS, TRACE, Facets

FacetValue = str | int
NONE = "none"
"""What a parameter says to ask for calls without a value."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The calls whose facets have these values, and that stand in one of `traces` where there are
    any; without either all calls of a run. One that `is_empty` has none at all."""

    values: Mapping[str, FacetValue] = field(default_factory=dict)
    traces: Sequence[str] = ()
    is_empty: bool = False

    def holds(self, facets: Mapping[str, FacetValue]) -> bool:
        """Whether calls of these facets are in it. Cells tell the traces of loops apart from all
        others, and those by agent."""
        if self.is_empty or (self.traces and not facets[LOOP]):
            return False
        return all(facets[name] == value for name, value in self.values.items())

    def condition(self, facets: Facets) -> Sql:
        """The same over events."""
        parts = [Sql(f"1 = {0 if self.is_empty else 1}")]
        for name, value in self.values.items():
            parts.append(facets.expression(name) + Sql(" = ?", (value,)))
        if self.traces:
            parts.append(facets.expression(TRACE) + Sql(" in ") + bind_list(list(self.traces)))
        return Sql("(") + join_sql(" and ", parts) + Sql(")")

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """As query parameters: flags are true or false, a text that calls lack is `none`."""
        told = [(name, _tell(name, value)) for name, value in sorted(self.values.items())]
        return told + [(TRACE, trace) for trace in self.traces]


NO_CALLS = Slice(is_empty=True)


def _tell(name: str, value: FacetValue) -> str:
    if name in FLAGS:
        return "true" if value else "false"
    return str(value) or NONE


def read_slice(asked: Mapping[str, object], traces: Sequence[str]) -> Slice:
    """The slice of query parameters; those that are None choose nothing."""
    values: dict[str, FacetValue] = {}
    for name in (*TEXTS, *FLAGS, "band"):
        told = asked.get(name)
        if isinstance(told, bool | int):
            values[name] = int(told)
        elif told is not None:
            values[name] = "" if told == NONE else str(told)
    return Slice(values, traces)
