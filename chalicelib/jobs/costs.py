"""What jobs cost, by the lake: every call that was acknowledged counts within a minute, whatever
came of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chalicelib.jobs.queries import HUMAN, TOOL, Days, Line, of_jobs, spending
from chalicelib.jobs.records import days_of
from chalicelib.kit.money import to_usd
from chalicelib.lake.days import DayState
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.documents import Record
from chalicelib.ports.engine import Statement, Value
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker

ALL = (AI_EVENTS.name, TOOL_EVENTS.name)
_DAY = timedelta(1)


@dataclass(slots=True)
class Sum:
    """Calls, how many of them have a known price, and what those cost (nano-USD)."""

    calls: int = 0
    priced: int = 0
    nano: int = 0

    @property
    def usd(self) -> Decimal | None:
        """The known cost; None when there are calls and no price is known of any."""
        return to_usd(self.nano) if self.priced or not self.calls else None

    @property
    def unpriced(self) -> int:
        """Calls whose cost is unknown, and in no sum."""
        return self.calls - self.priced

    def add(self, line: Line) -> None:
        """Count a line in."""
        self.calls += line.calls
        self.priced += line.priced
        self.nano += line.cost or 0


class Spent:
    """What a job's calls add up to."""

    def __init__(self) -> None:
        self.ai = Sum()
        self.tools = Sum()
        self.input_tokens = self.output_tokens = self.total_tokens = 0

    @property
    def unpriced(self) -> int:
        """AI and tool calls whose cost is unknown."""
        return self.ai.unpriced + self.tools.unpriced

    @property
    def is_known(self) -> bool:
        """Whether neither the cost of its AI calls nor that of its tool calls is wholly unknown."""
        return self.ai.usd is not None and self.tools.usd is not None

    def add(self, line: Line) -> None:
        """Count a line in."""
        (self.tools if line.spent_on in (TOOL, HUMAN) else self.ai).add(line)
        self.input_tokens += line.input_tokens
        self.output_tokens += line.output_tokens
        self.total_tokens += line.total_tokens


def spent_by(world: World, team: str, records: Sequence[Record]) -> Mapping[str, Spent]:
    """What each of up to 100 jobs cost, by agenticJobId: one statement for all. Raises
    EngineBusy."""
    found = {record.doc["agenticJobId"]: Spent() for record in records}
    metered = [record for record in records if "firstDay" in record.doc]
    if metered:
        wanted = of_jobs([record.doc["agenticJobId"] for record in metered])
        for line in lines(
            world, team, days_of(metered), lambda days: spending(team, days, wanted, wanted)
        ):
            found[str(line.job_id)].add(line)
    return found


def lines(
    world: World, team: str, days: Sequence[str], statement: Callable[[Sequence[Days]], Statement]
) -> Iterable[Line]:
    """The rows of a statement of `spending` over some days. Raises EngineBusy."""
    return (Line(*row) for row in steadily(world, team, ALL, days, statement))  # type: ignore[arg-type] # as selected


def steadily(
    world: World,
    team: str,
    tables: Sequence[str],
    days: Sequence[str],
    statement: Callable[[Sequence[Days]], Statement],
) -> Sequence[tuple[Value, ...]]:
    """The rows of a statement over days of some tables. Raises EngineBusy."""
    if not days:
        return []
    found = Asker.of(world, team).ask(
        tables,
        days,
        lambda known: statement(
            [part for table in tables for part in _parts(table, days, known[table])]
        ),
    )
    return found.rows if found else []


def _parts(table: str, days: Sequence[str], known: Mapping[str, DayState]) -> Iterable[Days]:
    """The days of a table, the clean and the others apart."""
    for clean in (True, False):
        chosen = [day for day in days if known[day].is_clean is clean]
        if chosen:
            yield Days(table, clean, ranges(chosen))


def ranges(days: Sequence[str]) -> list[tuple[str, str]]:
    """Days, oldest first, as ranges of days that follow one another."""
    found: list[tuple[str, str]] = []
    for day in days:
        if found and date.fromisoformat(found[-1][1]) + _DAY == date.fromisoformat(day):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
