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

from chalicelib.invoicing.elements import COLUMNS, COSTS, NANO_USD, UNPRICED
from chalicelib.invoicing.matching import OWNERS, Caller
from chalicelib.invoicing.usage import ONE, Measurement, quantity_of, text_of, unpack_usage
from chalicelib.lake.compaction import slices
from chalicelib.lake.days import DayState
from chalicelib.lake.reading import read_steadily
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
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

USAGE = "usage"
"""Prefix in the lake; not a table, nothing queries it."""
TABLES = (AI_EVENTS, TOOL_EVENTS, API_EVENTS, CUSTOM_EVENTS)
_FILE = "day.json.z"
_TIMES = ("requested_at", "received_at")
_DECODE = json.JSONDecoder(parse_float=Decimal).decode
_fold = lru_cache(maxsize=65_536)(fold)
Entry = tuple[Caller, int]
"""A caller, and the start of the stretch between two cuts (UTC epoch ms; 0 before the first)."""
Mark = tuple[int, str]
"""When an event was received (UTC epoch ms), and its id: what orders the events of a day."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to count. `names` maps what payloads may call an element, folded, to its id; `system`
    the built-in elements by name to their ids; `valued` the ids whose different values must be
    known."""

    names: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, str] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()

    def covers(self, other: "Recipe") -> bool:
        """Whether it counts all that another one does; but for unknown costs, which an older
        version did not count, and which nothing is charged by."""
        asked = {name: each for name, each in other.system.items() if not _is_unpriced(name)}
        return (
            self.names.items() >= other.names.items()
            and self.system.items() >= asked.items()
            and self.valued >= other.valued
        )

    def __or__(self, other: "Recipe") -> "Recipe":
        """Both; of a name that means two elements, what the other one says."""
        return Recipe(
            names={**self.names, **other.names},
            system={**self.system, **other.system},
            valued=self.valued | other.valued,
        )


@dataclass(frozen=True, slots=True)
class CountedDay:
    """The usage of a day. `generation` is of all tables together, -1 while a writer was at work."""

    day: str
    generation: int
    recipe: Recipe
    cuts: Sequence[int]
    usage: Mapping[Entry, Measurement]

    def answers(self, generation: int, recipe: Recipe, cuts: Sequence[int]) -> bool:
        """Whether counting anew would tell nothing else: the files are those that were counted, and
        all that is asked was counted."""
        return self.generation == generation >= 0 and self.tells(recipe, cuts)

    def tells(self, recipe: Recipe, cuts: Sequence[int]) -> bool:
        """Whether it was counted by all of a recipe, and cut at all of these instants (UTC epoch
        ms)."""
        return self.recipe.covers(recipe) and {*self.cuts} >= {*cuts}

    def by_caller(self) -> dict[Caller, list[Any]]:
        """What each caller used, in a form that can be compared."""
        callers: defaultdict[Caller, list[Any]] = defaultdict(list)
        for (caller, start), measured in sorted(self.usage.items()):
            elements = {name: usage.pack() for name, usage in sorted(measured.elements.items())}
            callers[caller].append([start, measured.calls, elements])
        return callers


def generation_of(states: Sequence[DayState]) -> int:
    """The generation of a day's tables; it grows with each of them. -1 while a writer is at
    work."""
    if any(state.writers for state in states):
        return -1
    return sum(state.written for state in states)


def read_day(world: World, team: Scope, day: str) -> CountedDay | None:
    """The day as it was counted last; None when it never was."""
    try:
        packed = world.lake.get(team, LakePath(USAGE, day, _FILE))
    except NotInLake:
        return None
    try:
        head, *lines = zlib.decompress(packed).decode().splitlines()
    except (zlib.error, UnicodeDecodeError):
        return None  # damaged: the day is counted anew from its events
    generation, names, system, valued, cuts = json.loads(head)
    usage: dict[Entry, Measurement] = {}
    for line in lines:
        caller, stretches = json.loads(line)
        for start, calls, elements in stretches:
            unpacked = {element: unpack_usage(each) for element, each in elements.items()}
            usage[Caller(*caller), start] = Measurement(calls, unpacked)
    return CountedDay(day, generation, Recipe(names, system, frozenset(valued)), cuts, usage)


def store_day(world: World, team: Scope, day: CountedDay) -> None:
    """Store a day in place of what was stored of it."""
    recipe = day.recipe
    head = [day.generation, recipe.names, recipe.system, sorted(recipe.valued), list(day.cuts)]
    lines = [json.dumps(each, separators=(",", ":")) for each in (head, *day.by_caller().items())]
    world.lake.put(team, LakePath(USAGE, day.day, _FILE), zlib.compress("\n".join(lines).encode()))


def count_day(
    world: World, team: Scope, day: str, recipe: Recipe, cuts: Sequence[int]
) -> dict[Entry, Measurement]:
    """Count a day from its events. Raises NotInLake when its files keep being rewritten
    meanwhile."""
    return read_steadily(world, team, lambda: _count(world, team, day, recipe, cuts))


def _count(
    world: World, team: Scope, day: str, recipe: Recipe, cuts: Sequence[int]
) -> dict[Entry, Measurement]:
    usage: defaultdict[Entry, Measurement] = defaultdict(Measurement)
    for table in TABLES:
        for rows in _events(world, team, table, day):
            _add(usage, _columns(rows), recipe, cuts)
    return dict(usage)


def _events(world: World, team: Scope, table: Table, day: str) -> Iterator[pa.Table]:
    """The events of a day that are to be billed, each once, with just the columns that are
    needed."""
    wanted = {*VERSIONING, *_TIMES, "payload", "is_billable", *OWNERS, *COLUMNS.values()}
    columns = {name: kind for name, kind in table.columns.items() if name in wanted}
    files = list(world.lake.list(team, table.name, day))
    for rows in slices(world, team, Table(table.name, columns), files):
        alive = pc.invert(rows["deleted"])
        if "is_billable" in rows.schema.names:
            alive = pc.and_(alive, pc.fill_null(rows["is_billable"], True))
        yield rows.filter(alive)


def _columns(rows: pa.Table) -> dict[str, list[Any]]:
    """Columns as lists, instants as epoch ms. Owners that a table does not have are all null."""
    columns: dict[str, list[Any]] = {}
    for name in rows.schema.names:
        values = rows[name].cast(pa.int64()) if name in _TIMES else rows[name]
        columns[name] = values.to_pylist()
    for name in OWNERS:
        if name not in columns:
            columns[name] = [None] * rows.num_rows
    return columns


def _add(
    usage: defaultdict[Entry, Measurement],
    columns: Mapping[str, list[Any]],
    recipe: Recipe,
    cuts: Sequence[int],
) -> None:
    """Count events, given by column."""
    owners = zip(*(columns[name] for name in OWNERS), strict=True)
    places: list[Measurement] = []
    for owner, at in zip(owners, columns["requested_at"], strict=True):
        place = usage[_entry(owner, cuts, at)]
        place.calls += 1
        places.append(place)
    marks = list(zip(columns["received_at"], columns["event_id"], strict=True))
    for name, element in recipe.system.items():
        column = columns.get(COLUMNS[name.removeprefix(UNPRICED)])
        if column is None:
            continue
        if _is_unpriced(name):
            _count_unpriced(places, column, element)
            continue
        one, is_valued = (NANO_USD if name in COSTS else ONE), element in recipe.valued
        for place, value, mark in zip(places, column, marks, strict=True):
            if value is not None:
                quantity = value * one
                text = text_of(quantity, value) if is_valued else None
                place.of(element).add(quantity, text, *mark)
    if recipe.names and "payload" in columns:
        for place, payload, mark in zip(places, columns["payload"], marks, strict=True):
            _add_payload(place, payload, mark, recipe)


def _is_unpriced(name: str) -> bool:
    return name.startswith(UNPRICED)


def _count_unpriced(places: Sequence[Measurement], costs: Sequence[Any], element: str) -> None:
    for place, cost in zip(places, costs, strict=True):
        if cost is None:
            place.of(element).count += 1


def _add_payload(place: Measurement, payload: str, mark: Mark, recipe: Recipe) -> None:
    """Count the values of a payload (JSON text) that an element is called by."""
    for name, value in _DECODE(payload).items():
        element = recipe.names.get(_fold(name))
        if element:
            quantity = quantity_of(value)
            text = text_of(quantity, value) if element in recipe.valued else None
            place.of(element).add(quantity, text, *mark)


def _entry(owner: tuple[str | None, ...], cuts: Sequence[int], at: int) -> Entry:
    """The entry that an event counts in: its caller, and the last cut before it happened."""
    place = bisect_right(cuts, at)
    return _caller(owner), cuts[place - 1] if place else 0


@lru_cache(maxsize=65_536)
def _caller(owner: tuple[str | None, ...]) -> Caller:
    return Caller(*(each or "" for each in owner))
