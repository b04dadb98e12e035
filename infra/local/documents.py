"""Documents on SQLite."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Order, Record, RecordPage, Stale, Taken, fold
from chalicelib.ports.scope import Scope
from infra.local.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  scope TEXT, kind TEXT, id TEXT, version INTEGER, name TEXT, reference TEXT, keys TEXT, doc TEXT,
  shown_name TEXT, shown_reference TEXT, created_at INTEGER, updated_at INTEGER,
  PRIMARY KEY (scope, kind, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_name ON documents (scope, kind, name, id);
CREATE INDEX IF NOT EXISTS documents_reference ON documents (scope, kind, reference, id);
CREATE TABLE IF NOT EXISTS unique_keys (
  scope TEXT, kind TEXT, field TEXT, value TEXT, id TEXT,
  PRIMARY KEY (scope, kind, field, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unique_keys_owner ON unique_keys (scope, kind, id);
CREATE TABLE IF NOT EXISTS document_counts (
  scope TEXT, kind TEXT, number INTEGER, PRIMARY KEY (scope, kind)) WITHOUT ROWID;
INSERT OR IGNORE INTO document_counts SELECT scope, kind, count(*) FROM documents
  WHERE name IS NOT NULL AND NOT EXISTS (SELECT * FROM document_counts) GROUP BY scope, kind;
CREATE TRIGGER IF NOT EXISTS documents_come AFTER INSERT ON documents
  WHEN NEW.name IS NOT NULL BEGIN
  INSERT INTO document_counts VALUES (NEW.scope, NEW.kind, 1)
    ON CONFLICT (scope, kind) DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER IF NOT EXISTS documents_go AFTER DELETE ON documents WHEN OLD.name IS NOT NULL BEGIN
  UPDATE document_counts SET number = number - 1 WHERE scope = OLD.scope AND kind = OLD.kind;
END;
"""
"""Records in pages are counted as they come and go: walking over an index of 100,000 takes 20
ms."""
_COLUMNS = "kind, id, doc, shown_name, shown_reference, keys, version, created_at, updated_at, name"
_LAST = chr(0x10FFFF)
_WALKED = 1_000


class LocalDocuments:
    """See chalicelib.ports.documents.Documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, scope: Scope, kind: str, record_id: str) -> Record | None:
        """One indexed read."""
        return self.get_many(scope, kind, [record_id]).get(record_id)

    def get_many(self, scope: Scope, kind: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """One query."""
        marks = ",".join("?" * len(record_ids))
        sql = f"SELECT {_COLUMNS} FROM documents WHERE scope=? AND kind=? AND id IN ({marks})"
        return {record.id: record for record in self._read(sql, [scope, kind, *record_ids])}

    def find(self, scope: Scope, kind: str, field_name: str, value: str) -> Record | None:
        """A join through the unique key."""
        columns = ", ".join(f"d.{column}" for column in _COLUMNS.split(", "))
        sql = f"""SELECT {columns} FROM unique_keys u JOIN documents d USING (scope, kind, id)
                  WHERE u.scope=? AND u.kind=? AND u.field=? AND u.value=?"""
        return next(iter(self._read(sql, [scope, kind, field_name, fold(value)])), None)

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
        """A range of the index; the cursor is the last value and id seen."""
        start = _start(cursor) if cursor else [fold(prefix), ""]
        sql = f"""SELECT {_COLUMNS} FROM documents
                  WHERE scope=? AND kind=? AND ({by}, id) > (?, ?) AND {by} < ?
                  ORDER BY {by}, id LIMIT ?"""
        found = self._read(sql, [scope, kind, *start, fold(prefix) + _LAST, limit + 1])
        if len(found) <= limit:
            return RecordPage(found, None)
        last = found[limit - 1]
        return RecordPage(found[:limit], json.dumps([fold(getattr(last, by)), last.id]))

    def count(self, scope: Scope, kind: str) -> int:
        """One indexed read."""
        sql = "SELECT number FROM document_counts WHERE scope=? AND kind=?"
        with self._database.reader() as connection:
            row = connection.execute(sql, [scope, kind]).fetchone()
        return int(row[0]) if row else 0

    def create(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """One transaction for the records and their unique keys."""
        created = replace(record, version=1)

        def work(connection: sqlite3.Connection) -> Record:
            for each in (created, *also):
                _insert(connection, scope, replace(each, version=1))
            return created

        return self._database.write(work)

    def update(self, scope: Scope, record: Record, also: Sequence[Record] = ()) -> Record:
        """Compare the version and swap, in one transaction."""
        updated = replace(record, version=record.version + 1)

        def work(connection: sqlite3.Connection) -> Record:
            where = "WHERE scope=? AND kind=? AND id=? AND version=?"
            held = connection.execute(
                f"DELETE FROM documents {where}", [scope, record.kind, record.id, record.version]
            ).rowcount
            if not held:
                raise Stale(record.kind, record.id)
            _release(connection, scope, record.kind, record.id)
            for each in (updated, *(replace(other, version=1) for other in also)):
                _insert(connection, scope, each)
            return updated

        return self._database.write(work)

    def every(self, scope: Scope) -> Iterator[Record]:
        """A walk along the primary key, a thousand at a time."""
        sql = f"""SELECT {_COLUMNS} FROM documents WHERE scope=? AND (kind, id) > (?, ?)
                  ORDER BY kind, id LIMIT {_WALKED}"""
        last = ("", "")
        while found := self._read(sql, [scope, *last]):
            yield from found
            last = (found[-1].kind, found[-1].id)

    def erase(self, scope: Scope, kind: str, record_id: str) -> None:
        """One transaction."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                "DELETE FROM documents WHERE scope=? AND kind=? AND id=?", [scope, kind, record_id]
            )
            _release(connection, scope, kind, record_id)

        self._database.write(work)

    def _read(self, sql: str, values: Sequence[Any]) -> list[Record]:
        with self._database.reader() as connection:
            return [_record(row) for row in connection.execute(sql, values)]


def _start(cursor: str) -> list[str]:
    """The last value and id of a cursor."""
    try:
        start = json.loads(cursor)
    except ValueError as error:
        raise Invalid("the cursor is not one of ours", field="cursor") from error
    if (
        not isinstance(start, list)
        or len(start) != 2
        or not all(isinstance(each, str) for each in start)
    ):
        raise Invalid("the cursor is not one of ours", field="cursor")
    return start


def _insert(connection: sqlite3.Connection, scope: Scope, record: Record) -> None:
    try:
        connection.execute(
            f"INSERT INTO documents VALUES ({','.join('?' * 12)})", _row(scope, record)
        )
    except sqlite3.IntegrityError as error:
        raise Taken(record.kind, "id", record.id) from error
    _claim(connection, scope, record)


def _claim(connection: sqlite3.Connection, scope: Scope, record: Record) -> None:
    for field_name, value in record.unique.items():
        try:
            connection.execute(
                "INSERT INTO unique_keys VALUES (?,?,?,?,?)",
                [scope, record.kind, field_name, fold(value), record.id],
            )
        except sqlite3.IntegrityError as error:
            raise Taken(record.kind, field_name, value) from error


def _release(connection: sqlite3.Connection, scope: Scope, kind: str, record_id: str) -> None:
    connection.execute(
        "DELETE FROM unique_keys WHERE scope=? AND kind=? AND id=?", [scope, kind, record_id]
    )


def _row(scope: Scope, record: Record) -> list[Any]:
    # A name that is null is in no range of an index: that is how deleted records stay out of pages.
    name, reference = (
        (None, None) if record.deleted else (fold(record.name), fold(record.reference))
    )
    return [
        scope,
        record.kind,
        record.id,
        record.version,
        name,
        reference,
        json.dumps(dict(record.unique)),
        json.dumps(record.doc, ensure_ascii=False),
        record.name,
        record.reference,
        record.created_at,
        record.updated_at,
    ]


def _record(row: Sequence[Any]) -> Record:
    kind, record_id, doc, name, reference, keys, version, created_at, updated_at, listed = row
    return Record(
        kind=kind,
        id=record_id,
        doc=json.loads(doc),
        name=name,
        reference=reference,
        unique=json.loads(keys),
        version=version,
        created_at=created_at,
        updated_at=updated_at,
        deleted=listed is None,
    )
