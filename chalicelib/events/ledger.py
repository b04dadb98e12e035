"""Events by their ids: from the ledger, and what the ledger has forgotten from the lake, which
keeps everything."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.events.values import Event
from chalicelib.kit.clock import DAY, day_start, millis
from chalicelib.kit.windows import Window
from chalicelib.lake.extent import first_kept_day
from chalicelib.lake.newest import scan_of
from chalicelib.lake.sql import Sql, bind_list
from chalicelib.lake.vanishing import StatesByTable
from chalicelib.ports.engine import Statement, Value
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.asking import Asker
from chalicelib.reports.builder import select_events
from chalicelib.reports.facts import FactTable, count_events
from chalicelib.reports.planner import Condition, Question, Segment, plan

_AT_ONCE = 100
"""Events that the ledger hands out in one round trip."""
EventKey = tuple[str, str]
"""An event id, and the UTC day (YYYY-MM-DD) that it stands in."""


def look_up(world: World, team: Scope, ids: Sequence[str]) -> dict[str, Event]:
    """The newest versions of the ids that the ledger knows, those that say `deleted` too."""
    known: dict[str, Event] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found = world.events.get(team, ids[start : start + _AT_ONCE])
        known |= {identity: Event.of(record) for identity, record in found.items()}
    return known


def read_events(asker: Asker, fact: FactTable, keys: Sequence[EventKey]) -> list[Event]:
    """The events of some keys, in order, but those that were taken back. Raises EngineBusy."""
    known = look_up(asker.world, asker.team, [identity for identity, _ in keys])
    former = [key for key in keys if key[0] not in known]
    if former:
        known |= read_former(asker, fact, former)
    events = [known[identity] for identity, _ in keys if identity in known]
    return [event for event in events if not event.is_deleted]


def read_former(asker: Asker, fact: FactTable, keys: Sequence[EventKey]) -> dict[str, Event]:
    """Events that the ledger has forgotten, by id. Raises EngineBusy."""
    days = {day for _, day in keys}
    starts = [day_start(day) for day in sorted(days)]
    windows = [Window(start, start + DAY - 1) for start in starts]
    return _ask(asker, fact, windows, [identity for identity, _ in keys])


def find_former(world: World, team: Scope, fact: FactTable, ids: Sequence[str]) -> dict[str, Event]:
    """The ones of some ids that stand in days which the ledger no longer remembers, by id; nobody
    needs to look before there are such days. Raises EngineBusy."""
    first = first_kept_day(world, team, fact.table.name)
    end = world.now() - world.settings.event_retention_days * DAY
    if first is None or day_start(first) > end:
        return {}
    return _ask(Asker.of(world, team), fact, [Window(day_start(first), end)], ids)


def _ask(
    asker: Asker, fact: FactTable, windows: Sequence[Window], ids: Sequence[str]
) -> dict[str, Event]:
    """What the lake has of some ids in some windows."""
    among = Condition(("event_id",), Sql("event_id in ") + bind_list(ids))
    question = Question((), (count_events(fact),), conditions=(among,))
    columns = list(fact.table.columns)

    def make_statement(states: StatesByTable) -> Statement | None:
        segments: list[Segment] = []
        for window in windows:
            segments += plan(window, question, fact, states[fact.table.name])
        if not segments:
            return None
        rows = select_events(asker.team, question, segments, columns)
        sql = Sql("select * from ") + rows
        days = [(each.first_day, each.last_day) for each in segments]
        return Statement(sql.text, sql.params, scan_of(fact.table.name, days))

    days: list[str] = []
    for window in windows:
        days += window.days()
    result = asker.ask([fact.table.name], days, make_statement)
    events = [_event_of(columns, row) for row in result.rows] if result else []
    return {event.id: event for event in events}


def _event_of(columns: Sequence[str], row: Sequence[Value]) -> Event:
    """A row of the lake, as the ledger would have it."""
    told: dict[str, Any] = {}
    for name, value in zip(columns, row, strict=True):
        if value is not None:
            told[name] = millis(value) if isinstance(value, datetime) else value
    return Event(told)
