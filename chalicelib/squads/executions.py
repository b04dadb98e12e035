"""Executions: one row each, narrowed, sorted and cut by the lake."""

from dataclasses import dataclass

from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.lake.sql import (
    Sql,
    between_instants,
    bind_list,
    join_sql,
    select_from,
    timestamp_text,
)
from chalicelib.squads.grouping import GroupKey, Groups, is_same_name
from chalicelib.squads.history import History, in_brackets
from chalicelib.squads.keys import key_columns, of_group
from chalicelib.squads.paging import FoundRows, Row, cut_page, read_page, read_row

COLUMNS = (
    "squad_id",
    "first_name",
    "newest_name",
    "begun",
    "latest",
    "ended",
    "duration_ms",
    "calls",
    "priced",
    "failures",
    "cost_nano",
    "agents",
    "traces",
    "status",
)
"""Of an execution: `first_name` that of its first call (empty: none), `newest_name` the last that
it was told (null: never), `begun` and `latest` its first and last request, `ended` when its last
answer had come, `cost_nano` null when no cost is known."""
SORTED_BY = {
    "startTime": "begun",
    "endTime": "ended",
    "duration": "duration_ms",
    "agentCount": "agents",
    "traceCount": "traces",
    "totalCost": "cost_nano",
    "status": "status",
    "squadName": "newest_name",
    "label": "newest_name",
    "id": "squad_id",
}
SUCCESS, PARTIAL, FAILED = "SUCCESS", "PARTIAL", "FAILED"


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Which executions: those that ran in `window` (with `group`: that began in it), of a name and
    a status."""

    window: Window
    name: str | None = None
    status: str | None = None
    group: GroupKey | None = None

    def conditions(self, groups: Groups) -> list[Sql]:
        """The same in SQL, over COLUMNS and those of their group."""
        start, end = timestamp_text(self.window.start), timestamp_text(self.window.end)
        if self.group:
            found = [between_instants("begun", self.window.start, self.window.end)]
            found.append(of_group(self.group, groups))
        else:
            running = "begun <= cast(? as timestamp) and latest >= cast(? as timestamp)"
            found = [Sql(running, (end, start))]
        if self.name is not None:
            spellings = [each for each in groups.by_name if is_same_name(each, self.name)]
            found.append(Sql("newest_name in ") + bind_list(spellings or [""]))
        if self.status is not None:
            found.append(Sql("status = ?", (self.status,)))
        return found


def find_executions(
    history: History, groups: Groups, asked: ExecutionFilter, order: str, page: PageRequest
) -> FoundRows:
    """A page of executions. Raises EngineBusy."""

    def cut(rows: Sql) -> Sql:
        keyed = in_brackets(select_keyed(select_executions(rows), groups))
        narrowed = in_brackets(
            select_from(COLUMNS, keyed)
            + Sql(" where ")
            + join_sql(" and ", asked.conditions(groups))
        )
        return cut_page(COLUMNS, narrowed, order, page)

    return read_page(history.ask(cut), COLUMNS, page)


def read_execution(history: History, identity: str) -> Row | None:
    """One execution, whenever it ran; None when there is none. Raises EngineBusy."""
    result = history.ask(
        lambda rows: select_from(COLUMNS, select_executions(rows)), execution=identity
    )
    rows = result.rows if result else ()
    return read_row(COLUMNS, rows[0]) if rows else None


def select_executions(rows: Sql) -> Sql:
    """Rows of COLUMNS, in brackets, from those of the history."""
    edges = [
        "*",
        "min(begun) over (partition by squad_id) as first_begun",
    ]
    told = "max(case when squad_name <> ? then latest end) over (partition by squad_id)"
    head = Sql("select ") + join_sql(", ", [*map(Sql, edges), Sql(f"{told} as told", ("",))])
    edged = in_brackets(head + Sql(" from ") + rows)
    newest = "max(case when latest = told and squad_name <> ? then squad_name end)"
    figures = [
        Sql("squad_id"),
        Sql("max(case when begun = first_begun then squad_name end) as first_name"),
        Sql(f"{newest} as newest_name", ("",)),
        Sql("min(begun) as begun, max(latest) as latest, max(ended) as ended"),
        Sql("max(told) as told"),
        *(Sql(f"sum({name}) as {name}") for name in ("calls", "priced", "failures", "cost_nano")),
        Sql("count(distinct nullif(agent, ?)) as agents", ("",)),
        Sql("count(distinct nullif(trace_id, ?)) as traces", ("",)),
    ]
    summed = Sql("select ") + join_sql(", ", figures) + Sql(" from ") + edged
    summed = in_brackets(summed + Sql(" group by squad_id"))
    ended = "case when ended < begun then begun else ended end"
    plain = [name for name in COLUMNS if name not in ("ended", "duration_ms", "status")]
    status = Sql(
        "case when failures = 0 then ? when failures = calls then ? else ? end as status",
        (SUCCESS, FAILED, PARTIAL),
    )
    shown = [*map(Sql, plain), Sql("told"), Sql(f"{ended} as ended")]
    shown += [Sql(f"date_diff('millisecond', begun, {ended}) as duration_ms"), status]
    return in_brackets(Sql("select ") + join_sql(", ", shown) + Sql(" from ") + summed)


def select_keyed(executions: Sql, groups: Groups) -> Sql:
    """Executions with the columns that tell their group."""
    return Sql("select *, ") + key_columns(groups) + Sql(" from ") + executions
