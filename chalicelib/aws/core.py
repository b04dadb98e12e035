"""The shapes of items in the core table: partition `T#<scope>`, sort key `<KIND>#<id>`."""

import hashlib
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.aws import clients
from chalicelib.kit.settings import Settings
from chalicelib.ports.scope import Scope

SYSTEM_SCOPE = Scope("system")
"""Partition of what belongs to the deployment. No tenant can have it: ids are hashids, and this is
none."""

_KEY_BYTES = 800
"""DynamoDB refuses sort keys over 1,024 bytes; the rest is left for what stands before and
behind."""


class NameIndex(GlobalSecondaryIndex["DocumentItem"]):  # type: ignore[no-untyped-call]
    """GSI1: the documents of a scope and kind by folded name, then id."""

    class Meta:
        """Of pynamodb."""

        index_name = "GSI1"
        projection = AllProjection()

    name_pk = UnicodeAttribute(hash_key=True)
    name_sk = UnicodeAttribute(range_key=True)


class ReferenceIndex(GlobalSecondaryIndex["DocumentItem"]):  # type: ignore[no-untyped-call]
    """GSI2: the same by folded reference."""

    class Meta:
        """Of pynamodb."""

        index_name = "GSI2"
        projection = AllProjection()

    reference_pk = UnicodeAttribute(hash_key=True)
    reference_sk = UnicodeAttribute(range_key=True)


class Item(Model):
    """What every item has."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class DocumentItem(Item):
    """A record; `doc` and `unique` are JSON text, which costs a fraction of nested attributes. A
    deleted one has no `name_pk` and no `reference_pk`, so that the indexes do not know it."""

    kind = UnicodeAttribute()
    id = UnicodeAttribute()
    version = NumberAttribute()
    name = UnicodeAttribute()
    reference = UnicodeAttribute()
    unique = UnicodeAttribute()
    doc = UnicodeAttribute()
    created_at = NumberAttribute()
    updated_at = NumberAttribute()
    name_pk = UnicodeAttribute(null=True)
    name_sk = UnicodeAttribute()
    reference_pk = UnicodeAttribute(null=True)
    reference_sk = UnicodeAttribute()
    by_name = NameIndex()
    by_reference = ReferenceIndex()


class NoteItem(Item):
    """One text under a key: the owner of a unique value, a feed position, the sealed digest key."""

    text = UnicodeAttribute()


class ReplayItem(Item):
    """A kept answer, or the lock before it (`status` 0). `until` in ms; `expires` in seconds is for
    DynamoDB's TTL."""

    body_hash = UnicodeAttribute()
    status = NumberAttribute()
    body = UnicodeAttribute()
    until = NumberAttribute()
    expires = NumberAttribute()


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
