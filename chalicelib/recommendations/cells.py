"""Cells: the calls of a run, summed up by their facets. No call is in two cells, so that whoever
claims a cell claims what nobody else does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.lake.sql import Sql
from chalicelib.ports.engine import Result, Value
from chalicelib.recommendations.facets import CELL_FACETS, Facets
from chalicelib.recommendations.slices import FacetValue, Slice
from chalicelib.reports.metrics import integer

MOST = 20_000
"""Cells that are looked at, the dearest; what is beyond is told."""
_SUMS = {
    "cost": "cost_nano",
    "output_cost": "output_cost_nano",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "read_tokens": "cache_read_tokens",
    "write_tokens": "cache_creation_tokens",
    "lasting_tokens": "cache_creation_1h_tokens",
    "known_calls": "case when cost_nano is null then 0 else 1 end",
}
"""Names of the sums, and of what; money in nano-USD."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Some calls that are alike. Sums count unknown values as 0; tokens are as the clients counted
    them."""

    facets: Mapping[str, FacetValue]
    calls: int
    cost: int
    output_cost: int
    input_tokens: int
    output_tokens: int
    total_tokens: int
    reasoning_tokens: int
    read_tokens: int
    write_tokens: int
    lasting_tokens: int
    known_calls: int
    """Those whose cost is known."""

    @property
    def known_cost(self) -> int | None:
        """Nano-USD; None where there are calls and nobody knows the cost of any."""
        return self.cost if self.known_calls or not self.calls else None

    def text(self, name: str) -> str:
        """A facet that is a text; empty when the calls have none."""
        return str(self.facets[name])

    def flag(self, name: str) -> bool:
        """A facet that is true or not."""
        return bool(self.facets[name])


def sum_cells(facets: Facets) -> Callable[[Sql], Sql]:
    """From events to the statement of their cells, the dearest first."""

    def wrap(events: Sql) -> Sql:
        groups = ", ".join(str(number) for number in range(1, len(CELL_FACETS) + 1))
        head = Sql("select ") + facets.show(CELL_FACETS) + Sql(f", {SUMS} from ") + events
        order = f"coalesce(sum(cost_nano), 0) desc, {groups}"
        return head + Sql(f" group by {groups} order by {order} limit {MOST}")

    return wrap


def sum_slice(facets: Facets, chosen: Slice) -> Callable[[Sql], Sql]:
    """From events to the statement of the sums of a slice: one row."""

    def wrap(events: Sql) -> Sql:
        return _FROM + events + Sql(" where ") + chosen.condition(facets)

    return wrap


def sum_text(text: str) -> str:
    """The sum of an expression, as a whole number that is never null."""
    return f"cast(coalesce(sum({text}), 0) as bigint)"


SUMS = ", ".join(
    ("count(*) as calls", *(f"{sum_text(text)} as {name}" for name, text in _SUMS.items()))
)


_FROM = Sql(f"select {SUMS} from ")  # noqa: S608 - names of our own


def read_cells(result: Result | None) -> list[Cell]:
    """The cells that a statement of `sum_cells` tells."""
    return list(_read(result.rows, CELL_FACETS)) if result else []


def read_sums(result: Result | None) -> Cell:
    """What a statement of `sum_slice` tells, as a cell without facets."""
    rows = result.rows if result else [(0,) * (1 + len(_SUMS))]
    return next(_read(rows, ()))


def add_up(cells: Sequence[Cell]) -> Cell:
    """Some cells as one, without facets."""
    sums: dict[str, int] = {}
    for name in ("calls", *_SUMS):
        sums[name] = sum(getattr(cell, name) for cell in cells)
    return Cell({}, **sums)


def _read(rows: Sequence[tuple[Value, ...]], names: Sequence[str]) -> Iterator[Cell]:
    keys = len(names)
    for row in rows:
        facets = {name: _facet(value) for name, value in zip(names, row[:keys], strict=True)}
        told = zip(("calls", *_SUMS), row[keys:], strict=True)
        yield Cell(facets, **{name: integer(value) or 0 for name, value in told})


def _facet(value: Value) -> FacetValue:
    return value if isinstance(value, int) else str(value)


def groups_of(
    cells: Sequence[Cell], names: Sequence[str]
) -> Mapping[tuple[FacetValue, ...], list[Cell]]:
    """Cells by the values of some facets, in the order of their cost."""
    groups: dict[tuple[FacetValue, ...], list[Cell]] = {}
    for cell in cells:
        key = tuple(cell.facets[name] for name in names)
        groups.setdefault(key, []).append(cell)
    return groups
