"""The store: the records of one resource within one caller's reach, and every verb that resources
share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Forbidden, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.kit.pages import PageRequest
from chalicelib.ports.documents import Record, Stale, Taken
from chalicelib.ports.world import World
from chalicelib.resources import hal, references
from chalicelib.resources.errors import (
    Duplicate,
    InUse,
    TooMany,
    UnknownRecord,
    check_id,
    check_size,
)
from chalicelib.resources.listing import MOST, read_all, read_page
from chalicelib.resources.references import Doc
from chalicelib.resources.resource import Resource
from chalicelib.resources.revisions import ROWS, Change, build_revision, name_author, walk_history
from chalicelib.resources.schemas import PageQuery, Revision, member_names, plain_members

Row = dict[str, Any]
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
    def scope(self) -> str:
        """The team or tenant that the records belong to."""
        return self.resource.scope(self.principal)

    def get(self, record_id: str) -> Record:
        """The record. Raises UndecodableId, UnknownRecord."""
        check_id(record_id)
        record = self._fixed(record_id) or self.world.documents.get(
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
        order = hal.parse_sort(query.sort, plain_members(resource.model), resource.name)
        wanted = [
            (test, text)
            for name, test in resource.filters.items()
            if (text := getattr(query, name, None))
        ]
        plain = (
            not wanted
            and keep is None
            and order in ([], [(resource.label, False)], [("label", False)])
        )

        def passes(record: Record) -> bool:
            return (keep is None or keep(record.doc)) and all(
                test(self.doc(record), text) for test, text in wanted
            )

        if plain and not resource.built_in and (order or not resource.order):
            records, total = read_page(self.world, self.scope, resource.kind, request)
        else:
            records, total = self._searched(request, order, passes, plain)
        return hal.build_page(asked, request, resource.embedded, self.rows(records), total)

    def page_of(self, records: Iterable[Record], query: PageQuery, asked: Request) -> Row:
        """A HAL page of some records of the kind, in the order of labels unless it is asked for
        another.

        Raises Invalid, TooMany.
        """
        resource, request = self.resource, query.request
        order = hal.parse_sort(query.sort, plain_members(resource.model), resource.name) or [
            ("label", False)
        ]
        there = list(islice(records, MOST + 1))
        if len(there) > MOST:
            raise TooMany(f"there are over {MOST} records: ask for fewer of them")
        found = hal.sort_rows(there, order, self._value)
        return hal.build_page(
            asked, request, resource.embedded, self.rows(request.cut(found)), len(found)
        )

    def create(self, members: Mapping[str, Any], record_id: str = "") -> Record:
        """A new record of the members, under a fresh id unless one is given.

        Raises Duplicate, Stale when the given id is taken by now, and what the resource's rules
        raise.
        """
        doc = self._ruled(members, {}, None)
        now = self.world.now()
        for _ in range(1 if record_id else _DRAWS):
            fresh = Record(self.resource.kind, record_id or new_id(), {}, created_at=now)
            record = self._filled(fresh, doc, now)
            try:
                return self._write(self.world.documents.create, record, "CREATE", None)
            except _IdTaken:
                continue
        raise Stale(self.resource.name, record.id)

    def change(self, record: Record, members: Mapping[str, Any]) -> Record:
        """The record with these members changed and the others kept; nothing is written when all
        stay as they are.

        Raises Duplicate, Stale when somebody else changed it meanwhile, and what the resource's
        rules raise.
        """
        self._changeable(record)
        before = self.doc(record)
        doc = self._ruled(members, before, record)
        if _said(doc) == _said(before):
            return record
        return self._write(
            self.world.documents.update,
            self._filled(record, doc, self.world.now()),
            "UPDATE",
            record,
        )

    def delete(self, record: Record) -> Row:
        """Take the record out of sight; its unique values are free again. Answers what a delete
        answers.

        Raises Forbidden, InUse, Stale.
        """
        self._changeable(record)
        self.resource.check_removal(self, record)
        gone = replace(record, unique={}, deleted=True, updated_at=self.world.now())
        self._write(self.world.documents.update, gone, "DELETE", record)
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
        order = hal.parse_sort(query.sort, plain_members(Revision), "revision")
        found = hal.sort_rows(rows, order, lambda row, member: row[member])
        return hal.build_page(asked, query.request, ROWS, query.request.cut(found), len(found))

    def row(self, record: Record) -> Row:
        """The record as it is shown."""
        return self.rows([record])[0]

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Up to 100 records as they are shown; what they refer to is read with one query a kind."""
        docs = [self.doc(record) for record in records]
        members: list[Row] = [{} for _ in records]
        for reference in self.resource.references:
            if reference.many:
                wanted = [each for doc in docs for each in references.referred_ids(reference, doc)]
            else:
                named = (references.referred_id(self.principal, reference, doc) for doc in docs)
                wanted = [each for each in named if each]
            known = references.read_referred(self.world, self.principal, reference, wanted)
            for row, doc in zip(members, docs, strict=True):
                row |= references.present_reference(self.principal, reference, doc, known)
        gathered = self.resource.gather(self, records)
        return [
            self._row(record, doc, row | gathered.get(record.id, {}))
            for record, doc, row in zip(records, docs, members, strict=True)
        ]

    def doc(self, record: Record) -> Doc:
        """The document of a record under the names of the wire."""
        names = {own: wire for wire, own in self.resource.stored_names.items()}
        return (
            {names.get(member, member): value for member, value in record.doc.items()}
            if names
            else record.doc
        )

    def _fixed(self, record_id: str) -> Record | None:
        return next((record for record in self.resource.built_in if record.id == record_id), None)

    def _changeable(self, record: Record) -> None:
        if record in self.resource.built_in:
            raise Forbidden(
                f"{self.resource.name} {record.name} is built in: nobody can change or delete it"
            )

    def _searched(
        self,
        request: PageRequest,
        order: list[tuple[str, bool]],
        passes: Callable[[Record], bool],
        plain: bool,
    ) -> tuple[Sequence[Record], int]:
        """One page of the records that pass, the built-in ones first, and how many there are.

        Raises TooMany, unless the question is so plain that the order of names will do.
        """
        resource = self.resource
        try:
            there = [*resource.built_in, *read_all(self.world, self.scope, resource.kind)]
        except TooMany:
            if not plain:
                raise
            return read_page(self.world, self.scope, resource.kind, request)
        if resource.order and not order:
            order = [(resource.order, False)]
        found = hal.sort_rows(filter(passes, there), order, self._value)
        return request.cut(found), len(found)

    def _ruled(
        self, members: Mapping[str, Any], before: Doc, record: Record | None
    ) -> dict[str, Any]:
        """The document that a write leaves. What it refers to must be there, and a team can only be
        the caller's."""
        doc = {**before, **members}
        references.check_references(
            self.world, self.principal, self.resource.references, doc, before
        )
        return self.resource.apply_rules(self, doc, record)

    def _filled(self, record: Record, doc: Doc, now: int) -> Record:
        resource = self.resource
        unique = {
            member: _BETWEEN.join(str(doc[part]) for part in parts)
            for member, parts in resource.unique.items()
            if all(doc.get(part) for part in parts)
        }
        return replace(
            record,
            doc={resource.stored_names.get(member, member): value for member, value in doc.items()},
            name=str(doc.get(resource.label) or record.name),
            reference=str(doc.get(resource.reference) or ""),
            unique=unique
            | {
                member: value
                for member, value in record.unique.items()
                if member in resource.lasting
            },
            updated_at=now,
        )

    def _write(
        self, write: Callable[..., Record], record: Record, change: Change, before: Record | None
    ) -> Record:
        """Write a record together with its revision. Raises Duplicate, Stale, and _IdTaken for a
        new record."""
        resource = self.resource
        left = build_revision(
            replace(record, version=before.version + 1 if before else 1),
            change,
            resource.audit_view(before.doc) if before else {},
            {} if record.deleted else resource.audit_view(record.doc),
            author=name_author(self.world, self.principal),
            secret=resource.secret,
        )
        check_size(resource.name, record.doc, left.doc)
        try:
            written = write(self.scope, record, also=[left])
        except Taken as error:
            member = error.faults[0].field
            if member not in record.unique:
                raise _IdTaken from error
            value = record.unique[member]
            if member in resource.yielding:
                others = {name: each for name, each in record.unique.items() if name != member}
                return self._write(write, replace(record, unique=others), change, before)
            parts = resource.unique[member]
            told = member if member in parts else parts[0]
            raise Duplicate(resource.name, told, record.doc.get(told, value)) from error
        if before is not None:
            self._confirm(before, written)
        resource.after_write(self, before, written)
        return written

    def _confirm(self, before: Record, after: Record) -> None:
        """Take a change back that others have made impossible while it was written. Raises
        Stale."""
        try:
            self.resource.confirm(self, before, after)
        except (Invalid, InUse) as error:
            self.world.documents.update(self.scope, replace(before, version=after.version))
            raise Stale(self.resource.name, before.id) from error

    def _value(self, record: Record, member: str) -> Any:  # noqa: ANN401 - any member
        """What a record is sorted by."""
        own = {
            "id": record.id,
            "label": record.name,
            "created": record.created_at,
            "updated": record.updated_at,
        }
        return own[member] if member in own else self._member(member, self.doc(record).get(member))

    def _member(self, member: str, value: Any) -> Any:  # noqa: ANN401 - any member
        """A stored value as it is shown: a Decimal is stored as text."""
        return (
            Decimal(value)
            if value is not None and plain_members(self.resource.model).get(member)
            else value
        )

    def _row(self, record: Record, doc: Doc, others: Row) -> Row:
        resource = self.resource
        stored = {
            name: self._member(name, doc.get(name))
            for name in member_names(resource.model)
            if name not in resource.secret
        }
        times = {"created": iso(record.created_at), "updated": iso(record.updated_at)}
        own = {
            "id": record.id,
            "label": record.name,
            "resourceType": resource.resource_type,
            **times,
        }
        row = {**stored, **others, **own, "_links": hal.self_link(f"{resource.path}/{record.id}")}
        return resource.present(self, record, row)


def _said(doc: Doc) -> Doc:
    """A document without what it leaves empty: a member that is null is as good as absent."""
    return {member: value for member, value in doc.items() if value is not None}
