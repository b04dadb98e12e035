"""Routes: which module answers which path, so that a starting function imports none of them.

The deployed package holds no compiled modules, and three hundred operations would be compiled at
every cold start. The routes are written by `meterlake openapi` from what the operations declare,
and checked in beside the contract.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from chalicelib.kit.http.operations import Operation, Router
from chalicelib.kit.http.routes import Route

FILE = Path(__file__).with_name("routes.json")


class Line(NamedTuple):
    """One path of one operation, and the module that declares it."""

    method: str
    path: str
    module: str


def lines_of(modules: Iterable[tuple[str, Router]]) -> list[Line]:
    """The routes that modules declare, in order."""
    return sorted(
        Line(operation.method, path, module)
        for module, router in modules
        for operation in router.operations
        for path in (operation.path, *operation.aliases)
    )


@lru_cache(maxsize=1)
def checked_in() -> tuple[Line, ...]:
    """The routes that are checked in."""
    return tuple(Line(*line) for line in json.loads(FILE.read_text(encoding="utf-8")))


def lazily() -> Iterator[Route]:
    """Every route, with an operation that is imported when it is first called."""
    for line in checked_in():
        yield Route(line.method, line.path, partial(_operation, line))


@cache
def _operation(line: Line) -> Operation:
    router: Router = import_module(line.module).router
    return next(
        operation
        for operation in router.operations
        if operation.method == line.method and line.path in (operation.path, *operation.aliases)
    )
