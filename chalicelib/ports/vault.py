"""Vault: blobs of one scope, sealed where they lie: whoever reads the storage alone learns
nothing."""

from collections.abc import Iterator
from typing import Protocol

from chalicelib.ports.scope import Scope


class NotInVault(LookupError):
    """There is no blob under that name."""


class Vault(Protocol):
    """Names are paths of letters, digits, `.`, `-` and `_`, with slashes between. Blobs are small:
    some megabytes."""

    def put(self, scope: Scope, name: str, data: bytes) -> None:
        """Store or replace a blob, durably."""

    def add(self, scope: Scope, name: str, data: bytes) -> bool:
        """Store a blob unless there is one of that name, durably; False when there is."""

    def get(self, scope: Scope, name: str) -> bytes:
        """Its bytes. Raises NotInVault."""

    def names(self, scope: Scope, prefix: str) -> Iterator[str]:
        """The names that begin with a prefix, in order."""

    def delete(self, scope: Scope, name: str) -> None:
        """Remove a blob; nothing happens when there is none."""

    def sweep(self, scope: Scope) -> None:
        """Remove what writes that a crash has broken off left. For erasure and retention."""
