"""Secrets: seal what must be read again, and hash keyed what must only be recognised."""

from typing import Protocol

from chalicelib.ports.scope import Scope


class SealBroken(ValueError):
    """The sealed text was changed, belongs to another scope, or was sealed with another key."""


class Secrets(Protocol):
    """Bound to the scope: what one tenant sealed, another cannot open."""

    def seal(self, scope: Scope, secret: str) -> str:
        """The secret as URL-safe text that only `open` of the same scope can read."""

    def open(self, scope: Scope, sealed: str) -> str:
        """The secret. Raises SealBroken."""

    def digest_key(self) -> bytes:
        """The 32-byte key under which API keys are hashed; one and the same in all processes of a
        deployment."""
