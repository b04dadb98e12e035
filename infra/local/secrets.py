"""Secrets sealed with a key file: AES-256-GCM, bound to the scope."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.scope import Scope
from chalicelib.ports.secrets import SealBroken

_KEY_BYTES, _NONCE_BYTES = 32, 12


class LocalSecrets:
    """See chalicelib.ports.secrets.Secrets. The key file is made on first use, readable by its
    owner only; where data is there already (`expected`) a new one would only hide that the old one
    is lost. Raises KeyDamaged."""

    def __init__(self, path: Path, *, expected: bool = False) -> None:
        if expected and not path.exists():
            raise KeyDamaged(f"{path} is missing, with which this folder's keys were made")
        self._key = _load(path)
        self._digest_key = hashlib.blake2b(
            b"api keys", key=self._key, digest_size=_KEY_BYTES
        ).digest()

    def seal(self, scope: Scope, secret: str) -> str:
        """The sealed bytes as text."""
        return base64.urlsafe_b64encode(self.seal_bytes(scope, secret.encode())).decode()

    def open(self, scope: Scope, sealed: str) -> str:
        """The scope is authenticated with the text."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
        except ValueError as error:
            raise SealBroken("the text is not a sealed one") from error
        return self.open_bytes(scope, raw).decode()

    def seal_bytes(self, context: str, data: bytes) -> bytes:
        """A fresh nonce, then the sealed bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, data, context.encode())

    def open_bytes(self, context: str, sealed: bytes) -> bytes:
        """What `seal_bytes` sealed for the scope. Raises SealBroken."""
        try:
            return AESGCM(self._key).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken("the sealed text was changed or belongs to another scope") from error

    def digest_key(self) -> bytes:
        """Derived from the key file."""
        return self._digest_key


class KeyDamaged(MeterlakeError):
    """The key file is not what it was: nothing that it sealed can be opened, and no API key be
    checked."""


def _check(path: Path, key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise KeyDamaged(f"{path} is not a key of {_KEY_BYTES} bytes: put back the one that was")
    return key


def _load(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _check(path, path.read_bytes())
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()
