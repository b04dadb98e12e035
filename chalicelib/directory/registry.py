"""The registry: names that calls carry, as records of the catalog. An unknown name makes a
record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, TypeVar

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.ids import new_id
from chalicelib.kit.memory import Memory
from chalicelib.ports.documents import Record, Taken, fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

AGENT = "AGENT"
CREDENTIAL = "CREDENTIAL"
ELEMENT = "METERING_ELEMENT"
JOB = "JOB"
ORGANIZATION = "ORGANIZATION"
NO_ORGANIZATION = "Unclassified"
"""The name of the organization of subscriptions that name none: reports count it as none."""
PRODUCT = "PRODUCT"
SOURCE = "SOURCE"
SUBSCRIBER = "SUBSCRIBER"
SUBSCRIPTION = "SUBSCRIPTION"
HEIR = "mergedInto"
"""The member of a merged record that names the one it went into."""
_MOST = 50_000
_TRUSTED_MS = 5 * MINUTE
"""How long a process believes what it found: a record that was merged with another is noticed
within this time."""
Value = TypeVar("Value")


def unique_names(name: str) -> dict[str, str]:
    """The unique values of a record that metering makes for a name. `name` stays what it is when
    people rename the record and `label` follows them, so that events find it by either."""
    return {"name": name, "label": name}


class Registry:
    """Looks names up and remembers what it found, for a while."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._memory: Memory[tuple[str, ...], Any] = Memory(_MOST)

    def remember(
        self, key: tuple[str, ...], look_up: Callable[[], Value], *, for_ms: int = _TRUSTED_MS
    ) -> Value:
        """The value of a key: looked up once, then believed for `for_ms`. `key` must hold the team
        or tenant that the value belongs to."""
        value: Value = self._memory.recall(key, self._world.now(), for_ms, look_up)
        return value

    def forget(self, scope: Scope, kind: str, name: str) -> None:
        """Have everything that is remembered of a name of a kind looked up again. Other processes
        go on believing what they found for up to five minutes."""
        self._memory.forget_all(lambda key: key[0] == scope and key[1] == kind and name in key)

    def obtain_id(self, scope: Scope, kind: str, name: str) -> str:
        """The id of the record of a kind with a name, created when there is none."""

        def look_up() -> str:
            wanted = Record(kind, "", {"name": name}, name, unique=unique_names(name))
            return self.obtain(scope, wanted).id

        return self.remember((scope, kind, fold(name)), look_up)

    def obtain(self, scope: Scope, wanted: Record) -> Record:
        """The record that holds a unique key of `wanted`, the first ones first, or else `wanted`,
        created with a fresh id. Two that create it at once: one wins, the other finds the
        winner's."""
        return self.find_holder(scope, wanted.kind, wanted.unique) or self._create(scope, wanted)

    def find_holder(self, scope: Scope, kind: str, unique: Mapping[str, str]) -> Record | None:
        """The record that holds one of some unique keys, the first ones first."""
        for field, value in unique.items():
            if record := self.find(scope, kind, field, value):
                return record
        return None

    def find(self, scope: Scope, kind: str, field: str, value: str) -> Record | None:
        """The record that holds a unique key, or the one that it was merged with."""
        record = self._world.documents.find(scope, kind, field, value)
        while record and record.doc.get(HEIR):
            record = self._world.documents.get(scope, kind, record.doc[HEIR])
        return record

    def _create(self, scope: Scope, wanted: Record) -> Record:
        now = self._world.now()
        fresh = replace(wanted, id=new_id(), version=1, created_at=now, updated_at=now)
        try:
            return self._world.documents.create(scope, fresh)
        except Taken:
            winner = self.find_holder(scope, wanted.kind, wanted.unique)
            if winner is None:
                raise
            return winner


@lru_cache(maxsize=8)
def registry(world: World) -> Registry:
    """The one registry of a world in this process."""
    return Registry(world)
