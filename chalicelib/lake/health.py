"""Health: what an operator should know about a team's lake."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from chalicelib.kit.clock import DAY, day_of
from chalicelib.lake.damage import AsidePath, inspect, run
from chalicelib.lake.days import UNCOUNTED, read_states, walk_states, walk_unfinished_days
from chalicelib.lake.queries import (
    BY_RATE,
    CALLED,
    count_assistants,
    count_listed,
    count_unpriced,
)
from chalicelib.lake.tables import DAMAGED, EVENT_TABLES, QUARANTINE
from chalicelib.lake.teams import note_assistants
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_UNPRICED_DAYS = 30


@dataclass(frozen=True, slots=True)
class UnpricedModel:
    """Calls of a model whose price is not known."""

    provider: str
    model: str
    calls: int
    reason: str = ""
    """A `Reason`; empty for calls of before reasons were kept."""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """Calls of a model that were charged by list prices."""

    provider: str
    model: str
    calls: Mapping[tuple[str, int], int]
    """How many had tokens that a rate charges, by (rate of `BY_RATE`, step): over a step of 0 all,
    over any other those whose prompt may have had more tokens."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What reports on a day of a table miss: files, and their rows (None where nobody has counted
    them)."""

    table: str
    day: str
    files: int
    rows: int | None


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator should look after. `quarantined` counts records by reason; `waiting` are
    (table, day) that wait for compaction or rollup; `unknown` are those with files that no state
    speaks of, so that reports pass over them; `unpriced` is about the last 30 days, most calls
    first. `lost` is what reports miss, `aside` where the damaged files stood that were set aside
    (some of which `meterlake rebuild` may have replaced since). `assistants` are the calls of
    coding assistants under a flat plan in the last 30 days, `listed` the models that were charged
    by list prices in them."""

    quarantined: Sequence[tuple[str, int]]
    waiting: Sequence[tuple[str, str]]
    unknown: Sequence[tuple[str, str]]
    unpriced: Sequence[UnpricedModel]
    lost: Sequence[Loss] = ()
    aside: Sequence[LakePath] = ()
    assistants: Sequence[tuple[str, int]] = ()
    listed: Sequence[ListedModel] = ()


def examine(world: World, team: Scope, steps: Collection[int] = ()) -> Health:
    """Look through a team's lake; calls by list prices are counted over each of some steps too, in
    tokens of the prompt. Raises EngineBusy."""
    inspect(world, team)
    unpriced = _find_unpriced_models(world, team)
    unfinished = walk_unfinished_days(world.documents, team)
    return Health(
        quarantined=Counter(_reasons(world, team)).most_common(),
        waiting=[(table, day) for table, day, _ in unfinished],
        unknown=list(_find_unknown_days(world, team)),
        unpriced=unpriced,
        lost=list(_find_losses(world, team)),
        assistants=_count_assistants(world, team),
        listed=_find_listed_models(world, team, steps),
        aside=[AsidePath.of(file.path).former for file in world.lake.list(team, DAMAGED)],
    )


def _find_losses(world: World, team: Scope) -> Iterator[Loss]:
    for table, day, state in walk_states(world.documents, team):
        if state.lost:
            known = UNCOUNTED not in state.lost.values()
            rows = sum(state.lost.values()) if known else None
            yield Loss(table, day, len(state.lost), rows)


def _reasons(world: World, team: Scope) -> Iterator[str]:
    """Why each record in the quarantine could not be written."""
    for item in world.lake.list(team, QUARANTINE):
        for line in world.lake.get(team, item.path).splitlines():
            try:
                yield str(json.loads(line)["reason"])
            except ValueError:
                yield f"a line of {item.path.name} cannot be read"


def _find_unknown_days(world: World, team: Scope) -> Iterator[tuple[str, str]]:
    for table in EVENT_TABLES:
        states = read_states(world, team, table, world.lake.days(team, table))
        for day, state in states.items():
            if not state.written:
                yield table, day


def _count_assistants(world: World, team: Scope) -> list[tuple[str, int]]:
    """The calls of each assistant in the last 30 days. Whoever asks for reports is told of them
    from now on, also of those that an older version has written."""
    now = world.now()
    statement = count_assistants(team, day_of(now - _UNPRICED_DAYS * DAY), day_of(now))
    counts = [(str(name), int(str(calls))) for name, calls in run(world, team, statement).rows]
    if counts:
        note_assistants(world.documents, team, [name for name, _ in counts])
    return counts


def _find_listed_models(world: World, team: Scope, steps: Collection[int]) -> list[ListedModel]:
    now = world.now()
    charged = [*product(BY_RATE, sorted({0, *steps}))]
    statement = count_listed(team, day_of(now - _UNPRICED_DAYS * DAY), day_of(now), charged)
    models = []
    for provider, model, *counts in run(world, team, statement).rows:
        calls = {each: int(str(count)) for each, count in zip(charged, counts, strict=True)}
        models.append(ListedModel(str(provider or ""), str(model or ""), calls))
    return models


def _find_unpriced_models(world: World, team: Scope) -> list[UnpricedModel]:
    now = world.now()
    first, last = day_of(now - _UNPRICED_DAYS * DAY), day_of(now)
    models: list[UnpricedModel] = []
    for table in CALLED:
        result = run(world, team, count_unpriced(table, team, first, last))
        for provider, model, reason, calls in result.rows:
            models.append(
                UnpricedModel(str(provider), str(model), int(str(calls)), str(reason or ""))
            )
    return sorted(models, key=lambda each: (-each.calls, each.provider, each.model, each.reason))
