"""The vault in a folder: one sealed file a blob."""

import os
from collections.abc import Iterator
from pathlib import Path

from chalicelib.ports.scope import Scope
from chalicelib.ports.vault import NotInVault
from infra.local.drafts import draft_beside, is_draft, sweep
from infra.local.secrets import LocalSecrets


class LocalVault:
    """See chalicelib.ports.vault.Vault."""

    def __init__(self, root: Path, secrets: LocalSecrets) -> None:
        self._root = root
        self._secrets = secrets

    def put(self, scope: Scope, name: str, data: bytes) -> None:
        """Written beside its place, then moved into it."""
        path = self._path(scope, name)
        with draft_beside(path, self._seal(scope, name, data)) as draft:
            draft.replace(path)

    def add(self, scope: Scope, name: str, data: bytes) -> bool:
        """A hard link, which fails when the place is taken."""
        path = self._path(scope, name)
        if path.exists():
            return False
        with draft_beside(path, self._seal(scope, name, data)) as draft:
            try:
                os.link(draft, path)
            except FileExistsError:
                return False
        return True

    def get(self, scope: Scope, name: str) -> bytes:
        """Read and opened."""
        try:
            sealed = self._path(scope, name).read_bytes()
        except FileNotFoundError as error:
            raise NotInVault(name) from error
        return self._secrets.open_bytes(f"{scope}/{name}", sealed)

    def names(self, scope: Scope, prefix: str) -> Iterator[str]:
        """A walk through the scope's folder."""
        folder = self._root / scope
        found = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        yield from sorted(name for name in found if name.startswith(prefix) and not is_draft(name))

    def delete(self, scope: Scope, name: str) -> None:
        """The file goes."""
        self._path(scope, name).unlink(missing_ok=True)

    def _path(self, scope: Scope, name: str) -> Path:
        path = (self._root / scope / name).resolve()
        if not path.is_relative_to((self._root / scope).resolve()):
            raise ValueError(f"{name!r} leads out of the vault")
        return path

    def sweep(self, scope: Scope) -> None:
        """Drafts of processes that are gone."""
        sweep(self._root / scope)

    def _seal(self, scope: Scope, name: str, data: bytes) -> bytes:
        return self._secrets.seal_bytes(f"{scope}/{name}", data)
