"""The shapes of items in the core table: partition `T#<scope>`, sort key `<KIND>#<id>`."""

import hashlib
from typing import Any

from pynamodb.connection import Connection

from chalicelib.aws import clients
from chalicelib.aws.items import DocumentItem, NoteItem, ReplayItem
from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope

SYSTEM_SCOPE = Scope("system")
"""Partition of what belongs to the deployment. No tenant can have it: ids are hashids, and this is
none."""

_KEY_BYTES = 800
"""DynamoDB refuses sort keys over 1,024 bytes; the rest is left for what stands before and
behind."""


class Core:
    """The item classes bound to one deployment's table, and the connection for transactions."""

    def __init__(self, settings: Settings) -> None:
        meta = {
            "table_name": settings.core_table,
            "region": settings.region,
            "connect_timeout_seconds": clients.CONNECT_TIMEOUT_S,
            "read_timeout_seconds": clients.READ_TIMEOUT_S,
            "max_retry_attempts": clients.ATTEMPTS - 1,
            "max_pool_connections": clients.POOL,
        }
        self.document_items: type[DocumentItem] = _bind(DocumentItem, meta)
        self.note_items: type[NoteItem] = _bind(NoteItem, meta)
        self.replay_items: type[ReplayItem] = _bind(ReplayItem, meta)

    def connection(self) -> Connection:
        """For pynamodb's TransactWrite: the one that the item classes use."""
        connection: Connection = self.document_items._get_connection().connection
        return connection


def _bind(shape: type[Any], meta: dict[str, Any]) -> type[Any]:
    # pynamodb binds a class to its table when the class is made, and ours is known only when the
    # settings are read.
    metaclass: Any = type(shape)
    bound: type[Any] = metaclass(shape.__name__, (shape,), {"Meta": type("Meta", (), dict(meta))})
    return bound


def partition(scope: Scope) -> str:
    """The partition of a scope."""
    return f"T#{scope}"


def shorten_key(text: str) -> str:
    """A text short enough to be part of a key: a long one is cut and told apart by its hash."""
    raw = text.encode()
    if len(raw) <= _KEY_BYTES:
        return text
    return (
        raw[:_KEY_BYTES].decode(errors="ignore") + hashlib.blake2b(raw, digest_size=16).hexdigest()
    )
