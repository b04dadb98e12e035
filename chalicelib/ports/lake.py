"""Lake: immutable objects (Parquet files, quarantined records, exports) in a folder tree by table,
team and day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.ports.scope import Scope


@dataclass(frozen=True, slots=True)
class LakePath:
    """Where an object stands inside a team's part of the lake. `day` is YYYY-MM-DD."""

    table: str
    day: str
    name: str

    def key(self, team: Scope) -> str:
        """The object key: `table/team=…/day=…/name`, the partition layout that Athena and
        DuckDB both prune by."""
        return f"{self.table}/team={team}/day={self.day}/{self.name}"


@dataclass(frozen=True, slots=True)
class LakeObject:
    """One stored object; `size` in bytes."""

    path: LakePath
    size: int


class NotInLake(LookupError):
    """There is no object at that path."""


class Lake(Protocol):
    """`put` replaces atomically: a reader sees the old object or the new one, never a part."""

    def put(self, team: Scope, path: LakePath, data: bytes) -> None:
        """Store an object, durably."""

    def get(self, team: Scope, path: LakePath) -> bytes:
        """Its bytes. Raises NotInLake."""

    def list(self, team: Scope, table: str, day: str | None = None) -> Iterator[LakeObject]:
        """Objects of a table, ordered by key; only those of one day when it is given."""

    def delete(self, team: Scope, paths: Sequence[LakePath]) -> None:
        """Remove objects; unknown ones are ignored."""

    def days(self, team: Scope, table: str) -> Sequence[str]:
        """The days that hold at least one object of a table, oldest first."""

    def sweep(self, team: Scope) -> None:
        """Remove what writes that a crash has broken off left of a team's data, which no other
        method shows. For erasure and retention."""
