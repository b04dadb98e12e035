"""The calls that a dry run looks at one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.budgets.generations import CountedRule, Counting
from chalicelib.budgets.measures import MEASURES
from chalicelib.budgets.windows import BudgetWindow
from chalicelib.kit.clock import millis
from chalicelib.kit.errors import Invalid
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import Dimension
from chalicelib.lake.newest import scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Statement
from chalicelib.reports.asking import Asker
from chalicelib.reports.builder import select_events
from chalicelib.reports.facts import CALLS, count_events
from chalicelib.reports.planner import Question, Segment, plan

MOST_CALLS = 100_000
_MOST_NAMES = 100
_READ = ("requested_at", "event_id", "kind", "cost_nano", "total_tokens", "assistant")


@dataclass(slots=True)
class Spots:
    """The windows of a span of time that are looked at, and the names that their calls go by, in
    the order of dimensions."""

    span: Window
    by: Sequence[Dimension]
    windows: dict[str, Window] = field(default_factory=dict)
    names: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, window: BudgetWindow, names: Iterable[tuple[str, ...]]) -> None:
        """Look at calls of some names in a window."""
        start, end = max(window.start, self.span.start), min(window.end, self.span.end)
        self.windows[window.key] = Window(start, end)
        self.names.update(names)

    def narrow(self) -> dict[str, Sequence[str]]:
        """By column, the few names that it is enough to read the calls of."""
        filters: dict[str, Sequence[str]] = {}
        for place, dimension in enumerate(self.by):
            names = {said[place] for said in self.names}
            if all(names) and len(names) <= _MOST_NAMES:
                filters[dimension.column] = sorted(names)
        return filters


def read_calls(
    asker: Asker, rule: CountedRule, counting: Counting, spots: Spots
) -> Iterator[Mapping[str, Any]]:
    """The calls of some windows in the order in which they began, as rows of what a rule looks at,
    instants in UTC epoch ms. Raises Invalid for over MOST_CALLS, EngineBusy."""
    wanted = (*_READ, *MEASURES[rule.metric].over.columns, *rule.columns)
    columns = list(dict.fromkeys(wanted))
    filters, renames = spots.narrow(), counting.renames
    question = Question((), (count_events(CALLS),), filters=filters, renames=renames)
    windows = sorted(spots.windows.values(), key=lambda each: each.start)
    table = CALLS.table.name

    def make_statement(states: StatesByTable) -> Statement | None:
        asker.note_emptied(states[table])
        segments: list[Segment] = []
        for window in windows:
            segments += plan(window, question, CALLS, states[table])
        if not segments:
            return None
        sql = Sql("select * from ") + select_events(asker.team, question, segments, columns)
        sql += Sql(f" order by requested_at, event_id limit {MOST_CALLS + 1}")
        days = [(each.first_day, each.last_day) for each in segments]
        return Statement(sql.text, sql.params, scan_of(table, days))

    days = list(dict.fromkeys(day for window in windows for day in window.days()))
    result = asker.ask([table], days, make_statement)
    rows = result.rows if result else ()
    if len(rows) > MOST_CALLS:
        message = f"over {MOST_CALLS:,} calls stand in windows that reach the limit"
        raise Invalid(f"days: {message}: look at fewer days", field="days")
    for row in rows:
        told = dict(zip(columns, row, strict=True))
        if isinstance(told["requested_at"], datetime):
            told["requested_at"] = millis(told["requested_at"])
        yield told
