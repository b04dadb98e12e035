"""Routes: which module answers which path, so that a starting function imports none of them.

The deployed package holds no compiled modules, and three hundred operations would be compiled at
every cold start. The routes are written by `meterlake openapi` from what the doors declare, and
checked in beside the contract.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from chalicelib.kit.http.dispatch import Route
from chalicelib.kit.http.doors import Door, Doors

FILE = Path(__file__).with_name("routes.json")


class Line(NamedTuple):
    """One path of one door, and the module that declares it."""

    method: str
    path: str
    module: str


def lines_of(modules: Iterable[tuple[str, Doors]]) -> list[Line]:
    """The routes that modules declare, in order."""
    return sorted(
        Line(door.method, path, module)
        for module, doors in modules
        for door in doors.declared
        for path in (door.path, *door.aliases)
    )


@lru_cache(maxsize=1)
def known() -> tuple[Line, ...]:
    """The routes that are checked in."""
    return tuple(Line(*line) for line in json.loads(FILE.read_text(encoding="utf-8")))


def lazily() -> Iterator[Route]:
    """Every route, with a door that is imported when somebody first knocks at it."""
    for line in known():
        yield Route(line.method, line.path, partial(_door, line))


@cache
def _door(line: Line) -> Door:
    doors: Doors = import_module(line.module).doors
    return next(
        door
        for door in doors.declared
        if door.method == line.method and line.path in (door.path, *door.aliases)
    )
