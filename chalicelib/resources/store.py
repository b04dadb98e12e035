"""The store: the records of one resource within one caller's reach, and every verb that resources
share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Forbidden, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.kit.pages import PageRequest
from chalicelib.ports.documents import Record, Stale, Taken
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal, references
from chalicelib.resources.checks import check_id, check_size
from chalicelib.resources.errors import Duplicate, InUse, TooMany, UnknownRecord
from chalicelib.resources.listing import MOST, read_all, read_page
from chalicelib.resources.references import Doc, Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.revisions import (
    ROWS,
    Change,
    build_revision,
    compare,
    name_author,
    walk_history,
)
from chalicelib.resources.rows import present_rows, sort_value, wire_doc
from chalicelib.resources.schemas import PageQuery, Revision, plain_members

_BETWEEN = "\x1f"
"""Stands between the members of a composite unique value; a control character, which names do not
hold."""
_DRAWS = 3
"""New ids that are tried: one in 10^10 is taken."""


class _IdTaken(Exception):
    """The id that was drawn belongs to another record."""


@dataclass(frozen=True, slots=True)
class Store:
    """Reads and writes records for one caller. What it answers is ready to be sent."""

    world: World
    principal: Principal
    resource: Resource

    @property
    def scope(self) -> Scope:
        """The team or tenant that the records belong to."""
        return self.resource.scope(self.principal)

    def get(self, record_id: str) -> Record:
        """The record. Raises UndecodableId, UnknownRecord."""
        check_id(record_id)
        record = self._find_built_in(record_id) or self.world.documents.get(
            self.scope, self.resource.kind, record_id
        )
        if record is None or record.deleted:
            raise UnknownRecord(self.resource.name, record_id)
        return record

    def find(self, member: str, value: str) -> Record:
        """The record that holds a unique value. Raises UnknownRecord."""
        record = self.world.documents.find(self.scope, self.resource.kind, member, value)
        if record is None:
            raise UnknownRecord(self.resource.name, value, by=member)
        return record

    def page(
        self, query: PageQuery, asked: Request, keep: Callable[[Doc], bool] | None = None
    ) -> Row:
        """A HAL page, of the documents that `keep` lets pass. Raises Invalid, TooMany.

        Without it and without filters, in the order of labels, it costs a query; else the whole
        kind is read.
        """
        resource, request = self.resource, query.request
        orders = self._parse_sort(query)
        test = self._build_test(query, keep)
        is_plain = test is None and orders in ([], [(resource.label, False)], [("label", False)])
        if is_plain and not resource.built_in and (orders or not resource.order):
            records, total = read_page(self.world, self.scope, resource.kind, request)
        else:
            try:
                records, total = self._search(request, orders, test)
            except TooMany:
                if not is_plain:
                    raise
                # So plain a question has an answer, in the order of names.
                records, total = read_page(self.world, self.scope, resource.kind, request)
        return hal.build_page(asked, request, resource.embedded, self.rows(records), total)

    def page_of(self, records: Iterable[Record], query: PageQuery, asked: Request) -> Row:
        """A HAL page of some records of the kind, in the order of labels unless it is asked for
        another.

        Raises Invalid, TooMany.
        """
        request = query.request
        orders = self._parse_sort(query) or [("label", False)]
        taken = list(islice(records, MOST + 1))
        if len(taken) > MOST:
            raise TooMany(f"there are over {MOST} records: ask for fewer of them")
        ordered = hal.sort_rows(taken, orders, partial(sort_value, self.resource))
        rows = self.rows(request.cut(ordered))
        return hal.build_page(asked, request, self.resource.embedded, rows, len(ordered))

    def create(self, members: Mapping[str, Any], record_id: str = "") -> Record:
        """A new record of the members, under a fresh id unless one is given.

        Raises Duplicate, Stale when the given id is taken by now, and what the resource's rules
        raise.
        """
        doc = self._apply_rules(members, {}, None)
        now = self.world.now()
        for _ in range(1 if record_id else _DRAWS):
            fresh = Record(self.resource.kind, record_id or new_id(), {}, created_at=now)
            record = self._fill(fresh, doc, now)
            try:
                return self._write(record, "CREATE", None)
            except _IdTaken:
                continue
        raise Stale(self.resource.name, record.id)

    def change(self, record: Record, members: Mapping[str, Any]) -> Record:
        """The record with these members changed and the others kept; nothing is written when all
        stay as they are.

        Raises Duplicate, Stale when somebody else changed it meanwhile, and what the resource's
        rules raise.
        """
        self._check_changeable(record)
        before = self.doc(record)
        doc = self._apply_rules(members, before, record)
        if _drop_empty(doc) == _drop_empty(before):
            return record
        return self._write(self._fill(record, doc, self.world.now()), "UPDATE", record)

    def delete(self, record: Record) -> Row:
        """Take the record out of sight; its unique values are free again. Answers what a delete
        answers.

        Raises Forbidden, InUse, Stale.
        """
        self._check_changeable(record)
        self.resource.check_removal(self, record)
        gone = replace(record, unique={}, deleted=True, updated_at=self.world.now())
        self._write(gone, "DELETE", record)
        return {
            "id": record.id,
            "message": f"{self.resource.name} {record.id} was deleted",
            "resourceType": self.resource.resource_type,
        }

    def history(self, record_id: str, query: PageQuery, asked: Request) -> Row:
        """A HAL page of a record's revisions, the newest first; a deleted one still has them."""
        check_id(record_id)
        if self.world.documents.get(self.scope, self.resource.kind, record_id) is None:
            raise UnknownRecord(self.resource.name, record_id)
        rows = walk_history(self.world, self.scope, self.resource.kind, record_id)
        orders = hal.parse_sort(query.sort, plain_members(Revision), "revision")
        ordered = hal.sort_rows(rows, orders, lambda row, member: row[member])
        page = query.request.cut(ordered)
        return hal.build_page(asked, query.request, ROWS, page, len(ordered))

    def row(self, record: Record) -> Row:
        """The record as it is shown."""
        return self.rows([record])[0]

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Up to 100 records as they are shown; what they refer to is read with one query a kind."""
        return present_rows(self, records)

    def doc(self, record: Record) -> Doc:
        """The document of a record under the names of the wire."""
        return wire_doc(self.resource, record)

    def _find_built_in(self, record_id: str) -> Record | None:
        return next((record for record in self.resource.built_in if record.id == record_id), None)

    def _check_changeable(self, record: Record) -> None:
        if record in self.resource.built_in:
            raise Forbidden(
                f"{self.resource.name} {record.name} is built in: nobody can change or delete it"
            )

    def _parse_sort(self, query: PageQuery) -> list[hal.SortOrder]:
        members = plain_members(self.resource.model)
        return hal.parse_sort(query.sort, members, self.resource.name)

    def _build_test(
        self, query: PageQuery, keep: Callable[[Doc], bool] | None
    ) -> Callable[[Record], bool] | None:
        """Whether a record passes `keep` and all filters that a query asks for; None when there is
        nothing to pass."""
        tests: list[tuple[hal.Filter, str]] = []
        for name, test in self.resource.filters.items():
            if text := getattr(query, name, None):
                tests.append((test, text))
        if keep is None and not tests:
            return None

        def passes(record: Record) -> bool:
            if keep is not None and not keep(record.doc):
                return False
            return all(test(self.doc(record), text) for test, text in tests)

        return passes

    def _search(
        self,
        request: PageRequest,
        orders: list[hal.SortOrder],
        test: Callable[[Record], bool] | None,
    ) -> tuple[Sequence[Record], int]:
        """One page of the records that pass a test, the built-in ones first, and how many there
        are. Raises TooMany."""
        resource = self.resource
        records = [*resource.built_in, *read_all(self.world, self.scope, resource.kind)]
        if test is not None:
            records = [record for record in records if test(record)]
        if resource.order and not orders:
            orders = [(resource.order, False)]
        ordered = hal.sort_rows(records, orders, partial(sort_value, self.resource))
        return request.cut(ordered), len(ordered)

    def _apply_rules(
        self, members: Mapping[str, Any], before: Doc, record: Record | None
    ) -> dict[str, Any]:
        """The document that a write leaves. What it refers to must be there, and a team can only be
        the caller's."""
        doc = {**before, **members}
        references.check_references(
            self.world, self.principal, self.resource.references, doc, before
        )
        return self.resource.apply_rules(self, doc, record)

    def _fill(self, record: Record, doc: Doc, now: int) -> Record:
        """The record with a document, and with the look-up values that follow from it."""
        resource = self.resource
        stored = {resource.stored_names.get(member, member): doc[member] for member in doc}
        return replace(
            record,
            doc=stored,
            name=str(doc.get(resource.label) or record.name),
            reference=str(doc.get(resource.reference) or ""),
            unique=self._unique_values(record, doc),
            updated_at=now,
        )

    def _unique_values(self, record: Record, doc: Doc) -> dict[str, str]:
        """The unique values of a document; lasting ones stay what they are."""
        values: dict[str, str] = {}
        for name, members in self.resource.unique.items():
            parts = [doc.get(member) for member in members]
            if all(parts):
                values[name] = _BETWEEN.join(map(str, parts))
        for name in self.resource.lasting & record.unique.keys():
            values[name] = record.unique[name]
        return values

    def _write(self, record: Record, change: Change, before: Record | None) -> Record:
        """Write a record together with its revision. Raises Duplicate, Stale, and _IdTaken for a
        new record."""
        documents = self.world.documents
        left = self._build_revision(record, change, before)
        check_size(self.resource.name, record.doc, left.doc)
        try:
            if before is None:
                written = documents.create(self.scope, record, also=[left])
            else:
                written = documents.update(self.scope, record, also=[left])
        except Taken as error:
            yielding = self._without_taken(record, error)
            return self._write(yielding, change, before)
        if before is not None:
            self._confirm(before, written)
        self.resource.after_write(self, before, written)
        return written

    def _build_revision(self, record: Record, change: Change, before: Record | None) -> Record:
        resource = self.resource
        old: Doc = resource.audit_view(before.doc) if before else {}
        new: Doc = {} if record.deleted else resource.audit_view(record.doc)
        next_version = replace(record, version=before.version + 1 if before else 1)
        author = name_author(self.world, self.principal)
        return build_revision(next_version, change, compare(old, new, resource.secret), author)

    def _without_taken(self, record: Record, taken: Taken) -> Record:
        """The record without the unique value that another one holds, where that one goes first.
        Raises Duplicate where it does not, and _IdTaken when it is the id that is taken."""
        resource = self.resource
        name = taken.faults[0].field
        if name not in record.unique:
            raise _IdTaken from taken
        if name in resource.yielding:
            others = {other: value for other, value in record.unique.items() if other != name}
            return replace(record, unique=others)
        members = resource.unique[name]
        told = name if name in members else members[0]
        raise Duplicate(resource.name, told, record.doc.get(told, record.unique[name])) from taken

    def _confirm(self, before: Record, after: Record) -> None:
        """Take a change back that others have made impossible while it was written. Raises
        Stale."""
        try:
            self.resource.confirm(self, before, after)
        except (Invalid, InUse) as error:
            self.world.documents.update(self.scope, replace(before, version=after.version))
            raise Stale(self.resource.name, before.id) from error


def _drop_empty(doc: Doc) -> Doc:
    """A document without what it leaves empty: a member that is null is as good as absent."""
    return {member: value for member, value in doc.items() if value is not None}
