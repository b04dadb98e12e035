"""The shelf: the records of one resource within one caller's reach, and every verb that resources share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chalicelib.catalog import hal
from chalicelib.catalog.errors import Duplicate, UnknownRecord, check_id, check_team
from chalicelib.catalog.listing import by_name, everything
from chalicelib.catalog.resource import OWN_TEAM, Doc, Reference, Resource
from chalicelib.catalog.revisions import ROWS, Change, author, history, revision
from chalicelib.catalog.schemas import PageQuery, Revision, names_of, scalars
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, Stale, Taken
from chalicelib.ports.world import World

Row = dict[str, Any]
_BETWEEN = "\x1f"
"""Stands between the members of a composite unique value; a control character, which names do not hold."""
_DRAWS = 3
"""New ids that are tried: one in 10^10 is taken."""


class _IdTaken(Exception):
    """The id that was drawn belongs to another record."""


@dataclass(frozen=True, slots=True)
class Shelf:
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
        record = self.world.documents.get(self.scope, self.resource.kind, record_id)
        if record is None or record.deleted:
            raise UnknownRecord(self.resource.name, record_id)
        return record

    def find(self, member: str, value: str) -> Record:
        """The record that holds a unique value. Raises UnknownRecord."""
        record = self.world.documents.find(self.scope, self.resource.kind, member, value)
        if record is None:
            raise UnknownRecord(self.resource.name, value, by=member)
        return record

    def page(self, query: PageQuery, asked: Request, keep: Callable[[Doc], bool] | None = None) -> Row:
        """A HAL page, of the documents that `keep` lets pass. Raises Invalid, TooMany.

        Without it and without filters, in the order of labels, it costs a query; else the whole kind is read.
        """
        resource, request = self.resource, query.request
        order = hal.orders(query.sort, scalars(resource.shown), resource.name)
        wanted = [(test, text) for name, test in resource.filters.items() if (text := getattr(query, name))]
        if not wanted and keep is None and order in ([], [(resource.label, False)], [("label", False)]):
            records, total = by_name(self.world, self.scope, resource.kind, request)
        else:
            within = [
                record
                for record in everything(self.world, self.scope, resource.kind)
                if (keep is None or keep(record.doc)) and all(test(record.doc, text) for test, text in wanted)
            ]
            found = hal.arranged(within, order, self._value)
            records, total = request.cut(found), len(found)
        return hal.page(asked, request, resource.embedded, self.rows(records), total)

    def create(self, members: Mapping[str, Any], record_id: str = "") -> Record:
        """A new record of the members, under a fresh id unless one is given.

        Raises Duplicate, Stale when the given id is taken by now, and what the resource's rules raise.
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
        """The record with these members changed and the others kept; nothing is written when all stay as they are.

        Raises Duplicate, Stale when somebody else changed it meanwhile, and what the resource's rules raise.
        """
        doc = self._ruled(members, record.doc, record)
        if _said(doc) == _said(record.doc):
            return record
        return self._write(self.world.documents.update, self._filled(record, doc, self.world.now()), "UPDATE", record)

    def delete(self, record: Record) -> Row:
        """Take the record out of sight; its unique values are free again. Answers what a delete answers.

        Raises Stale.
        """
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
        rows = history(self.world, self.scope, self.resource.kind, record_id)
        order = hal.orders(query.sort, scalars(Revision), "revision")
        found = hal.arranged(rows, order, lambda row, member: row[member])
        return hal.page(asked, query.request, ROWS, query.request.cut(found), len(found))

    def tags(self, keep: Callable[[Doc], bool] | None = None) -> set[str]:
        """The distinct tags on the records whose documents `keep` lets pass, on all without it. Raises TooMany."""
        records = everything(self.world, self.scope, self.resource.kind)
        return {tag for record in records if keep is None or keep(record.doc) for tag in record.doc.get("tags") or ()}

    def row(self, record: Record) -> Row:
        """The record as it is shown."""
        return self.rows([record])[0]

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Up to 100 records as they are shown; what they refer to is read with one query a kind."""
        known = {reference.member: self._referred(reference, records) for reference in self.resource.references}
        return [self._row(record, known) for record in records]

    def _ruled(self, members: Mapping[str, Any], before: Doc, record: Record | None) -> dict[str, Any]:
        """The document that a write leaves. What it refers to must be there, and a team can only be the caller's."""
        check_team(members.get(OWN_TEAM.flat), self.principal.team)
        doc = {**before, **members}
        doc.pop(OWN_TEAM.flat, None)
        for reference in self.resource.references:
            if (other := doc.get(reference.flat)) and other != before.get(reference.flat):
                self._check(reference, other)
        return self.resource.rules(self, doc, record)

    def _check(self, reference: Reference, record_id: str) -> None:
        check_id(record_id, reference.flat)
        scope = reference.scope(self.principal)
        record = self.world.documents.get(scope, reference.kind, record_id)
        if record is None or record.deleted:
            raise UnknownRecord(reference.name, record_id)

    def _filled(self, record: Record, doc: Doc, now: int) -> Record:
        resource = self.resource
        return replace(
            record,
            doc=doc,
            name=str(doc.get(resource.label) or ""),
            reference=str(doc.get(resource.reference) or ""),
            unique={
                member: _BETWEEN.join(str(doc[part]) for part in parts)
                for member, parts in resource.unique.items()
                if all(doc.get(part) for part in parts)
            },
            updated_at=now,
        )

    def _write(self, write: Callable[..., Record], record: Record, change: Change, before: Record | None) -> Record:
        """Write a record together with its revision. Raises Duplicate, Stale, and _IdTaken for a new record."""
        resource = self.resource
        left = revision(
            replace(record, version=before.version + 1 if before else 1),
            change,
            resource.audited(before.doc) if before else {},
            {} if record.deleted else resource.audited(record.doc),
            author=author(self.principal),
            secret=resource.secret,
        )
        try:
            written = write(self.scope, record, also=[left])
        except Taken as error:
            member = error.faults[0].field
            if member == "id":
                raise _IdTaken from error
            raise Duplicate(resource.name, member, record.doc.get(member)) from error
        resource.written(self, before, written)
        return written

    def _value(self, record: Record, member: str) -> Any:  # noqa: ANN401 - any member
        """What a record is sorted by."""
        own = {"id": record.id, "label": record.name, "created": record.created_at, "updated": record.updated_at}
        return own[member] if member in own else self._member(member, record.doc.get(member))

    def _member(self, member: str, value: Any) -> Any:  # noqa: ANN401 - any member
        """A stored value as it is shown: a Decimal is stored as text."""
        return Decimal(value) if value is not None and scalars(self.resource.shown).get(member) else value

    def _other(self, reference: Reference, record: Record) -> str | None:
        """The id that a record refers to."""
        return self.principal.team if reference is OWN_TEAM else record.doc.get(reference.flat)

    def _referred(self, reference: Reference, records: Sequence[Record]) -> dict[str, Record]:
        scope = reference.scope(self.principal)
        wanted = list(dict.fromkeys(filter(None, (self._other(reference, record) for record in records))))
        return self.world.documents.get_many(scope, reference.kind, wanted) if wanted else {}

    def _row(self, record: Record, known: Mapping[str, Mapping[str, Record]]) -> Row:
        resource = self.resource
        doc = {
            name: self._member(name, record.doc.get(name))
            for name in names_of(resource.shown)
            if name not in resource.secret
        }
        others: Row = {}
        for reference in resource.references:
            other = self._other(reference, record)
            others[reference.flat] = other
            others[reference.member] = _nested(reference, other, known[reference.member])
        times = {"created": iso(record.created_at), "updated": iso(record.updated_at)}
        own = {"id": record.id, "label": record.name, "resourceType": resource.resource_type, **times}
        row = {**doc, **others, **own, "_links": hal.self_link(f"{resource.path}/{record.id}")}
        return resource.present(self, record, row)


def _said(doc: Doc) -> Doc:
    """A document without what it leaves empty: a member that is null is as good as absent."""
    return {member: value for member, value in doc.items() if value is not None}


def _nested(reference: Reference, record_id: str | None, known: Mapping[str, Record]) -> Row | None:
    if record_id is None:
        return None
    shown: Row = {"id": record_id, "label": None, "resourceType": reference.resource_type}
    if record := known.get(record_id):
        shown |= {"label": record.name, "created": iso(record.created_at), "updated": iso(record.updated_at)}
    return shown | {"_links": hal.self_link(f"{reference.path}/{record_id}")}
