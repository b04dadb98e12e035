"""Lake in a folder."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalicelib.ports.lake import LakeObject, LakePath, NotInLake
from chalicelib.ports.scope import Scope
from infra.local.drafts import draft_beside, sweep


class LocalLake:
    """See chalicelib.ports.lake.Lake. `root` is the folder that holds the tables."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, team: Scope, path: LakePath, data: bytes) -> None:
        """Write beside, flush, rename: a crash leaves the old object or the new one."""
        target = self.root / path.key(team)
        with draft_beside(target, data) as draft:
            draft.rename(target)
        _flush_folder(target.parent)

    def get(self, team: Scope, path: LakePath) -> bytes:
        """Read the file."""
        try:
            return (self.root / path.key(team)).read_bytes()
        except FileNotFoundError as error:
            raise NotInLake(path.key(team)) from error

    def list(self, team: Scope, table: str, day: str | None = None) -> Iterator[LakeObject]:
        """Walk the partition folders in order; half-written files are invisible."""
        for each in [day] if day else self.days(team, table):
            folder = self._team_folder(team, table) / f"day={each}"
            for file in sorted(folder.glob("[!.]*")) if folder.is_dir() else ():
                try:
                    size = file.stat().st_size
                except FileNotFoundError:  # removed since it was listed
                    continue
                yield LakeObject(LakePath(table, each, file.name), size)

    def delete(self, team: Scope, paths: Sequence[LakePath]) -> None:
        """Unlink the files."""
        for path in paths:
            (self.root / path.key(team)).unlink(missing_ok=True)

    def days(self, team: Scope, table: str) -> Sequence[str]:
        """The partition folders that are not empty."""
        folder = self._team_folder(team, table)
        return sorted(
            day.name.removeprefix("day=") for day in folder.glob("day=*") if any(day.glob("[!.]*"))
        )

    def sweep(self, team: Scope) -> None:
        """Drafts of processes that are gone."""
        for table in self.root.glob("*"):
            sweep(table / f"team={team}")

    def _team_folder(self, team: Scope, table: str) -> Path:
        return self.root / table / f"team={team}"


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
