"""Routes: path templates, and how to get at the operation behind each."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from chalicelib.kit.http.operations import Operation


class Route(NamedTuple):
    """A path template and how to get at its operation."""

    method: str
    path: str
    operation: Callable[[], Operation]


def routes_of(operations: Iterable[Operation]) -> Iterator[Route]:
    """The routes of operations that are there already."""
    for operation in operations:
        for path in (operation.path, *operation.aliases):
            yield Route(operation.method, path, partial(_same, operation))


def _same(operation: Operation) -> Operation:
    return operation
