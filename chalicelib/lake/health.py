"""Health: what an operator should know about a team's lake."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.kit.clock import DAY, day_of
from chalicelib.lake.days import read_states, walk_unfinished_days
from chalicelib.lake.queries import CALLED, count_unpriced
from chalicelib.lake.tables import EVENT_TABLES, QUARANTINE
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_UNPRICED_DAYS = 30


@dataclass(frozen=True, slots=True)
class UnpricedModel:
    """Calls of a model whose price is not known."""

    provider: str
    model: str
    calls: int


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator should look after. `quarantined` counts records by reason; `waiting` are
    (table, day) that wait for compaction or rollup; `unknown` are those with files that no state
    speaks of, so that reports pass over them; `unpriced` is about the last 30 days, most calls
    first."""

    quarantined: Sequence[tuple[str, int]]
    waiting: Sequence[tuple[str, str]]
    unknown: Sequence[tuple[str, str]]
    unpriced: Sequence[UnpricedModel]


def examine(world: World, team: Scope) -> Health:
    """Look through a team's lake. Raises EngineBusy."""
    unfinished = walk_unfinished_days(world.documents, team)
    return Health(
        quarantined=Counter(_reasons(world, team)).most_common(),
        waiting=[(table, day) for table, day, _ in unfinished],
        unknown=list(_find_unknown_days(world, team)),
        unpriced=_find_unpriced_models(world, team),
    )


def _reasons(world: World, team: Scope) -> Iterator[str]:
    """Why each record in the quarantine could not be written."""
    for item in world.lake.list(team, QUARANTINE):
        for line in world.lake.get(team, item.path).splitlines():
            yield str(json.loads(line)["reason"])


def _find_unknown_days(world: World, team: Scope) -> Iterator[tuple[str, str]]:
    for table in EVENT_TABLES:
        states = read_states(world, team, table, world.lake.days(team, table))
        for day, state in states.items():
            if not state.written:
                yield table, day


def _find_unpriced_models(world: World, team: Scope) -> list[UnpricedModel]:
    now = world.now()
    first, last = day_of(now - _UNPRICED_DAYS * DAY), day_of(now)
    models: list[UnpricedModel] = []
    for table in CALLED:
        result = world.engine.run(team, count_unpriced(table, team, first, last))
        for provider, model, calls in result.rows:
            models.append(UnpricedModel(str(provider), str(model), int(str(calls))))
    return sorted(models, key=lambda each: (-each.calls, each.provider, each.model))
