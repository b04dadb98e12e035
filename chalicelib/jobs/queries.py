"""What jobs ask the lake: sums by job, and the calls of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.kit.windows import DayRange, Window
from chalicelib.lake.newest import read_clean, read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql, between_instants, bind_list, join_sql
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.engine import Scan, Statement
from chalicelib.ports.scope import Scope

TOOL, HUMAN = "TOOL", "HUMAN"
"""What money was spent on besides the kinds of AI calls; HUMAN is a tool's type."""
MOST_CALLS = 100_000
_AI_COLUMNS = (
    "job_id agent kind cost_nano input_tokens output_tokens total_tokens assistant"
).split()
_AI_SPENDING = Sql(
    "select job_id, agent, kind as spent_on, cost_nano, "
    "coalesce(input_tokens, 0) as input_tokens, coalesce(output_tokens, 0) as output_tokens, "
    "coalesce(total_tokens, 0) as total_tokens from "
)
_TOOL_COLUMNS = "job_id agent tool_type cost_nano requested_at".split()
_TOOL_SPENDING = Sql(
    "select job_id, agent, case when tool_type = ? then ? else ? end as spent_on, cost_nano, "
    "0 as input_tokens, 0 as output_tokens, 0 as total_tokens from ",
    (HUMAN, HUMAN, TOOL),
)
_SPENDING_SUMS = (
    "select job_id, agent, spent_on, count(*) as calls, count(cost_nano) as priced, "
    "cast(sum(cost_nano) as bigint) as cost, "
    "cast(sum(input_tokens) as bigint) as input_tokens, "
    "cast(sum(output_tokens) as bigint) as output_tokens, "
    "cast(sum(total_tokens) as bigint) as total_tokens from ("
)
CALL_COLUMNS = (
    "event_id transaction_id requested_at agent model provider duration_ms cost_nano input_tokens "
    "output_tokens total_tokens stop_reason error_code error_reason"
).split()
"""What is told of one AI call of a job."""


@dataclass(frozen=True, slots=True)
class TableDays:
    """Ranges of days of a table, all `clean` or all not: only the latter may hold an event
    several times."""

    table: str
    clean: bool
    ranges: Sequence[DayRange]


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """One row of `sum_spending`: the sums of the calls of a job, an agent and what was spent on
    (a kind of AI calls, TOOL or HUMAN).

    `cost` is nano-USD of the `priced` calls, null without one. `job_id` is null for tool calls
    outside of jobs.
    """

    job_id: str | None
    agent: str | None
    spent_on: str
    calls: int
    priced: int
    cost: int | None
    input_tokens: int
    output_tokens: int
    total_tokens: int

    @property
    def is_of_tools(self) -> bool:
        """Whether the calls were calls of tools, not of models."""
        return self.spent_on in (TOOL, HUMAN)


def of_jobs(job_ids: Sequence[str]) -> Sql:
    """The condition that keeps the calls of some jobs."""
    return Sql("job_id in ") + bind_list(job_ids)


ALL_JOBS = Sql("job_id is not null")


def paid_by_use(jobs: Sql, assistants: Sequence[str]) -> Sql:
    """The condition that keeps those calls of jobs that no flat plan of a coding assistant covers;
    calls of `assistants` are billed by use."""
    counted = Sql("")
    if assistants:
        counted = Sql(" or assistant in ") + bind_list(assistants)
    return jobs + Sql(" and (assistant is null") + counted + Sql(")")


def with_idle(jobs: Sql, window: Window) -> Sql:
    """The condition that keeps the tool calls of jobs, and those of a window that an agent made
    outside of jobs."""
    within = between_instants("requested_at", window.start, window.end)
    idle = Sql(" or (job_id is null and agent is not null and ") + within
    return Sql("(") + jobs + idle + Sql("))")


def sum_spending(team: Scope, days: Sequence[TableDays], ai: Sql, tools: Sql) -> Statement:
    """Rows of SpendingRow: what AI calls and tool calls that fulfil a condition each add up to."""
    sources: list[Sql] = []
    for part in days:
        if part.table == AI_EVENTS.name:
            sources.append(_AI_SPENDING + _read(team, part, _AI_COLUMNS, ai))
        else:
            sources.append(_TOOL_SPENDING + _read(team, part, _TOOL_COLUMNS, tools))
    sql = Sql(_SPENDING_SUMS) + join_sql(" union all ", sources) + Sql(") group by 1, 2, 3")
    return Statement(sql.text, sql.params, _scans(days))


def first_calls(team: Scope, days: Sequence[TableDays], job_id: str, most: int) -> Statement:
    """The first AI calls of a job by start: CALL_COLUMNS, then how many there are in all."""
    shown = ", ".join(CALL_COLUMNS)
    job = of_jobs([job_id])
    columns = ["job_id", *CALL_COLUMNS]
    sources = [Sql(f"select {shown} from ") + _read(team, part, columns, job) for part in days]
    sql = Sql(f"select {shown}, count(*) over () as found from (")
    sql += join_sql(" union all ", sources)
    sql += Sql(f") order by requested_at, event_id limit {int(most)}")
    return Statement(sql.text, sql.params, _scans(days))


def _read(team: Scope, part: TableDays, columns: Sequence[str], condition: Sql) -> Sql:
    """The newest versions of the events of some days that fulfil a condition."""
    partition = restrict_to(team, part.ranges)
    if part.clean:
        rows = read_clean(part.table, partition)
    else:
        rows = read_newest(part.table, columns, partition)
    return rows + Sql(" and ") + condition


def _scans(days: Sequence[TableDays]) -> list[Scan]:
    scans: list[Scan] = []
    for part in days:
        scans += scan_of(part.table, part.ranges)
    return scans
