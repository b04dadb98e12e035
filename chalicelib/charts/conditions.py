"""Conditions: the filters of a chart in SQL, for what cannot be added up once its names are known.
They keep the same calls as budgets.selecting does, which looks at the names that come back."""

from collections.abc import Mapping, Sequence

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import DIMENSIONS
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator
from chalicelib.lake.sql import Sql, bind_list, join_sql

_FOLDED = (AlertDimension.PROVIDER, AlertDimension.SUBSCRIBER)
_ENDS = "(length({0}) >= length(?) and substr({0}, length({0}) - length(?) + 1) = ?)"


def meet_filters(filters: Sequence[RuleFilter], columns: Mapping[str, str]) -> Sql:
    """The condition that calls pass all filters, of which there is one at least. `columns`: where
    the names of a column of calls stand, empty texts where they have none."""
    return join_sql(" and ", [_meet(each, columns) for each in filters])


def _meet(wanted: RuleFilter, columns: Mapping[str, str]) -> Sql:
    """A person goes by id and by e-mail address: one of them is enough, but for IS_NOT."""
    excludes = wanted.operator is AlertFilterOperator.IS_NOT
    values: Sequence[str] = wanted.values
    names = [columns[each.column] for each in DIMENSIONS[wanted.dimension]]
    hits: list[Sql] = []
    for name in names:
        told = name
        if wanted.dimension in _FOLDED:
            told = f"lower(trim({name}))"
            values = [value.strip().lower() for value in wanted.values]
        hit = _compare(wanted.operator, told, values)
        link = f"({name} = ? or " if excludes else f"({name} <> ? and "
        hits.append(Sql(link, ("",)) + hit + Sql(")"))
    return Sql("(") + join_sql(" and " if excludes else " or ", hits) + Sql(")")


def _compare(operator: AlertFilterOperator, name: str, values: Sequence[str]) -> Sql:
    first = values[0]
    if operator is AlertFilterOperator.CONTAINS:
        return Sql(f"strpos({name}, ?) > 0", (first,))
    if operator is AlertFilterOperator.STARTS_WITH:
        return Sql(f"strpos({name}, ?) = 1", (first,))
    if operator is AlertFilterOperator.ENDS_WITH:
        return Sql(_ENDS.format(name), (first, first, first))
    among = Sql(f"{name} in ") + bind_list(values)
    return Sql("not ") + among if operator is AlertFilterOperator.IS_NOT else among
