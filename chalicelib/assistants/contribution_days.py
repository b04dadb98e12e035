"""Days of contributions: what Claude Code did for whom, one JSON file a UTC day in the lake, which
is replaced as a whole."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from chalicelib.assistants.contribution_records import Contribution
from chalicelib.kit.jsontext import pack
from chalicelib.kit.parallel import at_once
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

CONTRIBUTIONS = "claude_code"
"""Prefix in the lake; not a table, nothing queries it."""
_FILE = "contributions.json"
_FEW = 4


def write_day(world: World, team: Scope, day: str, rows: Sequence[Contribution]) -> None:
    """Replace what is known of a day (YYYY-MM-DD)."""
    path = LakePath(CONTRIBUTIONS, day, _FILE)
    if not rows:
        world.lake.delete(team, [path])
        return
    world.lake.put(team, path, pack({"rows": [asdict(row) for row in rows]}).encode())


def read_days(
    world: World, team: Scope, first: str, last: str
) -> Sequence[tuple[str, Sequence[Contribution]]]:
    """The days from the first to the last (YYYY-MM-DD) of which something is known, oldest
    first."""
    days = [day for day in world.lake.days(team, CONTRIBUTIONS) if first <= day <= last]
    read = partial(_read_day, world, team)
    return list(zip(days, at_once(read, days, few=_FEW), strict=True))


def _read_day(world: World, team: Scope, day: str) -> Sequence[Contribution]:
    try:
        data = world.lake.get(team, LakePath(CONTRIBUTIONS, day, _FILE))
    except NotInLake:
        return []  # it has been replaced by nothing meanwhile
    rows: list[Any] = json.loads(data)["rows"]
    return [Contribution(**row) for row in rows]
