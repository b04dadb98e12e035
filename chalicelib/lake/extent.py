"""Extent: since when a team has had anything in a table of the lake."""

from chalicelib.lake.days import walk_states
from chalicelib.lake.limits import first_day
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def first_kept_day(world: World, team: Scope, table: str) -> str | None:
    """The first day (YYYY-MM-DD) of a table that anything was ever written to, and that retention
    has not emptied; None when nothing was written."""
    for name, day, state in walk_states(world.documents, team):
        if name == table and state.written:
            return max(day, first_day(world.documents, team))
    return None
