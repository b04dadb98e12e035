"""What jobs ask the lake: sums by job, and the calls of one."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.kit.clock import iso
from chalicelib.kit.windows import Window
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.engine import Parameter, Scan, Statement

TOOL, HUMAN = "TOOL", "HUMAN"
"""What money was spent on besides the kinds of AI calls; HUMAN is a tool's type."""
MOST_CALLS = 100_000
_AI = "job_id, agent, kind, cost_nano, input_tokens, output_tokens, total_tokens, assistant"
_TOOL = "job_id, agent, tool_type, cost_nano, requested_at"
_CALL = (
    "event_id, transaction_id, requested_at, agent, model, provider, duration_ms, cost_nano, input_tokens, "
    "output_tokens, total_tokens, stop_reason, error_code, error_reason"
)


class Days(NamedTuple):
    """Ranges of days of a table, both ends inclusive, all clean or all not: only the latter may
    hold an event twice."""

    table: str
    clean: bool
    ranges: Sequence[tuple[str, str]]


class Condition(NamedTuple):
    """A condition on rows, with the parameters of its question marks."""

    sql: str
    params: Sequence[Parameter] = ()


class Line(NamedTuple):
    """Sums of the calls of a job, an agent and what was spent on: a kind of AI calls, TOOL or
    HUMAN.

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


def of_jobs(job_ids: Sequence[str]) -> Condition:
    """The calls of some jobs."""
    return Condition(f"job_id in ({', '.join('?' * len(job_ids))})", tuple(job_ids))


ALL_JOBS = Condition("job_id is not null")


def paid(jobs: Condition, assistants: Sequence[str]) -> Condition:
    """Those of the calls of jobs that no flat plan of a coding assistant covers; those of
    `assistants` are billed by use."""
    counted = f" or assistant in ({', '.join('?' * len(assistants))})" if assistants else ""
    return Condition(f"{jobs.sql} and (assistant is null{counted})", (*jobs.params, *assistants))


def with_idle(jobs: Condition, window: Window) -> Condition:
    """The tool calls of jobs, and those of a window that an agent made outside of jobs."""
    between = "requested_at between cast(? as timestamp) and cast(? as timestamp)"
    ends = [
        iso(instant).replace("T", " ").removesuffix("Z") for instant in (window.start, window.end)
    ]
    return Condition(
        f"({jobs.sql} or (job_id is null and agent is not null and {between}))",
        (*jobs.params, *ends),
    )


def spending(team: str, days: Sequence[Days], ai: Condition, tools: Condition) -> Statement:
    """Rows of Line: what AI calls and tool calls that fulfil a condition each add up to."""
    heads = {
        AI_EVENTS.name: (
            "select job_id, agent, kind as spent_on, cost_nano, coalesce(input_tokens, 0) as input_tokens, "
            "coalesce(output_tokens, 0) as output_tokens, coalesce(total_tokens, 0) as total_tokens from ",
            (), _AI, ai,
        ),
        TOOL_EVENTS.name: (
            "select job_id, agent, case when tool_type = ? then ? else ? end as spent_on, cost_nano, "
            "0 as input_tokens, 0 as output_tokens, 0 as total_tokens from ",
            (HUMAN, HUMAN, TOOL), _TOOL, tools,
        ),
    }  # fmt: skip
    texts, params = [], list[Parameter]()
    for part in days:
        head, own, columns, condition = heads[part.table]
        source = _rows(team, part, columns, condition)
        texts.append(head + source.sql)
        params += [*own, *source.params]
    sql = (
        "select job_id, agent, spent_on, count(*) as calls, count(cost_nano) as priced, "
        "cast(sum(cost_nano) as bigint) as cost, cast(sum(input_tokens) as bigint) as input_tokens, "
        "cast(sum(output_tokens) as bigint) as output_tokens, cast(sum(total_tokens) as bigint) as total_tokens "
        f"from ({' union all '.join(texts)}) group by 1, 2, 3"
    )
    return Statement(sql, tuple(params), _scans(days))


def calls(team: str, days: Sequence[Days], job_id: str, most: int) -> Statement:
    """The first AI calls of a job by start: the columns of _CALL, then how many there are in
    all."""
    sources = [_rows(team, part, _CALL, of_jobs([job_id]), keyed=True) for part in days]
    union = " union all ".join(f"select {_CALL} from {source.sql}" for source in sources)
    sql = f"select {_CALL}, count(*) over () as found from ({union}) order by requested_at, event_id limit {int(most)}"
    return Statement(
        sql, tuple(value for source in sources for value in source.params), _scans(days)
    )


def _rows(
    team: str, part: Days, columns: str, condition: Condition, *, keyed: bool = False
) -> Condition:
    """The newest version of each event of some days, unless it was deleted, that fulfils a
    condition."""
    days = " or ".join("day between ? and ?" for _ in part.ranges)
    within = f"team = ? and ({days})"
    values = (team, *(day for each in part.ranges for day in each), *condition.params)
    kept = f"not deleted and {condition.sql}"
    if part.clean:
        return Condition(f"{part.table} where {within} and {kept}", values)
    named = f"job_id, {columns}" if keyed else columns
    newest = "row_number() over (partition by event_id order by version desc) as place"
    return Condition(
        f"(select {named}, deleted, {newest} from {part.table} where {within}) where place = 1 and {kept}",
        values,
    )


def _scans(days: Sequence[Days]) -> list[Scan]:
    return [Scan(part.table, first, last) for part in days for first, last in part.ranges]
