"""Extent: what a table of the lake has of which days, where files of some are damaged or gone, and
retention has emptied others."""

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.lake.days import DayState, read_states, walk_states
from chalicelib.lake.gaps import note_gaps
from chalicelib.lake.limits import first_day
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def first_kept_day(world: World, team: Scope, table: str, since: str | None = None) -> str | None:
    """The first day (YYYY-MM-DD) of a table that anything was ever written to, and that retention
    has not emptied; None when nothing was written. Those that it has emptied are noted as gaps from
    the day `since` on, where that is given."""
    first = first_day(world.documents, team)
    emptied: list[str] = []
    for name, day, state in walk_states(world.documents, team):
        if name != table or not state.written:
            continue
        if day >= first:
            break
        emptied.append(day)
    else:
        day = first if emptied else ""
    if since is not None:
        note_gaps(each for each in emptied if each >= since)
    return day or None


def find_emptied_days(
    world: World, team: Scope, states: Mapping[str, DayState], days: Iterable[str] | None = None
) -> list[str]:
    """Those of some days, of all that `states` tells without any, that events stood in until
    retention has removed them; oldest first."""
    first = first_day(world.documents, team)
    some = states if days is None else days
    return sorted(day for day in some if day < first and states[day].written)


def find_missing_days(world: World, team: Scope, table: str, days: Sequence[str]) -> list[str]:
    """The days of which events are damaged, gone or emptied, for whoever reads the events
    themselves; noted as gaps."""
    states = read_states(world, team, table, days)
    missing = {day for day, state in states.items() if state.lost}
    missing.update(find_emptied_days(world, team, states))
    note_gaps(missing)
    return sorted(missing)
