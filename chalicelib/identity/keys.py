"""API keys: `<prefix>_<tenant>_<secret>`. Only a keyed hash is stored; the text is shown once."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kit.ids import number_of
from chalicelib.ports.scope import Scope

_SECRET_BYTES = 20


class Permission(StrEnum):
    """What a key may do."""

    METERING = "metering"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class KeyKind(StrEnum):
    """Kinds of keys by their prefix, as the clients know them."""

    WRITE = "rev_sk"
    READ = "rev_rk"
    METERING = "rev_mk"
    LEGACY = "hak"

    @property
    def scopes(self) -> frozenset[Permission]:
        """What a key of this kind may do unless it was given other scopes."""
        return _SCOPES[self]


_SCOPES = {
    KeyKind.WRITE: frozenset({Permission.METERING, Permission.READ, Permission.WRITE}),
    KeyKind.READ: frozenset({Permission.READ}),
    KeyKind.METERING: frozenset({Permission.METERING}),
    KeyKind.LEGACY: frozenset({Permission.METERING, Permission.READ, Permission.WRITE}),
}


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as its owner holds it, taken apart."""

    kind: KeyKind
    tenant: Scope
    text: str

    def digest(self, digest_key: bytes) -> str:
        """BLAKE2b keyed with the deployment's secret, 32 hex digits: worthless to whoever reads the
        table."""
        return hashlib.blake2b(self.text.encode(), key=digest_key, digest_size=16).hexdigest()


def mint(kind: KeyKind, tenant: Scope) -> KeyText:
    """A fresh key with 160 random bits."""
    return KeyText(kind, tenant, f"{kind}_{tenant}_{secrets.token_hex(_SECRET_BYTES)}")


def parse(text: str) -> KeyText | None:
    """A key taken apart; None when it does not have the shape of ours."""
    head, _, secret = text.rpartition("_")
    prefix, _, tenant = head.rpartition("_")
    if prefix not in {kind.value for kind in KeyKind} or not secret or number_of(tenant) is None:
        return None
    return KeyText(KeyKind(prefix), Scope(tenant), text)
