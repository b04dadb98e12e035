"""The builder: from a question and its segments to one statement of the common SQL subset.

Each source contributes rows (bucket, the names of the group, the terms); the statement draws them
together. Every value is a bound parameter, also our own words, so that no text ever becomes SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from chalicelib.kit.windows import DayRange, Interval
from chalicelib.lake.dimensions import ABSENT, Dimension
from chalicelib.lake.newest import read_clean, read_newest, restrict_to
from chalicelib.lake.rollups import Rollup
from chalicelib.lake.sql import Sql, between_instants, bind_list, join_sql
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.scope import Scope
from chalicelib.reports.facts import CALLS, FactTable, Term
from chalicelib.reports.planner import Question, RowSource, Segment


def build(team: Scope, question: Question, segments: Sequence[Segment]) -> Statement:
    """The statement of a question; at least one segment is needed.

    Its columns are `bucket` (its start, or of a day YYYY-MM-DD; null in a total), `name0` … of
    the group, and the terms by their names.
    """
    return _Builder(team, question).build(segments)


def select_events(
    team: Scope, question: Question, segments: Sequence[Segment], columns: Sequence[str]
) -> Sql:
    """The events that a question counts, each once and in its newest version: rows of these
    columns, in brackets. The question has the term `count_events`, so that its segments, of which
    there must be one, are of events."""
    return _Builder(team, question).select_events(segments, columns)


@dataclass(frozen=True, slots=True)
class _Place:
    """A table to read: where the columns of the events stand in it, and the expression for the
    instant of its rows. `rollup` None: the events themselves."""

    table: str
    instant: str
    rollup: Rollup | None = None

    @classmethod
    def of(cls, rollup: Rollup | None, fact: FactTable, source: RowSource) -> "_Place":
        """Where the rows of a fact stand in a source."""
        if source is RowSource.DAILY and rollup:
            return cls(rollup.daily.name, "cast(day as timestamp)", rollup)
        if source is RowSource.HOURLY and rollup and rollup.hourly:
            return cls(rollup.hourly.name, "hour", rollup)
        return cls(fact.table.name, fact.instant)

    def column(self, name: str) -> str:
        """The column that holds what events have in a column `name`."""
        return self.rollup.keys[name] if self.rollup else name


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds the statement of one question for one team."""

    team: Scope
    question: Question

    def build(self, segments: Sequence[Segment]) -> Statement:
        """See `build`."""
        question = self.question
        names = [f"name{number}" for number in range(len(question.by))]
        shown = [Sql("bucket"), *self._show_names(names), *_combine(question.terms)]
        sql = Sql("select ") + join_sql(", ", shown)
        sql += Sql(" from ") + self._rows(question.terms, segments)
        sql += self._join_top_groups(segments)
        places = ", ".join(str(place + 1) for place in range(1 + len(names)))
        sql += Sql(f" group by {places}")
        scans = [self._scan(segment) for segment in segments]
        return Statement(sql.text, sql.params, scans)

    def _scan(self, segment: Segment) -> Scan:
        place = self._place(segment.fact, segment.source)
        return Scan(place.table, segment.first_day, segment.last_day)

    def _place(self, fact: FactTable, source: RowSource) -> _Place:
        return _Place.of(self.question.rollups[fact], fact, source)

    def _show_names(self, names: Sequence[str]) -> list[Sql]:
        """The names of a row's group, after those that are not named were merged."""
        top = self.question.top
        if top is None or top.others is None:
            return [Sql(name) for name in names]
        merged = Sql("coalesce(kept, ?) as name0", (top.others,))
        return [merged, *(Sql(name) for name in names[1:])]

    def _join_top_groups(self, segments: Sequence[Segment]) -> Sql:
        """A join with the groups to name, which the same sources tell: the rows are read twice, but
        asked for once."""
        top = self.question.top
        if top is None:
            return Sql("")
        telling = [segment for segment in segments if segment.fact in top.term.facts]
        kind = "inner" if top.others is None else "left"
        head = Sql(f" {kind} join (select name0 as kept from ")
        rows = self._rows((top.term,), telling or segments)
        amount = top.term.combine.format(top.term.name)
        order = f" group by 1 order by coalesce({amount}, 0) desc, 1 limit {top.most}"
        return head + rows + Sql(f"{order}) on name0 = kept")

    def _rows(self, terms: Sequence[Term], segments: Sequence[Segment]) -> Sql:
        """What every source contributes to these terms."""
        parts: list[Sql] = []
        for _, alike in groupby(sorted(segments, key=_order), key=_order):
            parts.append(self._part(terms, list(alike)))
        union = Sql("(") + join_sql(" union all ", parts) + Sql(")")
        if not any(self.question.renames.get(dimension.column) for dimension in self.question.by):
            return union
        # Once for all parts: a statement must not grow longer than Athena takes.
        shown = [Sql("bucket")]
        for number, dimension in enumerate(self.question.by):
            renames = self.question.renames.get(dimension.column)
            name = f"name{number}"
            shown.append(rename(name, renames) + Sql(f" as {name}") if renames else Sql(name))
        shown += [Sql(term.name) for term in terms]
        return Sql("(select ") + join_sql(", ", shown) + Sql(" from ") + union + Sql(")")

    def _part(self, terms: Sequence[Term], segments: Sequence[Segment]) -> Sql:
        """One row a row of the table that these segments, all of one fact and source, are read
        from."""
        fact = segments[0].fact
        place = self._place(fact, segments[0].source)
        shown = [Sql(f"{_bucket(self.question.interval, place.instant)} as bucket")]
        shown += self._names(fact, place)
        shown += [_term(term, fact, place) + Sql(f" as {term.name}") for term in terms]
        columns: list[str] = []
        for term in terms:
            if fact in term.facts:
                columns += term.columns
        return self._select(shown, columns, segments, place)

    def select_events(self, segments: Sequence[Segment], columns: Sequence[str]) -> Sql:
        """See `select_events`."""
        shown = [Sql(name) for name in columns]
        parts: list[Sql] = []
        for _, alike in groupby(sorted(segments, key=_order), key=_order):
            some = list(alike)
            place = self._place(some[0].fact, some[0].source)
            parts.append(self._select(shown, columns, some, place))
        return Sql("(") + join_sql(" union all ", parts) + Sql(")")

    def _select(
        self,
        shown: Sequence[Sql],
        columns: Sequence[str],
        segments: Sequence[Segment],
        place: _Place,
    ) -> Sql:
        """`shown` of the rows that count, of segments of one fact and source; it is made from these
        columns of the events."""
        fact = segments[0].fact
        conditions = [self._source(columns, segments, place)]
        if not all(segment.is_whole for segment in segments):
            conditions.append(_within(place.instant, segments))
        conditions += self._conditions(fact, place)
        head = Sql("select ") + join_sql(", ", shown) + Sql(" from ")
        return head + join_sql(" and ", conditions)

    def _source(self, columns: Sequence[str], segments: Sequence[Segment], place: _Place) -> Sql:
        """The table, restricted to the days of the segments, and of events to those that live:
        `<rows> where <conditions>`. `columns` of the events are shown."""
        fact, source = segments[0].fact, segments[0].source
        ranges: list[DayRange] = [(each.first_day, each.last_day) for each in segments]
        partition = restrict_to(self.team, ranges)
        if source is RowSource.DIRTY:
            return read_newest(place.table, self._columns(fact, columns), partition)
        if fact.versioned and not place.rollup:
            return read_clean(place.table, partition)
        return Sql(f"{place.table} where ") + partition

    def _columns(self, fact: FactTable, shown: Sequence[str]) -> list[str]:
        """The columns of a fact's events that the question asks for anything, and those that are
        shown."""
        columns = [fact.instant, *shown]
        if self.question.interval is Interval.DAY:
            columns.append("day")
        if fact is CALLS and self.question.assistants is not None:
            columns.append("assistant")
        return [*columns, *self.question.columns(fact)]

    def _names(self, fact: FactTable, place: _Place) -> list[Sql]:
        names: list[Sql] = []
        for number, dimension in enumerate(self.question.by):
            if dimension.column in fact.table.columns:
                name = _name_of(dimension, place)
            else:
                name = Sql("cast(null as varchar)")
            names.append(name + Sql(f" as name{number}"))
        return names

    def _conditions(self, fact: FactTable, place: _Place) -> list[Sql]:
        """Which rows count: of a rollup those of its dimension, those that have a name, those that
        pass the filters, and those of the assistants that count."""
        conditions: list[Sql] = []
        if place.rollup and place.rollup.dimension:
            conditions.append(Sql("dimension = ?", (place.rollup.dimension,)))
        for dimension in self.question.by:
            if dimension.absent is None and dimension.column in fact.table.columns:
                column = place.column(dimension.column)
                conditions.append(Sql(f"{column} is not null"))
        if fact is CALLS and self.question.assistants is not None:
            conditions.append(_of_assistants(self.question.assistants, place.column("assistant")))
        for column, values in self.question.filters.items():
            conditions.append(self._filter(place, column, values))
        conditions += [condition.sql for condition in self.question.conditions]
        return conditions

    def _filter(self, place: _Place, column: str, values: Sequence[str]) -> Sql:
        """Rows with one of the values, also under the names that these had before."""
        name, absent = Sql(place.column(column)), ABSENT.get(column)
        value = name
        if absent is not None:
            value = Sql(f"coalesce({name.text}, ?)", (absent,))
        among = value + Sql(" in ") + bind_list(values)
        renames = self.question.renames.get(column, {})
        former = [old for old, today in renames.items() if today in values]
        if not former:
            return among
        return Sql("(") + among + Sql(f" or lower({name.text}) in ") + bind_list(former) + Sql(")")


def _combine(terms: Iterable[Term]) -> list[Sql]:
    return [Sql(f"{term.combine.format(term.name)} as {term.name}") for term in terms]


def _order(segment: Segment) -> tuple[str, str]:
    return segment.fact.name, segment.source


def _name_of(dimension: Dimension, place: _Place) -> Sql:
    column = place.column(dimension.column)
    if dimension.absent is None:
        return Sql(column)
    return Sql(f"coalesce({column}, ?)", (dimension.absent,))


def rename(name: str, renames: Mapping[str, str]) -> Sql:
    """A name, as it is today: the expression for what a column or expression `name` holds.
    `renames`: the names of today by those, in lower case, that rows may hold; one at least."""
    former: dict[str, list[str]] = {}
    for old, today in renames.items():
        former.setdefault(today, []).append(old)
    cases: list[Sql] = []
    for today, names in sorted(former.items()):
        among = Sql(f" when lower({name}) in ") + bind_list(names)
        cases.append(among + Sql(" then ?", (today,)))
    return Sql("case") + join_sql("", cases) + Sql(f" else {name} end")


def _term(term: Term, fact: FactTable, place: _Place) -> Sql:
    if fact not in term.facts or (place.rollup and term.rolled is None):
        return Sql(f"cast(null as {term.kind})")
    if place.rollup is None:
        return Sql(term.row, term.params)
    column = term.rolled or ""
    return Sql(place.rollup.texts.get(column, column))


def _bucket(interval: Interval | None, instant: str) -> str:
    """The start of the bucket of an instant; of a day its name, which the partition tells without a
    look at the rows."""
    if interval is Interval.DAY:
        return "day"
    if interval is None:
        return "cast(null as timestamp)"
    return bucket_start(interval, instant)


def bucket_start(interval: Interval, instant: str) -> str:
    """The start of the bucket of an instant, both timestamps in SQL. The outer cast is there
    because DuckDB truncates to a date."""
    whole = f"cast(date_trunc('{interval.whole}', {instant}) as timestamp)"
    if interval.whole is interval:
        return whole
    step, width = interval.minutes or 0, interval.whole.minutes or 0
    cases: list[str] = []
    for start in range(0, width - step, step):
        end = f"{whole} + interval '{start + step}' minute"
        cases.append(f"when {instant} < {end} then {whole} + interval '{start}' minute")
    last = f"{whole} + interval '{width - step}' minute"
    return f"case {' '.join(cases)} else {last} end"


def _within(column: str, segments: Sequence[Segment]) -> Sql:
    """The condition that an instant lies in one of the segments."""
    spans = [between_instants(column, segment.start, segment.end) for segment in segments]
    return Sql("(") + join_sql(" or ", spans) + Sql(")")


def _of_assistants(assistants: Sequence[str], column: str) -> Sql:
    """The condition that keeps the calls of no coding assistant and of these."""
    if not assistants:
        return Sql(f"({column} is null)")
    return Sql(f"({column} is null or {column} in ") + bind_list(assistants) + Sql(")")
