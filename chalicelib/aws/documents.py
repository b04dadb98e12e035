"""Documents in the core table: one item a record, one marker item a unique value."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.aws.clients import code_of
from chalicelib.aws.core import Core, partition, shorten_key
from chalicelib.aws.items import DocumentItem, NoteItem
from chalicelib.aws.paging import after, cursor_of
from chalicelib.ports.documents import Order, Record, RecordPage, Stale, Taken, fold
from chalicelib.ports.scope import Scope

_BEHIND_VALUE = "\x00"
"""Between value and id in an index: sorts below every other character, so `ann` stands before
`anna`."""
_ATTEMPTS = 5
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class _Write:
    """A record that is written together with others: `condition` is what must hold of its own item,
    `old_unique` are the unique values that its last version has claimed."""

    item: DocumentItem
    condition: Condition
    record: Record
    old_unique: Mapping[str, str]
    also: Sequence[Record]

    @property
    def drops(self) -> list[tuple[str, str]]:
        """Names and values that the record no longer claims."""
        kept = _fold_values(self.record.unique)
        return [pair for pair in self.old_unique.items() if (pair[0], fold(pair[1])) not in kept]

    @property
    def claims(self) -> list[tuple[Record, str, str]]:
        """What has to be claimed: the record's new values, and all of the records created with
        it."""
        kept = _fold_values(self.old_unique)
        claims = []
        for name, value in self.record.unique.items():
            if (name, fold(value)) not in kept:
                claims.append((self.record, name, value))
        for each in self.also:
            claims += [(each, name, value) for name, value in each.unique.items()]
        return claims


def _fold_values(unique: Mapping[str, str]) -> set[tuple[str, str]]:
    return {(name, fold(value)) for name, value in unique.items()}


class DynamoDocuments:
    """See chalicelib.ports.documents.Documents."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get(self, scope: Scope, kind: str, record_id: str) -> Record | None:
        """One consistent read."""
        try:
            return _record(
                self._core.document_items.get(
                    partition(scope), f"{kind}#{record_id}", consistent_read=True
                )
            )
        except DoesNotExist:
            return None

    def get_many(self, scope: Scope, kind: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """One batch read."""
        keys = [
            (partition(scope), f"{kind}#{record_id}") for record_id in dict.fromkeys(record_ids)
        ]
        items = self._core.document_items.batch_get(keys, consistent_read=True) if keys else ()
        return {item.id: _record(item) for item in items}

    def find(self, scope: Scope, kind: str, field_name: str, value: str) -> Record | None:
        """The marker, then its owner; an owner that gave the value up in between is not it."""
        try:
            marker = self._core.note_items.get(
                partition(scope), _marker(kind, field_name, value), consistent_read=True
            )
        except DoesNotExist:
            return None
        record = self.get(scope, kind, marker.text)
        return record if record and fold(record.unique.get(field_name, "")) == fold(value) else None

    def page(  # noqa: PLR0913 - one query, all of its words by keyword
        self,
        scope: Scope,
        kind: str,
        *,
        by: Order = "name",
        prefix: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> RecordPage:
        """One query of an index; one item more than asked tells whether there is another page."""
        index = (
            self._core.document_items.by_name
            if by == "name"
            else self._core.document_items.by_reference
        )
        sort_key = getattr(self._core.document_items, f"{by}_sk")
        found = index.query(
            _group(scope, kind),
            sort_key.startswith(shorten_key(fold(prefix))) if prefix else None,
            limit=limit + 1,
            last_evaluated_key=after(scope, kind, by, cursor) if cursor else None,
        )
        items = list(found)
        records = [_record(item) for item in items[:limit]]
        return RecordPage(
            records,
            cursor_of(getattr(items[limit - 1], f"{by}_sk")) if len(items) > limit else None,
        )

    def count(self, scope: Scope, kind: str) -> int:
        """A query of the index that answers numbers: a round trip for each MiB of records.

        A counter item would cost every write a transaction on one item of the scope, where
        concurrent ones collide.
        """
        return int(self._core.document_items.by_name.count(_group(scope, kind)))

    def create(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """One conditional put; a transaction when there are unique values or further records."""
        created = replace(record, version=1)
        item = self._item(scope, created)
        fresh = type(item).pk.does_not_exist()
        if record.unique or also:
            self._transact(scope, _Write(item, fresh, created, {}, also))
            return created
        try:
            item.save(fresh)
        except PutError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise Taken(record.kind, "id", record.id) from error
        return created

    def update(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """One conditional put while the unique values stay as they are; a transaction when they
        change, or when there are further records."""
        updated = replace(record, version=record.version + 1)
        item = self._item(scope, updated)
        held = type(item).version == record.version
        if not also and self._swap(item, held & (type(item).unique == item.unique)):
            return updated
        stored = self.get(scope, record.kind, record.id)
        if stored is None or stored.version != record.version:
            raise Stale(record.kind, record.id)
        self._transact(scope, _Write(item, held, updated, stored.unique, also))
        return updated

    @staticmethod
    def _swap(item: DocumentItem, condition: Condition) -> bool:
        try:
            item.save(condition)
        except PutError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def every(self, scope: Scope) -> Iterator[Record]:
        """A query of the scope's partition, of which only documents have a kind."""
        documents = self._core.document_items
        found = documents.query(
            partition(scope), filter_condition=documents.kind.exists(), consistent_read=True
        )
        yield from map(_record, found)

    def erase(self, scope: Scope, kind: str, record_id: str) -> None:
        """Record and markers in one transaction; repeated when the record changes meanwhile."""
        for _ in range(_ATTEMPTS):
            stored = self.get(scope, kind, record_id)
            if stored is None or self._erase(scope, stored):
                return
        raise Stale(kind, record_id)

    def _erase(self, scope: Scope, stored: Record) -> bool:
        item = self._item(scope, stored)
        try:
            with TransactWrite(connection=self._core.connection()) as transaction:
                transaction.delete(item, type(item).version == stored.version)
                for field_name, value in stored.unique.items():
                    transaction.delete(self._note(scope, stored, field_name, value))
        except TransactWriteError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            return False
        return True

    def _transact(self, scope: Scope, write: _Write) -> None:
        """Put the record, claim its new unique values, give up the old ones, create the others: all
        or nothing. Raises Taken, Stale."""
        for attempt in range(_ATTEMPTS):
            try:
                self._put_together(scope, write)
            except TransactWriteError as error:
                _explain(error, write)
                time.sleep(_PAUSE_S * 2**attempt)
            else:
                return
        raise Stale(write.record.kind, write.record.id)

    def _put_together(self, scope: Scope, write: _Write) -> None:
        """The items in the order in which `_explain` finds them again."""
        with TransactWrite(connection=self._core.connection()) as transaction:
            for name, value in write.drops:
                transaction.delete(self._note(scope, write.record, name, value))
            transaction.save(write.item, write.condition)
            for owner, name, value in write.claims:
                note = self._note(scope, owner, name, value)
                transaction.save(note, type(note).pk.does_not_exist())
            for each in write.also:
                other = self._item(scope, replace(each, version=1))
                transaction.save(other, type(other).pk.does_not_exist())

    def _note(self, scope: Scope, record: Record, field_name: str, value: str) -> NoteItem:
        return self._core.note_items(
            partition(scope), _marker(record.kind, field_name, value), text=record.id
        )

    def _item(self, scope: Scope, record: Record) -> DocumentItem:
        group = None if record.deleted else _group(scope, record.kind)
        return self._core.document_items(
            partition(scope),
            f"{record.kind}#{record.id}",
            kind=record.kind,
            id=record.id,
            version=record.version,
            name=record.name,
            reference=record.reference,
            unique=json.dumps(dict(record.unique), ensure_ascii=False, sort_keys=True),
            doc=json.dumps(record.doc, ensure_ascii=False, separators=(",", ":")),
            created_at=record.created_at,
            updated_at=record.updated_at,
            name_pk=group,
            name_sk=shorten_key(fold(record.name)) + _BEHIND_VALUE + record.id,
            reference_pk=group,
            reference_sk=shorten_key(fold(record.reference)) + _BEHIND_VALUE + record.id,
        )


def _explain(error: TransactWriteError, write: _Write) -> None:
    """Raise what a cancelled transaction means; return when it only met another one and is worth
    repeating."""
    if code_of(error) != "TransactionCanceledException":
        raise error
    failed = [
        at
        for at, why in enumerate(error.cancellation_reasons)
        if why and why.code == "ConditionalCheckFailed"
    ]
    if not failed:
        return
    record, record_at = write.record, len(write.drops)
    if record_at in failed and record.version > 1:
        raise Stale(record.kind, record.id) from error
    if record_at in failed:
        raise Taken(record.kind, "id", record.id) from error
    created = [(each, "id", each.id) for each in write.also]
    owner, name, value = [*write.claims, *created][failed[0] - record_at - 1]
    raise Taken(owner.kind, name, value) from error


def _group(scope: Scope, kind: str) -> str:
    return f"{scope}#{kind}"


def _marker(kind: str, field_name: str, value: str) -> str:
    return f"UNIQ#{kind}#{field_name}#{shorten_key(fold(value))}"


def _record(item: DocumentItem) -> Record:
    return Record(
        kind=item.kind,
        id=item.id,
        doc=json.loads(item.doc),
        name=item.name,
        reference=item.reference,
        unique=json.loads(item.unique),
        version=int(item.version),
        created_at=int(item.created_at),
        updated_at=int(item.updated_at),
        deleted=item.name_pk is None,
    )
