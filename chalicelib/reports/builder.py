"""The builder: from a question and its segments to one statement of the common SQL subset.

Each source contributes rows (bucket, name, calls, priced, cost, low, high); the statement adds them up. Every value is
a bound parameter, also our own words, so that no text ever becomes SQL.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Interval
from chalicelib.lake.tables import AI_EVENTS, ROLLUP_DAILY, ROLLUP_HOURLY
from chalicelib.ports.engine import Parameter, Scan, Statement
from chalicelib.reports.measures import PERCENTILES, Measure
from chalicelib.reports.planner import Question, Segment, Source

METERED = "revenium_metered"
"""The cost source of a call that names none."""
_TABLES = {
    Source.DAILY: ROLLUP_DAILY.name,
    Source.HOURLY: ROLLUP_HOURLY.name,
    Source.CLEAN: AI_EVENTS.name,
    Source.DIRTY: AI_EVENTS.name,
}
_ADDITIVE = {
    Measure.SUM: "cast(sum(cost) as bigint)",
    Measure.AVG: "cast(sum(cost) as bigint)",
    Measure.MIN: "min(low)",
    Measure.MAX: "max(high)",
    Measure.COUNT: "cast(sum(calls) as bigint)",
}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the parameters of its question marks, in order."""

    text: str
    params: tuple[Parameter, ...] = ()

    def __add__(self, other: "Sql") -> "Sql":
        return Sql(self.text + other.text, self.params + other.params)


def _joined(separator: str, pieces: Iterable[Sql]) -> Sql:
    parts = list(pieces)
    return Sql(separator.join(part.text for part in parts), tuple(value for part in parts for value in part.params))


def _values(values: Sequence[Parameter]) -> Sql:
    return Sql(f"({', '.join('?' * len(values))})", tuple(values))


def build(team: str, question: Question, segments: Sequence[Segment]) -> Statement:
    """The statement of a question; at least one segment is needed.

    Its rows are (bucket, name, calls, priced, value): `bucket` is null in a total, `value` is in nano-USD (of avg: the
    sum), or a number of calls.
    """
    parts = []
    for source, part in _PARTS.items():
        chosen = [segment for segment in segments if segment.source is source]
        if chosen:
            parts.append(part(team, question, chosen))
    head = "cast(sum(calls) as bigint) as calls, cast(sum(priced) as bigint) as priced"
    sql = (
        Sql("select bucket, ") + _shown(question) + Sql(f" as name, {head}, {_value(question.measure)} as value from (")
        + _joined(" union all ", parts) + Sql(") group by 1, 2")
    )  # fmt: skip
    scan = [Scan(_TABLES[segment.source], segment.first_day, segment.last_day) for segment in segments]
    return Statement(sql.text, sql.params, scan)


def _value(measure: Measure) -> str:
    return _ADDITIVE[measure] if measure.additive else f"approx_percentile(cost, {PERCENTILES[measure]})"


def _shown(question: Question) -> Sql:
    """The name of a row's group, after those that are not named were merged."""
    if question.named is None:
        return Sql("name")
    named = Sql("case when name in ") + _values(question.named)
    return named + Sql(" then name else ? end", (question.dimension.others,))


def _clean(team: str, question: Question, segments: Sequence[Segment]) -> Sql:
    return _calls(question, segments, Sql(f"{AI_EVENTS.name} where ") + _partition(team, segments))


def _dirty(team: str, question: Question, segments: Sequence[Segment]) -> Sql:
    """The newest versions first, every condition on their columns after: a correction may move a call to a group."""
    fixed = ("requested_at", "deleted", "cost_nano", "assistant")
    columns = ", ".join(dict.fromkeys((*fixed, question.dimension.column, *question.filters)))
    newest = "row_number() over (partition by event_id order by version desc)"
    rows = Sql(f"(select {columns}, {newest} as place from {AI_EVENTS.name} where ") + _partition(team, segments)
    return _calls(question, segments, rows + Sql(") where place = 1"))


def _calls(question: Question, segments: Sequence[Segment], source: Sql) -> Sql:
    """One row a call. `source` ends within its conditions."""
    column = question.dimension.column
    return (
        Sql(f"select {_bucket(question.interval, 'requested_at')} as bucket, coalesce({column}, ?) as name, "
            "1 as calls, case when cost_nano is null then 0 else 1 end as priced, "
            "cost_nano as cost, cost_nano as low, cost_nano as high from ", (question.dimension.absent,))
        + source + Sql(" and not deleted and ") + _instants("requested_at", segments) + _kept(question, column)
    )  # fmt: skip


def _hourly(team: str, question: Question, segments: Sequence[Segment]) -> Sql:
    hours = Sql(" and ") + _instants("hour", segments)
    return _sums(team, question, segments, ROLLUP_HOURLY.name, _bucket(question.interval, "hour"), hours)


def _daily(team: str, question: Question, segments: Sequence[Segment]) -> Sql:
    bucket = _bucket(question.interval, "cast(day as timestamp)")
    return _sums(team, question, segments, ROLLUP_DAILY.name, bucket, Sql(""))


def _sums(team: str, question: Question, segments: Sequence[Segment], table: str, bucket: str, within: Sql) -> Sql:
    """One row a rollup row."""
    dimension = question.dimension
    return (
        Sql(f"select {bucket} as bucket, coalesce(value, ?) as name, calls, priced, cost_nano as cost, "
            f"min_cost_nano as low, max_cost_nano as high from {table} where ", (dimension.absent,))
        + _partition(team, segments) + Sql(" and dimension = ?", (dimension.name,))
        + within + _kept(question, "value")
    )  # fmt: skip


_PARTS: Mapping[Source, Callable[[str, Question, Sequence[Segment]], Sql]] = {
    Source.DAILY: _daily,
    Source.HOURLY: _hourly,
    Source.CLEAN: _clean,
    Source.DIRTY: _dirty,
}


def _bucket(interval: Interval | None, instant: str) -> str:
    """The start of the bucket of an instant. The outer cast is there because DuckDB truncates to a date."""
    truncated = f"date_trunc('{interval}', {instant})" if interval else "null"
    return f"cast({truncated} as timestamp)"


def _partition(team: str, segments: Sequence[Segment]) -> Sql:
    """The files to read: one team's, of just these days."""
    days = [Sql("day between ? and ?", (segment.first_day, segment.last_day)) for segment in segments]
    return Sql("team = ? and (", (team,)) + _joined(" or ", days) + Sql(")")


def _instants(column: str, segments: Sequence[Segment]) -> Sql:
    between = f"{column} between cast(? as timestamp) and cast(? as timestamp)"
    spans = [Sql(between, (_timestamp(segment.start), _timestamp(segment.end))) for segment in segments]
    return Sql("(") + _joined(" or ", spans) + Sql(")")


def _timestamp(instant: int) -> str:
    return iso(instant).replace("T", " ").removesuffix("Z")


def _kept(question: Question, dimension_column: str) -> Sql:
    """The filters, and which assistants' calls count. In a rollup the dimension's column is called `value`."""
    kept = Sql(" and (assistant is null")
    if question.assistants:
        kept += Sql(" or assistant in ") + _values(question.assistants)
    kept += Sql(")")
    for column, values in question.filters.items():
        name = dimension_column if column == question.dimension.column else column
        absent = METERED if column == "cost_source" else question.dimension.absent
        kept += Sql(f" and coalesce({name}, ?) in ", (absent,)) + _values(values)
    return kept
