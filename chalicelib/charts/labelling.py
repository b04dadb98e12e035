"""Labelling: calls with a value and the label under which a chart shows it, in SQL, for what cannot
be added up afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.selecting import DIMENSIONS, Renames
from chalicelib.budgets.vocabulary import AlertDimension
from chalicelib.charts.conditions import meet_filters
from chalicelib.charts.frames import OTHER, UNCLASSIFIED
from chalicelib.charts.vocabulary import ChartTimeGrain
from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.reports.builder import rename


@dataclass(frozen=True, slots=True)
class Labelling:
    """How calls get their labels: by the names in `columns` of the events, which `renames` tell as
    they are today, grouped by a dimension (None: all in one group, of no name). `folds`: the names
    to show by the spellings, in lower case, of providers that have several. `named`: the groups
    that keep their names, all others become one; None: all keep theirs."""

    columns: Sequence[str]
    renames: Renames
    filters: Sequence[RuleFilter]
    group_by: AlertDimension | None
    folds: Mapping[str, str]
    named: Sequence[str] | None

    def select(self, events: Sql, value: str, grain: ChartTimeGrain) -> Sql:
        """Rows of `bucket`, `value` and `label` of the events that pass the filters, in
        brackets. `events` are rows with the columns, their instant and `value`."""
        rows = self._select_names(events, value, grain)
        rows = Sql("(select bucket, value, ") + self._group() + Sql(" as label from ") + rows
        if self.filters:
            rows += Sql(" where ") + meet_filters(self.filters, self._names)
        rows += Sql(")")
        if self.folds:
            rows = _relabel(rename("label", self.folds), rows)
        return rows if self.named is None else _relabel(self._name(self.named), rows)

    @property
    def _names(self) -> Mapping[str, str]:
        """What the names are called, by their column."""
        return {column: f"name{place}" for place, column in enumerate(self.columns)}

    def _select_names(self, events: Sql, value: str, grain: ChartTimeGrain) -> Sql:
        bucket = f"cast(date_trunc('{grain}', requested_at) as timestamp) as bucket"
        shown = [Sql(bucket), Sql(f"{value} as value")]
        for column, name in self._names.items():
            former = self.renames.get(column)
            today = rename(column, former) if former else Sql(column)
            shown.append(Sql("coalesce(") + today + Sql(f", ?) as {name}", ("",)))
        return Sql("(select ") + join_sql(", ", shown) + Sql(" from ") + events + Sql(")")

    def _group(self) -> Sql:
        """The first name that a call has by the dimension."""
        if self.group_by is None:
            return Sql("cast(? as varchar)", ("",))
        columns = [self._names[each.column] for each in DIMENSIONS[self.group_by]]
        told = [Sql(f"nullif({name}, ?)", ("",)) for name in columns]
        return Sql("coalesce(") + join_sql(", ", told) + Sql(", ?)", (UNCLASSIFIED,))

    @staticmethod
    def _name(named: Sequence[str]) -> Sql:
        if not named:
            return Sql("cast(? as varchar)", (OTHER,))
        among = bind_list(named)
        return Sql("case when label in ") + among + Sql(" then label else ? end", (OTHER,))


def _relabel(label: Sql, rows: Sql) -> Sql:
    return Sql("(select bucket, value, ") + label + Sql(" as label from ") + rows + Sql(")")
