"""Habits: what cells do not tell of work of one kind: at which hours it is done, how often its
prompts come, and how much of its answers goes on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.kit.windows import Interval
from chalicelib.lake.sql import Sql
from chalicelib.ports.engine import Result, Value
from chalicelib.recommendations.facets import PROMPT, Facets
from chalicelib.recommendations.slices import FacetValue
from chalicelib.recommendations.thresholds import Thresholds
from chalicelib.reports.builder import bucket_start
from chalicelib.reports.metrics import integer

WORK = ("kind", "provider", "model", "agent", "taskType", "tier")
"""What work of one kind has in common."""
_DAY_HOURS = 24
Statement = Callable[[Sql], Sql]
"""From events to a statement over them."""


@dataclass(slots=True)
class WorkHours:
    """Calls that are not streamed, of work of one kind, by the hour of the UTC day; `days` is how
    many days had any in the busiest hour."""

    key: tuple[FacetValue, ...]
    calls: list[int] = field(default_factory=lambda: [0] * _DAY_HOURS)
    days: int = 0

    def largest_share(self, hours: int) -> float:
        """The largest share of the calls that so many hours in a row have, also over midnight."""
        total = sum(self.calls)
        twice = self.calls * 2
        most = max(sum(twice[first : first + hours]) for first in range(_DAY_HOURS))
        return most / total if total else 0.0


@dataclass(frozen=True, slots=True)
class WorkPrompts:
    """Prompts of work of one kind: calls, the size that nine of ten prompts exceed, and in how many
    slots of five minutes there were any."""

    key: tuple[FacetValue, ...]
    calls: int
    small: int
    slots: int


@dataclass(frozen=True, slots=True)
class WorkAnswers:
    """Answers of work of one kind that the calls they led to cannot have read: how many, their
    tokens, and how many of these did not fit into what came next."""

    key: tuple[FacetValue, ...]
    calls: int
    tokens: int
    surplus: int


@dataclass(frozen=True, slots=True)
class AgentLoop:
    """Calls of one agent in one trace with prompts of one size: how many, and what they cost, in
    nano-USD."""

    agent: str
    trace: str
    calls: int
    cost: int


def ask_hours(facets: Facets) -> Statement:
    """The statement of the hours of work that is not streamed."""

    def wrap(events: Sql) -> Sql:
        hour = (
            "date_diff('hour', cast(date_trunc('day', requested_at) as timestamp), "
            "cast(date_trunc('hour', requested_at) as timestamp))"
        )
        head = Sql("select ") + facets.show(WORK) + Sql(f", {hour} as hour, count(*) as calls,")
        head += Sql(" count(distinct day) as days from ") + events
        where = Sql(" where ") + facets.expression("streamed") + Sql(" = 0")
        return head + where + Sql(f" group by {_numbers(len(WORK) + 1)}")

    return wrap


def read_hours(result: Result | None) -> Sequence[WorkHours]:
    """What `ask_hours` was answered."""
    found: dict[tuple[FacetValue, ...], WorkHours] = {}
    for key, (hour, calls, days) in _rows(result):
        work = found.setdefault(key, WorkHours(key))
        work.calls[hour] += calls
        work.days = max(work.days, days)
    return list(found.values())


def ask_prompts(facets: Facets) -> Statement:
    """The statement of the prompts of calls that did not fail."""

    def wrap(events: Sql) -> Sql:
        slot = bucket_start(Interval.FIVE_MINUTES, "requested_at")
        head = Sql("select ") + facets.show(WORK)
        head += Sql(
            f", count(*) as calls, cast(round(approx_percentile({PROMPT}, 0.1)) as bigint) as small"
            f", count(distinct {slot}) as slots from "
        )
        where = Sql(" where ") + facets.expression("failed") + Sql(" = 0")
        return head + events + where + Sql(f" group by {_numbers(len(WORK))}")

    return wrap


def read_prompts(result: Result | None) -> Sequence[WorkPrompts]:
    """What `ask_prompts` was answered."""
    return [WorkPrompts(key, *numbers) for key, numbers in _rows(result)]


def ask_answers(facets: Facets, thresholds: Thresholds) -> Statement:
    """The statement of the answers that led to further calls (which name the call as their
    parent), and are so many times as long as the largest prompt of these."""
    least, ratio = thresholds.unused_least_tokens, thresholds.unused_ratio

    def wrap(events: Sql) -> Sql:
        taken = (
            _TAKEN
            + events
            + Sql(
                " where parent_transaction_id is not null and trace_id is not null group by 1, 2)"
            )
        )
        head = Sql("select ") + facets.show(WORK)
        head += Sql(
            ", count(*) as calls, cast(sum(output_tokens) as bigint) as tokens,"
            " cast(sum(output_tokens - taken) as bigint) as surplus from "
        )
        joined = Sql(" join ") + taken
        joined += Sql(
            " on trace_id = into_trace and transaction_id = into_call"
            f" where output_tokens >= {least} and output_tokens > {ratio} * taken and "
        )
        failed = facets.expression("failed") + Sql(" = 0")
        return head + events + joined + failed + Sql(f" group by {_numbers(len(WORK))}")

    return wrap


_TAKEN = Sql(
    "(select trace_id as into_trace, parent_transaction_id as into_call, "  # noqa: S608 - our own
    f"max({PROMPT}) as taken from "
)


def read_answers(result: Result | None) -> Sequence[WorkAnswers]:
    """What `ask_answers` was answered."""
    return [WorkAnswers(key, *numbers) for key, numbers in _rows(result)]


def ask_loops(thresholds: Thresholds, most: int) -> Statement:
    """The statement of the dearest loops: rows (agent, trace, calls, cost)."""
    repeats, least = thresholds.loop_repeats, thresholds.loop_least_tokens

    def wrap(events: Sql) -> Sql:
        head = Sql(
            "select agent, trace_id, calls, cost from (select coalesce(agent, ?) as agent,"
            " trace_id, model, task_type, input_tokens, count(*) as calls,"
            " cast(coalesce(sum(cost_nano), 0) as bigint) as cost from ",
            ("",),
        )
        where = Sql(f" where trace_id is not null and coalesce(input_tokens, 0) >= {least}")
        # Few traces have so many calls at all: found first, they take less memory, and less time.
        counted = Sql("select trace_id, count(*) as calls from ") + events + where
        long = Sql(" and trace_id in (select trace_id from (") + counted
        long += Sql(f" group by 1) where calls > {repeats})")
        groups = f" group by 1, 2, 3, 4, 5) where calls > {repeats}"
        order = f" order by 4 desc, 1, 2 limit {most}"
        return head + events + where + long + Sql(groups + order)

    return wrap


def read_loops(result: Result | None) -> Sequence[AgentLoop]:
    """What `ask_loops` was answered."""
    loops: list[AgentLoop] = []
    for agent, trace, calls, cost in result.rows if result else ():
        loops.append(AgentLoop(str(agent), str(trace), integer(calls) or 0, integer(cost) or 0))
    return loops


def _numbers(most: int) -> str:
    """1, 2, 3 …: the columns that a statement groups by."""
    return ", ".join(str(number) for number in range(1, most + 1))


def _rows(result: Result | None) -> Iterator[tuple[tuple[FacetValue, ...], list[int]]]:
    """The work that each row is of, and its numbers."""
    for row in result.rows if result else ():
        facets, numbers = row[: len(WORK)], row[len(WORK) :]
        yield tuple(map(_facet, facets)), [integer(number) or 0 for number in numbers]


def _facet(value: Value) -> FacetValue:
    return value if isinstance(value, int) else str(value)
