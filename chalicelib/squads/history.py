"""History: all calls of squads that are kept, as rows that further SQL makes executions from.

An execution may run for long, and what it was called at its first call decides its group. So all
days are looked at, whatever window is asked about; rollups tell all but those that are dirty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.windows import Window
from chalicelib.lake.dimensions import AGENT, SQUAD, SQUAD_NAME, TRACE
from chalicelib.lake.extent import first_kept_day
from chalicelib.lake.sql import Sql, select_from
from chalicelib.ports.engine import Result
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.facts import (
    BEGUN,
    CALLS,
    ENDED,
    FAILURES,
    LATEST,
    count_priced,
    count_rows,
    sum_of,
)
from chalicelib.reports.planner import Question
from chalicelib.reports.service import count_left_out
from chalicelib.reports.statements import ask_grouped
from chalicelib.squads.grouping import Groups, Sighting, group_sightings

_BY = (SQUAD, SQUAD_NAME, replace(AGENT, absent=""), replace(TRACE, absent=""))
_TERMS = {
    "calls": count_rows(CALLS),
    "priced": count_priced(CALLS),
    "failures": FAILURES,
    "cost_nano": sum_of(CALLS, "cost_nano"),
    "begun": BEGUN,
    "latest": LATEST,
    "ended": ENDED,
}
_ROW = (
    "name0 as squad_id",
    "name1 as squad_name",
    "name2 as agent",
    "name3 as trace_id",
    *(f"{term.name} as {name}" for name, term in _TERMS.items()),
)
Wrap = Callable[[Sql], Sql]


@dataclass(frozen=True, slots=True)
class History:
    """What one caller may see of the squads of a team: all calls but those under a flat plan."""

    asker: Asker
    assistants: Sequence[str]
    asked: Window
    """The window that is asked about."""

    @classmethod
    def of(cls, world: World, team: Scope, asked: Window) -> "History":
        """That of the team which asks."""
        return cls(Asker.of(world, team), find_billed_assistants(world.documents, team), asked)

    def window(self) -> Window | None:
        """All days that are kept; None when nothing was ever written. Those that are asked about
        and that retention has emptied are noted."""
        since = day_of(max(0, self.asked.start))
        kept = first_kept_day(self.asker.world, self.asker.team, CALLS.table.name, since)
        if kept is None:
            return None
        last = self.asker.world.now() + 2 * DAY  # clocks of clients run ahead by a day at most
        return Window(day_start(kept), last - last % DAY + DAY - 1)

    def question(self, execution: str = "") -> Question:
        """What is asked of all calls of squads, or of those of one execution."""
        filters = {SQUAD.column: [execution]} if execution else {}
        return Question(_BY, tuple(_TERMS.values()), filters=filters, assistants=self.assistants)

    def ask(self, wrap: Wrap, execution: str = "") -> Result | None:
        """What `wrap` makes of rows by execution, name, agent and trace (the latter three empty
        where calls have none). Raises EngineBusy."""
        window = self.window()
        if window is None:
            return None
        return ask_grouped(
            self.asker,
            window,
            self.question(execution),
            lambda rows: wrap(in_brackets(select_from(_ROW, rows))),
        )

    def read_groups(self) -> Groups:
        """The groups of all executions. Raises EngineBusy."""
        result = self.ask(_select_sightings)
        found: list[Sighting] = []
        for execution, name, at in result.rows if result else ():
            found.append(Sighting(at, str(execution), str(name)))  # type: ignore[arg-type]
        return group_sightings(found)

    def count_left_out(self) -> dict[str, int]:
        """The calls under a flat plan, by assistant, that are in no figure. Raises EngineBusy."""
        window = self.window()
        if window is None:
            return {}
        return dict(count_left_out(self.asker, window, self.question()))


def in_brackets(statement: Sql) -> Sql:
    """A statement as something to select from."""
    return Sql("(") + statement + Sql(")")


def _select_sightings(rows: Sql) -> Sql:
    """Of each name the first execution that went by it, and of executions of several names all."""
    names = ("squad_id", "squad_name", "min(begun) as begun")
    seen = in_brackets(select_from(names, rows) + Sql(" group by 1, 2"))
    order = "partition by squad_name order by begun, squad_id"
    several = "count(*) over (partition by squad_id) as names"
    ranked = ("squad_id", "squad_name", "begun", f"row_number() over ({order}) as place", several)
    placed = in_brackets(select_from(ranked, seen))
    chosen = select_from(("squad_id", "squad_name", "begun"), placed)
    return chosen + Sql(" where names > 1 or (place = 1 and squad_name <> ?)", ("",))
