"""What jobs cost, by the lake: every call that was acknowledged counts within a minute, whatever
came of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.jobs.queries import SpendingRow, TableDays, of_jobs, sum_spending
from chalicelib.jobs.records import Job, days_of
from chalicelib.kit.days import day_ranges
from chalicelib.kit.money import to_usd
from chalicelib.lake.days import DayState
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Statement, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker

CALL_TABLES = (AI_EVENTS.name, TOOL_EVENTS.name)
"""The tables whose rows are calls that a job may have made."""
MakeStatement = Callable[[Sequence[TableDays]], Statement]
"""From days, the clean ones apart from the others, to what is asked of them."""


@dataclass(slots=True)
class CallSum:
    """Calls, how many of them have a known price, and what those cost (nano-USD)."""

    calls: int = 0
    priced: int = 0
    nano: int = 0

    @property
    def usd(self) -> Decimal | None:
        """The known cost; None when there are calls and no price is known of any."""
        if self.calls and not self.priced:
            return None
        return to_usd(self.nano)

    @property
    def unpriced_calls(self) -> int:
        """Calls whose cost is unknown, and in no sum."""
        return self.calls - self.priced

    def add(self, row: SpendingRow) -> None:
        """Count a row of the lake in."""
        self.calls += row.calls
        self.priced += row.priced
        self.nano += row.cost or 0

    def merge(self, other: "CallSum") -> None:
        """Count in what another sum has counted."""
        self.calls += other.calls
        self.priced += other.priced
        self.nano += other.nano


@dataclass(slots=True)
class JobCosts:
    """What a job's calls add up to."""

    ai: CallSum = field(default_factory=CallSum)
    tools: CallSum = field(default_factory=CallSum)
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0

    @property
    def unpriced_calls(self) -> int:
        """AI and tool calls whose cost is unknown."""
        return self.ai.unpriced_calls + self.tools.unpriced_calls

    @property
    def is_known(self) -> bool:
        """Whether neither the cost of its AI calls nor that of its tool calls is wholly unknown."""
        return self.ai.usd is not None and self.tools.usd is not None

    def add(self, row: SpendingRow) -> None:
        """Count a row of the lake in."""
        calls = self.tools if row.is_of_tools else self.ai
        calls.add(row)
        self.input_tokens += row.input_tokens
        self.output_tokens += row.output_tokens
        self.total_tokens += row.total_tokens


def read_costs(world: World, team: Scope, jobs: Sequence[Job]) -> Mapping[str, JobCosts]:
    """What each of up to 100 jobs cost, by agenticJobId: one statement for all. Raises
    EngineBusy."""
    costs = {job.agentic_id: JobCosts() for job in jobs}
    metered = [job for job in jobs if job.first_day]
    if not metered:
        return costs
    wanted = of_jobs([job.agentic_id for job in metered])

    def make_statement(days: Sequence[TableDays]) -> Statement:
        return sum_spending(team, days, wanted, wanted)

    for row in read_spending(world, team, days_of(metered), make_statement):
        costs[str(row.job_id)].add(row)
    return costs


def read_spending(
    world: World, team: Scope, days: Sequence[str], make_statement: MakeStatement
) -> Iterator[SpendingRow]:
    """The rows of a statement of `sum_spending` over some days. Raises EngineBusy."""
    for row in read_rows(world, team, CALL_TABLES, days, make_statement):
        yield SpendingRow(*row)  # type: ignore[arg-type] # as selected


def read_rows(
    world: World,
    team: Scope,
    tables: Sequence[str],
    days: Sequence[str],
    make_statement: MakeStatement,
) -> Sequence[tuple[Value, ...]]:
    """The rows of a statement over days (YYYY-MM-DD, oldest first) of some tables. Raises
    EngineBusy."""
    if not days:
        return []

    asker = Asker.of(world, team)

    def of_states(states: StatesByTable) -> Statement:
        parts: list[TableDays] = []
        for table in tables:
            asker.note_emptied(states[table])
            parts += _split_by_cleanness(table, days, states[table])
        return make_statement(parts)

    result = asker.ask(tables, days, of_states)
    return result.rows if result else []


def _split_by_cleanness(
    table: str, days: Sequence[str], states: Mapping[str, DayState]
) -> Iterable[TableDays]:
    """The days of a table, the clean ones and the others apart."""
    for clean in (True, False):
        chosen = [day for day in days if states[day].is_clean is clean]
        if chosen:
            yield TableDays(table, clean, day_ranges(chosen))
