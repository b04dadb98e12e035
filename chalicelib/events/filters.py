"""Filters: one query parameter each, by which lists of metered events are narrowed.

A filter holds in two forms that a test compares: as SQL over the lake, and as a look at one event
of the ledger, for records that were acknowledged a moment ago.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from chalicelib.events.values import Event, Value
from chalicelib.lake.dimensions import ABSENT
from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.ports.engine import Parameter
from chalicelib.reports.planner import Condition

Renames = Mapping[str, Mapping[str, str]]
"""By column, the names of today by those, in lower case, that events may hold."""
NAME = Annotated[str, Field(min_length=1, max_length=255)]
"""A text to filter by."""
_LARGEST = 10**12
"""Of a filter without a limit of its own: what is larger than a column holds is no question."""
SHORT_NAME = Annotated[str, Field(min_length=1, max_length=50)]


class Comparison(StrEnum):
    """How a value must stand to what is asked for; the words are SQL."""

    EQUAL = "="
    LEAST = ">="
    MOST = "<="


@dataclass(frozen=True, slots=True)
class Filter:
    """One query parameter. An event passes when any of `values` compares to what is asked for.

    `wire` is the parameter's type. `exponent` is the power of ten from the unit of the wire to the
    stored one: 9 from USD to nano-USD.
    """

    parameter: str
    values: tuple[Value, ...]
    comparison: Comparison = Comparison.EQUAL
    wire: Any = NAME
    exponent: int = 0

    @property
    def named_column(self) -> str | None:
        """The column, when this filter is a plain list of names of it: such as reports have, which
        rollups can answer. It goes by what reports call the events without a value, too."""
        plain = len(self.values) == 1 and self.comparison is Comparison.EQUAL
        value = self.values[0]
        return value.column if plain and not value.member and value.kind is str else None

    def condition(self, asked: Any) -> Condition:  # noqa: ANN401 - of the type of `wire`
        """The same in SQL."""
        bound = self._stored(asked)
        choices: list[Sql] = []
        for value in self.values:
            if isinstance(bound, list):
                choices.append(Sql(f"{value.sql} in ") + bind_list(bound))
            else:
                choices.append(Sql(f"{value.sql} {self.comparison} ?", (bound,)))
        columns = tuple(value.column for value in self.values)
        return Condition(columns, Sql("(") + join_sql(" or ", choices) + Sql(")"))

    def holds(self, event: Event, asked: Any, renames: Renames) -> bool:  # noqa: ANN401 - as above
        """Whether an event passes."""
        bound = self._stored(asked)
        return any(self._compare(value, event, bound, renames) for value in self.values)

    def _compare(
        self,
        value: Value,
        event: Event,
        bound: Any,  # noqa: ANN401 - of the type of the stored value
        renames: Renames,
    ) -> bool:
        found = value.read(event)
        if value.column in ABSENT and self.named_column:
            if found is None:
                found = ABSENT[value.column]
            else:
                found = renames.get(value.column, {}).get(str(found).lower(), found)
        if found is None:
            return False
        if isinstance(bound, list):
            return found in bound
        if self.comparison is Comparison.LEAST:
            return bool(found >= bound)
        if self.comparison is Comparison.MOST:
            return bool(found <= bound)
        return bool(found == bound)

    def _stored(self, asked: Any) -> Parameter | list[Parameter]:  # noqa: ANN401 - as above
        """What is asked for, in the unit that is stored."""
        if isinstance(asked, Decimal):
            scaled = asked.scaleb(self.exponent)
            if not self.exponent:
                return float(scaled)
            # What lies between two nano-USD must not let the one through that is outside.
            up = self.comparison is Comparison.LEAST
            return int(scaled.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
        return asked  # type: ignore[no-any-return]


def equal(parameter: str, *columns: str, wire: Any = NAME) -> Filter:  # noqa: ANN401 - a type
    """A filter for a text in a column, or in any of several."""
    return Filter(parameter, tuple(Value(column) for column in columns), wire=wire)


def between(
    name: str, value: Value, most: int | Decimal | None = None, exponent: int = 0
) -> Sequence[Filter]:
    """The filters `nameMin` and `nameMax`, both inclusive; neither may be over `most`, nor below
    0."""
    number: Any = Decimal if value.kind is float or exponent else int
    wire = Annotated[number, Field(ge=0, le=_LARGEST if most is None else most)]
    return (
        Filter(f"{name}Min", (value,), Comparison.LEAST, wire, exponent),
        Filter(f"{name}Max", (value,), Comparison.MOST, wire, exponent),
    )


def usd(name: str, column: str, most: Decimal) -> Sequence[Filter]:
    """The filters for an amount of money, in USD on the wire."""
    return between(name, Value(column, kind=int), most, exponent=9)
