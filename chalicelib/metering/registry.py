"""The registry: names that calls carry, as records of the catalog. An unknown name makes a record."""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Taken, fold
from chalicelib.ports.world import World

ORGANIZATION, PRODUCT, SUBSCRIBER, CREDENTIAL = "ORGANIZATION", "PRODUCT", "SUBSCRIBER", "CREDENTIAL"
AGENT, JOB = "AGENT", "JOB"
_MOST = 50_000
_UNKNOWN = object()
Value = TypeVar("Value")


class Registry:
    """Looks names up and remembers what it found: a record keeps its id for ever, so memory never goes stale."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def remember(self, key: tuple[str, ...], look_up: Callable[[], Value]) -> Value:
        """The value of a key; looked up once, then remembered. `key` must hold the scope."""
        # One look at the memory, not two: between them another thread may have made room by forgetting this key.
        known = self._known.get(key, _UNKNOWN)
        if known is not _UNKNOWN:
            return known  # type: ignore[no-any-return] # one type per kind of key
        value = self._known[key] = look_up()
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return value

    def named(self, scope: str, kind: str, name: str) -> str:
        """The id of the record of a kind with a name, created when there is none."""

        def look_up() -> str:
            return self.obtain(scope, Record(kind, "", {"name": name}, name, unique={"name": name})).id

        return self.remember((scope, kind, fold(name)), look_up)

    def obtain(self, scope: str, wanted: Record) -> Record:
        """The record that holds the first unique key of `wanted`, or else `wanted`, created with a fresh id.

        Two that create it at once: one wins, the other finds the winner's.
        """
        field, value = next(iter(wanted.unique.items()))
        return self.find(scope, wanted.kind, field, value) or self._create(scope, wanted, field, value)

    def find(self, scope: str, kind: str, field: str, value: str) -> Record | None:
        """The record that holds a unique key."""
        return self._world.documents.find(scope, kind, field, value)

    def _create(self, scope: str, wanted: Record, field: str, value: str) -> Record:
        now = self._world.now()
        fresh = Record(
            wanted.kind, new_id(), wanted.doc, wanted.name, wanted.reference, wanted.unique, 1, now, now
        )  # fmt: skip
        try:
            return self._world.documents.create(scope, fresh)
        except Taken:
            winner = self.find(scope, wanted.kind, field, value)
            if winner is None:
                raise
            return winner


@lru_cache(maxsize=8)
def registry(world: World) -> Registry:
    """The one registry of a world in this process."""
    return Registry(world)
