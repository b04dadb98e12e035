"""Health: what an operator should know about a team's lake."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of
from chalicelib.lake.days import read_states, unfinished
from chalicelib.lake.queries import CALLED, count_unpriced
from chalicelib.lake.tables import EVENT_TABLES, QUARANTINE
from chalicelib.ports.world import World

_UNPRICED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls of a model whose price is not known."""

    provider: str
    model: str
    calls: int


@dataclass(frozen=True, slots=True)
class Health:
    """`quarantined` counts records by reason; `waiting` are (table, day) that wait for compaction
    or rollup; `unknown` are those with files that no state speaks of, so that reports pass over
    them; `unpriced` is about the last 30 days, most calls first."""

    quarantined: Sequence[tuple[str, int]]
    waiting: Sequence[tuple[str, str]]
    unknown: Sequence[tuple[str, str]]
    unpriced: Sequence[Unpriced]


def examine(world: World, team: str) -> Health:
    """Look through a team's lake. Raises EngineBusy."""
    return Health(
        quarantined=Counter(_reasons(world, team)).most_common(),
        waiting=[(table, day) for table, day, _ in unfinished(world.documents, team)],
        unknown=list(_unknown(world, team)),
        unpriced=_unpriced(world, team),
    )


def _reasons(world: World, team: str) -> Iterator[str]:
    for item in world.lake.list(team, QUARANTINE):
        for line in world.lake.get(team, item.path).splitlines():
            yield str(json.loads(line)["reason"])


def _unknown(world: World, team: str) -> Iterator[tuple[str, str]]:
    for table in EVENT_TABLES:
        known = read_states(world, team, table, world.lake.days(team, table))
        yield from ((table, day) for day, state in known.items() if not state.written)


def _unpriced(world: World, team: str) -> list[Unpriced]:
    now = world.now()
    first, last = day_of(now - _UNPRICED_DAYS * DAY), day_of(now)
    found = [
        Unpriced(str(provider), str(model), int(str(calls)))
        for table in CALLED
        for provider, model, calls in world.engine.run(
            team, count_unpriced(table, team, first, last)
        ).rows
    ]
    return sorted(found, key=lambda each: (-each.calls, each.provider, each.model))
