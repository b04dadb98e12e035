"""What is asked of the lake about single calls and their cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.windows import DayRange, Window
from chalicelib.lake.days import DayState
from chalicelib.lake.dimensions import ASSISTANT
from chalicelib.lake.newest import read_clean, read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql, bind_list, join_sql
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.scope import Scope
from chalicelib.reports.facts import CALLS, count_priced, count_rows, sum_of
from chalicelib.reports.planner import Question, RowSource, Segment, plan

CALL_COLUMNS = (
    "event_id transaction_id requested_at model product_id product credential_id credential"
).split()
"""What is told of one call."""
COMPLETION = "COMPLETION"
_MOST_ROWS = 10_000
_COSTS = Question(
    by=(ASSISTANT,),
    terms=(count_rows(CALLS), count_priced(CALLS), sum_of(CALLS, "cost_nano")),
    filters={"kind": [COMPLETION]},
)
_ROLLUP = _COSTS.rollups[CALLS]
Plans = Mapping[Scope, Sequence[Segment]]
"""What is read of each team: segments of whole days."""


def plan_completions(days: Sequence[str], states: Mapping[str, DayState]) -> Sequence[Segment]:
    """What is read to know what the completions of a team cost on the days of `states`, which are
    some of `days` in a row: rollups where there are any."""
    window = Window(day_start(days[0]), day_start(days[-1]) + DAY - 1)
    return plan(window, _COSTS, CALLS, {**dict.fromkeys(days, DayState()), **states})


def sum_completions(plans: Plans) -> Statement:
    """A row for each assistant of a team that has completions, and for those of none: the team, the
    assistant, and the numbers of CallSums; the last is null when no price is known of any. Of one
    team at least, each of which has a segment."""
    parts: list[Sql] = []
    scans: list[Scan] = []
    for source in RowSource:
        chosen = _choose(plans, source)
        if chosen:
            table, part = _read_costs(source, chosen)
            parts.append(part)
            scans += [scan for ranges in chosen for scan in scan_of(table, ranges)]
    rows = join_sql(" union all ", parts)
    sums = ", ".join(f"cast(sum({name}) as bigint)" for name in ("calls", "priced", "cost_nano"))
    sql = Sql(f"select team, assistant, {sums} from (") + rows
    sql += Sql(") group by team, assistant")
    return Statement(sql.text, sql.params, scans, teams=list(plans)[1:])


_TeamsByDays = Mapping[tuple[DayRange, ...], list[Scope]]


def _choose(plans: Plans, source: RowSource) -> _TeamsByDays:
    """The days that are read from a source, with the teams of which just these are."""
    chosen: dict[tuple[DayRange, ...], list[Scope]] = {}
    for team, segments in plans.items():
        ranges = tuple(
            (each.first_day, each.last_day) for each in segments if each.source is source
        )
        if ranges:
            chosen.setdefault(ranges, []).append(team)
    return chosen


def _read_costs(source: RowSource, chosen: _TeamsByDays) -> tuple[str, Sql]:
    """The table that a source is, and rows of completions in it."""
    partition = join_sql(" and ", _restrict(chosen))
    kind = Sql("kind = ?", (COMPLETION,))
    counts = "1 as calls, case when cost_nano is null then 0 else 1 end as priced"
    if source is RowSource.DAILY and _ROLLUP:
        table, counts = _ROLLUP.daily.name, "calls, priced"
        rows = Sql(f"{table} where ") + partition + Sql(" and dimension = ?", (_ROLLUP.dimension,))
    elif source is RowSource.CLEAN:
        table, rows = AI_EVENTS.name, read_clean(AI_EVENTS.name, partition)
    else:
        table = AI_EVENTS.name
        rows = read_newest(table, ("team", "assistant", "cost_nano", "kind"), partition)
    columns = Sql(f"select team, assistant, {counts}, cost_nano from ")
    return table, columns + rows + Sql(" and ") + kind


def _restrict(chosen: _TeamsByDays) -> Iterator[Sql]:
    """The conditions that keep to these teams and days. Where the days differ, the first ones are
    there because engines choose files by them."""
    if len(chosen) > 1:
        teams = [team for some in chosen.values() for team in some]
        days = sorted({day for ranges in chosen for each in ranges for day in each})
        yield Sql("team in ") + bind_list(teams)
        yield Sql("day between ? and ?", (days[0], days[-1]))
    parts: list[Sql] = []
    for ranges, some in chosen.items():
        spans = join_sql(" or ", [Sql("day between ? and ?", each) for each in ranges])
        parts.append(Sql("team in ") + bind_list(some) + Sql(" and (") + spans + Sql(")"))
    yield parts[0] if len(parts) == 1 else Sql("(") + join_sql(" or ", parts) + Sql(")")


@dataclass(frozen=True, slots=True)
class CallSelection:
    """The calls of some subscribers from `start` to `end` (UTC epoch ms), both inclusive; of one
    product where that is given."""

    start: int
    end: int
    subscribers: Sequence[str]
    product: str | None


def newest_calls(team: Scope, calls: CallSelection) -> Statement:
    """The newest 10,000 calls of the days that a selection touches: rows of CALL_COLUMNS."""
    days = [(day_of(calls.start), day_of(calls.end))]
    columns = [*CALL_COLUMNS, "subscriber_id"]
    sql = Sql(f"select {', '.join(CALL_COLUMNS)} from ")
    sql += read_newest(AI_EVENTS.name, columns, restrict_to(team, days))
    sql += Sql(" and subscriber_id in ") + bind_list(calls.subscribers)
    if calls.product:
        sql += Sql(" and product_id = ?", (calls.product,))
    sql += Sql(f" order by requested_at desc, event_id limit {_MOST_ROWS}")
    return Statement(sql.text, sql.params, scan_of(AI_EVENTS.name, days))
