"""The builder: from a question and its segments to one statement of the common SQL subset.

Each source contributes rows (bucket, the names of the group, the terms); the statement draws them
together. Every value is a bound parameter, also our own words, so that no text ever becomes SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Interval
from chalicelib.lake.dimensions import ABSENT, Dimension
from chalicelib.lake.rollups import Rollup
from chalicelib.ports.engine import Parameter, Scan, Statement
from chalicelib.reports.facts import CALLS, Fact, Term
from chalicelib.reports.planner import Question, Segment, Source


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the parameters of its question marks, in order."""

    text: str
    params: tuple[Parameter, ...] = ()

    def __add__(self, other: "Sql") -> "Sql":
        return Sql(self.text + other.text, self.params + other.params)


def _joined(separator: str, pieces: Iterable[Sql]) -> Sql:
    parts = list(pieces)
    return Sql(
        separator.join(part.text for part in parts),
        tuple(value for part in parts for value in part.params),
    )


def _values(values: Sequence[Parameter]) -> Sql:
    return Sql(f"({', '.join('?' * len(values))})", tuple(values))


def build(team: str, question: Question, segments: Sequence[Segment]) -> Statement:
    """The statement of a question; at least one segment is needed.

    Its columns are `bucket` (its start, or of a day YYYY-MM-DD; null in a total), `name0` … of
    the group, and the terms by their names.
    """
    names = [f"name{number}" for number in range(len(question.by))]
    places = ", ".join(str(place + 1) for place in range(1 + len(names)))
    shown = _joined(", ", [Sql("bucket"), *_shown(question, names), *_combined(question.terms)])
    sql = Sql("select ") + shown + Sql(" from ") + _rows(team, question, question.terms, segments)
    sql += _kept(team, question, segments) + Sql(f" group by {places}")
    scans = [
        _scan(_from(question.rollups[each.fact], each.fact, each.source), each) for each in segments
    ]
    return Statement(sql.text, sql.params, scans)


def _combined(terms: Iterable[Term]) -> list[Sql]:
    return [Sql(f"{term.combine.format(term.name)} as {term.name}") for term in terms]


def _rows(team: str, question: Question, terms: Sequence[Term], segments: Sequence[Segment]) -> Sql:
    """What every source contributes to these terms."""
    parts = [
        _part(team, question, terms, list(chosen), _from(question.rollups[fact], fact, source))
        for (fact, source), chosen in groupby(
            sorted(segments, key=_order), key=lambda each: (each.fact, each.source)
        )
    ]
    union = Sql("(") + _joined(" union all ", parts) + Sql(")")
    renames = [question.renames.get(dimension.column) for dimension in question.by]
    if not any(renames):
        return union
    # Once for all parts: a statement must not grow longer than Athena takes.
    names = [
        _todays(f"name{at}", known) if known else Sql(f"name{at}")
        for at, known in enumerate(renames)
    ]
    shown = _joined(", ", [Sql("bucket"), *names, *(Sql(term.name) for term in terms)])
    return Sql("(select ") + shown + Sql(" from ") + union + Sql(")")


def _order(segment: Segment) -> tuple[str, str]:
    return segment.fact.name, segment.source


def _shown(question: Question, names: Sequence[str]) -> list[Sql]:
    """The names of a row's group, after those that are not named were merged."""
    if question.kept is None or question.kept.others is None:
        return [Sql(name) for name in names]
    return [Sql("coalesce(kept, ?) as name0", (question.kept.others,))]


def _kept(team: str, question: Question, segments: Sequence[Segment]) -> Sql:
    """A join with the groups to name, which the same sources tell: the rows are read twice, but
    asked for once."""
    if question.kept is None:
        return Sql("")
    term, most, others = question.kept.term, question.kept.most, question.kept.others
    ranked = _rows(
        team, question, (term,), [each for each in segments if each.fact in term.facts] or segments
    )
    head = Sql(f" {'inner' if others is None else 'left'} join (select name0 as kept from ")
    order = f"coalesce({term.combine.format(term.name)}, 0) desc, 1 limit {most}"
    return head + ranked + Sql(f" group by 1 order by {order}) on name0 = kept")


@dataclass(frozen=True, slots=True)
class _From:
    """A table to read: where the columns of the events stand in it, and the instant of its rows.
    `rollup` None: the events themselves."""

    table: str
    instant: str
    rollup: Rollup | None = None

    def column(self, name: str) -> str:
        return self.rollup.keys[name] if self.rollup else name


def _from(rollup: Rollup | None, fact: Fact, source: Source) -> _From:
    if source is Source.DAILY and rollup:
        return _From(rollup.daily.name, "cast(day as timestamp)", rollup)
    if source is Source.HOURLY and rollup and rollup.hourly:
        return _From(rollup.hourly.name, "hour", rollup)
    return _From(fact.table.name, fact.instant)


def _scan(read: _From, segment: Segment) -> Scan:
    return Scan(read.table, segment.first_day, segment.last_day)


def _part(
    team: str, question: Question, terms: Sequence[Term], segments: Sequence[Segment], read: _From
) -> Sql:
    """One row a row of the table that these segments, all of one fact and source, are read from."""
    fact, source = segments[0].fact, segments[0].source
    head = [
        Sql(f"{_bucket(question.interval, read.instant)} as bucket"),
        *_names(question, fact, read),
    ]
    head += [Sql(f"{_term(term, fact, read)} as {term.name}") for term in terms]
    within = [] if all(each.is_whole for each in segments) else [_instants(read.instant, segments)]
    conditions = [*within, *_conditions(question, fact, read)]
    if source is Source.DIRTY:
        rows, conditions = _newest(team, question, terms, segments), [Sql("place = 1"), *conditions]
    else:
        rows, conditions = Sql(read.table), [*_partition(team, segments), *conditions]
    return (
        Sql("select ")
        + _joined(", ", head)
        + Sql(" from ")
        + rows
        + Sql(" where ")
        + _joined(" and ", conditions)
    )


def _names(question: Question, fact: Fact, read: _From) -> list[Sql]:
    return [
        _named(dimension, read) + Sql(f" as name{number}")
        if dimension.column in fact.table.columns
        else Sql(f"cast(null as varchar) as name{number}")
        for number, dimension in enumerate(question.by)
    ]


def _named(dimension: Dimension, read: _From) -> Sql:
    column = read.column(dimension.column)
    return (
        Sql(column)
        if dimension.absent is None
        else Sql(f"coalesce({column}, ?)", (dimension.absent,))
    )


def _todays(name: str, renames: Mapping[str, str]) -> Sql:
    """A name, as it is today."""
    written: dict[str, list[str]] = {}
    for old, today in renames.items():
        written.setdefault(today, []).append(old)
    head = Sql(f" when lower({name}) in ")
    cases = [
        head + _values(old) + Sql(" then ?", (today,)) for today, old in sorted(written.items())
    ]
    return Sql("case") + _joined("", cases) + Sql(f" else {name} end as {name}")


def _term(term: Term, fact: Fact, read: _From) -> str:
    if fact not in term.facts or (read.rollup and term.rolled is None):
        return f"cast(null as {term.kind})"
    return read.rollup.texts.get(term.rolled or "", term.rolled or "") if read.rollup else term.row


def _newest(
    team: str, question: Question, terms: Sequence[Term], segments: Sequence[Segment]
) -> Sql:
    """The newest versions first, every condition on their columns after: a correction may move a
    call to a group."""
    fact = segments[0].fact
    read = [column for term in terms if fact in term.facts for column in term.columns]
    assistant = ["assistant"] if fact is CALLS and question.assistants is not None else []
    bucket = ["day"] if question.interval is Interval.DAY else []
    columns = dict.fromkeys(
        (fact.instant, "deleted", *bucket, *read, *assistant, *question.columns(fact))
    )
    place = "row_number() over (partition by event_id order by version desc) as place"
    head = f"(select {', '.join(columns)}, {place} from {fact.table.name} where "
    return Sql(head) + _joined(" and ", _partition(team, segments)) + Sql(")")


def _bucket(interval: Interval | None, instant: str) -> str:
    """The start of the bucket of an instant; of a day its name, which the partition tells without a
    look at the rows. The outer cast is there because DuckDB truncates to a date."""
    if interval is Interval.DAY:
        return "day"
    truncated = f"date_trunc('{interval}', {instant})" if interval else "null"
    return f"cast({truncated} as timestamp)"


def _partition(team: str, segments: Sequence[Segment]) -> list[Sql]:
    """The files to read: one team's, of just these days."""
    days = [
        Sql("day between ? and ?", (segment.first_day, segment.last_day)) for segment in segments
    ]
    return [Sql("team = ?", (team,)), Sql("(") + _joined(" or ", days) + Sql(")")]


def _instants(column: str, segments: Sequence[Segment]) -> Sql:
    between = f"{column} between cast(? as timestamp) and cast(? as timestamp)"
    spans = [
        Sql(between, (_timestamp(segment.start), _timestamp(segment.end))) for segment in segments
    ]
    return Sql("(") + _joined(" or ", spans) + Sql(")")


def _timestamp(instant: int) -> str:
    return iso(instant).replace("T", " ").removesuffix("Z")


def _conditions(question: Question, fact: Fact, read: _From) -> list[Sql]:
    """Which rows count: of a rollup those of its dimension, of events those that live; the filters;
    the assistants."""
    found = (
        [Sql("dimension = ?", (read.rollup.dimension,))]
        if read.rollup and read.rollup.dimension
        else []
    )
    found += [Sql("not deleted")] if fact.versioned and not read.rollup else []
    left_out = [dimension.column for dimension in question.by if dimension.absent is None]
    found += [
        Sql(f"{read.column(column)} is not null")
        for column in left_out
        if column in fact.table.columns
    ]
    if fact is CALLS and question.assistants is not None:
        found.append(_assistants(question.assistants, read.column("assistant")))
    return found + [
        _among(question, read.column(column), column, values)
        for column, values in question.filters.items()
    ]


def _assistants(counted: Sequence[str], column: str) -> Sql:
    own = Sql(f"{column} is null")
    return (
        Sql("(")
        + own
        + (Sql(f" or {column} in ") + _values(counted) if counted else Sql(""))
        + Sql(")")
    )


def _among(question: Question, place: str, column: str, values: Sequence[str]) -> Sql:
    """Rows of the values, also under the names that these had before."""
    absent = ABSENT.get(column)
    named = Sql(place) if absent is None else Sql(f"coalesce({place}, ?)", (absent,))
    kept = named + Sql(" in ") + _values(values)
    before = [old for old, today in question.renames.get(column, {}).items() if today in values]
    return (
        Sql("(") + kept + Sql(f" or lower({place}) in ") + _values(before) + Sql(")")
        if before
        else kept
    )
