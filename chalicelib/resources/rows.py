"""Rows: records as they are shown, and what they are sorted by."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record
from chalicelib.resources import references
from chalicelib.resources.hal import self_link
from chalicelib.resources.references import Doc, Reference, Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import plain_members, shown_members, written_members

if TYPE_CHECKING:
    from chalicelib.resources.store import Store


def wire_doc(resource: Resource, record: Record) -> Doc:
    """The document of a record under the names of the wire."""
    if not resource.stored_names:
        return record.doc
    names = {own: wire for wire, own in resource.stored_names.items()}
    return {names.get(member, member): value for member, value in record.doc.items()}


def present_rows(store: "Store", records: Sequence[Record]) -> list[Row]:
    """Up to 100 records as they are shown; what they refer to is read with one query a kind."""
    resource, principal = store.resource, store.principal
    docs = [wire_doc(resource, record) for record in records]
    others: list[Row] = [{} for _ in records]
    for reference in resource.references:
        wanted = _referred_ids(store, reference, docs)
        known = references.read_referred(store.world, principal, reference, wanted)
        for row, doc in zip(others, docs, strict=True):
            row |= references.present_reference(principal, reference, doc, known)
    gathered = resource.gather(store, records)
    rows: list[Row] = []
    for record, doc, row in zip(records, docs, others, strict=True):
        row |= gathered.get(record.id, {})
        rows.append(resource.present(store, record, _build_row(resource, record, doc, row)))
    return rows


def sort_value(resource: Resource, record: Record, member: str) -> Any:  # noqa: ANN401 - any member
    """What a record is sorted by."""
    match member:
        case "id":
            return record.id
        case "label":
            return record.name
        case "created":
            return record.created_at
        case "updated":
            return record.updated_at
    return _present_value(resource, member, wire_doc(resource, record).get(member))


def _referred_ids(store: "Store", reference: Reference, docs: Sequence[Doc]) -> list[str]:
    """The ids that some documents name in a reference."""
    ids: list[str] = []
    for doc in docs:
        if reference.many:
            ids += references.referred_ids(reference, doc)
        elif one := references.referred_id(store.principal, reference, doc):
            ids.append(one)
    return ids


def _present_value(resource: Resource, member: str, value: Any) -> Any:  # noqa: ANN401 - any member
    """A stored value as it is shown: a Decimal is stored as text."""
    is_decimal = plain_members(resource.model).get(member, False)
    return Decimal(value) if is_decimal and value is not None else value


def _build_row(resource: Resource, record: Record, doc: Doc, others: Row) -> Row:
    """What is stored of a record, with further members, its id and its times."""
    row: Row = {}
    for name in shown_members(resource.model):
        if name not in resource.secret:
            row[name] = _present_value(resource, name, doc.get(name))
    hidden = written_members(resource.model)
    row |= {name: value for name, value in others.items() if name not in hidden}
    return row | {
        "id": record.id,
        "label": record.name,
        "resourceType": resource.resource_type,
        "created": iso(record.created_at),
        "updated": iso(record.updated_at),
        "_links": self_link(f"{resource.path}/{record.id}"),
    }
