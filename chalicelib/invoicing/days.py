"""Days: what every caller used on a UTC day, kept in the lake so that a period is rated without
reading its events.

A kept day knows the generation of the files that it was counted from (lake.days), and the recipe:
which elements were counted, and at which instants the day was cut. It answers every question of the
same files and of a smaller recipe. Batch functions only: needs pyarrow.
"""

import json
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.invoicing.elements import COLUMNS, COSTS, NANO_USD
from chalicelib.invoicing.matching import OWNERS, Caller
from chalicelib.invoicing.usage import ONE, Measured, quantity_of, text_of, unpacked
from chalicelib.lake.compaction import slices
from chalicelib.lake.days import DayState
from chalicelib.lake.tables import (
    AI_EVENTS,
    API_EVENTS,
    CUSTOM_EVENTS,
    TOOL_EVENTS,
    VERSIONING,
    Table,
)
from chalicelib.ports.documents import fold
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World

USAGE = "usage"
"""Prefix in the lake; not a table, nothing queries it."""
TABLES = (AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS)
_FILE = "day.json.z"
_TIMES = ("requested_at", "received_at")
_ATTEMPTS = 4
_DECODE = json.JSONDecoder(parse_float=Decimal).decode
_folded = lru_cache(maxsize=65_536)(fold)
Entry = tuple[Caller, int]
"""A caller, and the start of the stretch between two cuts (ms)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to count. `names` maps what payloads may call an element, folded, to its id; `system`
    the built-in elements by name to their ids; `valued` the ids whose different values must be
    known."""

    names: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()

    def covers(self, other: "Recipe") -> bool:
        """Whether it counts all that another one does."""
        return (
            self.names.items() >= other.names.items()
            and self.system.items() >= other.system.items()
            and self.valued >= other.valued
        )

    def __or__(self, other: "Recipe") -> "Recipe":
        """Both; of a name that means two elements, what the other one says."""
        return Recipe(
            {**self.names, **other.names}, {**self.system, **other.system}, self.valued | other.valued
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """The usage of a day. `generation` is of all tables together, -1 while a writer was at work."""

    day: str
    generation: int
    recipe: Recipe
    cuts: Sequence[int]
    usage: Mapping[Entry, Measured]

    def answers(self, generation: int, recipe: Recipe, cuts: Sequence[int]) -> bool:
        """Whether counting anew would tell nothing else."""
        return self.generation == generation >= 0 and self.tells(recipe, cuts)

    def tells(self, recipe: Recipe, cuts: Sequence[int]) -> bool:
        """Whether it was counted by all of a recipe and cut at all of these instants."""
        return self.recipe.covers(recipe) and {*self.cuts} >= {*cuts}

    def by_caller(self) -> dict[Caller, list[Any]]:
        """What each caller used, in a form that can be compared."""
        found: defaultdict[Caller, list[Any]] = defaultdict(list)
        for (caller, start), measured in sorted(self.usage.items()):
            elements = {
                element: usage.packed() for element, usage in sorted(measured.elements.items())
            }
            found[caller].append([start, measured.calls, elements])
        return found


def generation_of(states: Sequence[DayState]) -> int:
    """The generation of a day's tables; it grows with each of them. -1 while a writer is at
    work."""
    if any(state.writers for state in states):
        return -1
    return sum(state.written for state in states)


def kept(world: World, team: str, day: str) -> Day | None:
    """The day as it was counted last."""
    try:
        packed = world.lake.get(team, LakePath(USAGE, day, _FILE))
    except NotInLake:
        return None
    head, *lines = zlib.decompress(packed).decode().splitlines()
    generation, names, system, valued, cuts = json.loads(head)
    usage = {}
    for line in lines:
        caller, stretches = json.loads(line)
        for start, calls, elements in stretches:
            measured = Measured(
                calls, {element: unpacked(each) for element, each in elements.items()}
            )
            usage[Caller(*caller), start] = measured
    return Day(day, generation, Recipe(names, system, frozenset(valued)), cuts, usage)


def keep(world: World, team: str, day: Day) -> None:
    """Store a day in place of what was kept of it."""
    recipe = day.recipe
    head = [day.generation, recipe.names, recipe.system, sorted(recipe.valued), list(day.cuts)]
    lines = [json.dumps(each, separators=(",", ":")) for each in (head, *day.by_caller().items())]
    world.lake.put(team, LakePath(USAGE, day.day, _FILE), zlib.compress("\n".join(lines).encode()))


def count(
    world: World, team: str, day: str, generation: int, recipe: Recipe, cuts: Sequence[int]
) -> Day:
    """Count a day from its events. Raises NotInLake when its files keep being rewritten
    meanwhile."""
    for attempt in range(_ATTEMPTS):
        usage: defaultdict[Entry, Measured] = defaultdict(Measured)
        try:
            for table in TABLES:
                for rows in _events(world, team, table, day):
                    _add(usage, _columns(rows), recipe, cuts)
        except NotInLake:
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        break
    return Day(day, generation, recipe, cuts, dict(usage))


def _events(world: World, team: str, table: Table, day: str) -> Iterator[pa.Table]:
    """The events of a day that are to be billed, each once, with just the columns that are
    needed."""
    wanted = {
        *VERSIONING,
        "requested_at",
        "received_at",
        "payload",
        "is_billable",
        *OWNERS,
        *COLUMNS.values(),
    }
    needed = Table(
        table.name, {name: kind for name, kind in table.columns.items() if name in wanted}
    )
    for rows in slices(world, team, needed, list(world.lake.list(team, table.name, day))):
        alive = pc.invert(rows["deleted"])
        if "is_billable" in rows.schema.names:
            alive = pc.and_(alive, pc.fill_null(rows["is_billable"], True))
        yield rows.filter(alive)


def _columns(rows: pa.Table) -> dict[str, list[Any]]:
    """Columns as lists. Columns that a table does not have are all null."""
    columns = {
        name: rows[name].to_pylist()
        for name in rows.schema.names
        if name not in ("requested_at", "received_at")
    }
    for name in ("requested_at", "received_at"):
        columns[name] = rows[name].cast(pa.int64()).to_pylist()
    nothing = [None] * rows.num_rows
    return columns | {name: nothing for name in OWNERS if name not in columns}


def _add(
    usage: defaultdict[Entry, Measured],
    columns: Mapping[str, list[Any]],
    recipe: Recipe,
    cuts: Sequence[int],
) -> None:
    owners = zip(*(columns[name] for name in OWNERS), strict=True)
    places = [
        usage[_entry(owner, cuts, at)]
        for owner, at in zip(owners, columns["requested_at"], strict=True)
    ]
    for place in places:
        place.calls += 1
    marks = list(zip(columns["received_at"], columns["event_id"], strict=True))
    for name, element in recipe.system.items():
        if (column := columns.get(COLUMNS[name])) is None:
            continue
        one, valued = (NANO_USD if name in COSTS else ONE), element in recipe.valued
        for place, value, mark in zip(places, column, marks, strict=True):
            if value is not None:
                quantity = value * one
                place.of(element).add(quantity, text_of(quantity, value) if valued else None, *mark)
    if recipe.names and "payload" in columns:
        for place, payload, mark in zip(places, columns["payload"], marks, strict=True):
            _add_payload(place, payload, mark, recipe)


def _add_payload(place: Measured, payload: str, mark: tuple[int, str], recipe: Recipe) -> None:
    for name, value in _DECODE(payload).items():
        if element := recipe.names.get(_folded(name)):
            quantity = quantity_of(value)
            text = text_of(quantity, value) if element in recipe.valued else None
            place.of(element).add(quantity, text, *mark)


def _entry(owner: tuple[str | None, ...], cuts: Sequence[int], at: int) -> Entry:
    """Who, and since which cut."""
    place = bisect_right(cuts, at)
    return _caller(owner), cuts[place - 1] if place else 0


@lru_cache(maxsize=65_536)
def _caller(owner: tuple[str | None, ...]) -> Caller:
    return Caller(*(each or "" for each in owner))
