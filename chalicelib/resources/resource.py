"""What a resource declares of itself; store.Store does the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from chalicelib.identity.records import Principal
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.resources.hal import Filter
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, of_team

if TYPE_CHECKING:
    from chalicelib.resources.store import Store


Json = dict[str, Any]


def _keep_doc(_store: "Store", doc: Json, _before: Record | None) -> Json:
    return doc


def _keep_row(_store: "Store", _record: Record, row: Json) -> Json:
    return row


def _gather_nothing(_store: "Store", _records: Sequence[Record]) -> Mapping[str, Json]:
    return {}


def _allow_removal(_store: "Store", _record: Record) -> None:
    """Nobody needs the record."""


def _accept_change(_store: "Store", _before: Record, _after: Record) -> None:
    """Nobody else matters."""


def _view_all(doc: Doc) -> Doc:
    return doc


def _do_nothing(_store: "Store", _before: Record | None, _after: Record) -> None:
    """Nothing follows from a write."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of records. Members are named as on the wire, and stored under the same names."""

    kind: str
    """The kind of its documents, such as `TOOL`."""
    name: str
    """What people call it, such as `Tool`."""
    resource_type: str
    """Its `resourceType` on the wire, such as `tool`."""
    path: str
    """The path of the collection, from the root."""
    embedded: str
    """The name of the list in the `_embedded` of a page."""
    model: type[BaseModel]
    """What a record looks like: nothing else of a document is shown. Its plain members can be
    sorted by."""
    label: str = "name"
    """The member that names a record, and that pages are ordered by."""
    reference: str = ""
    """The member that is stored as the record's reference, by which Documents.page can look it up;
    empty for none."""
    unique: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What no two records of a scope may share, whatever the case: a name for it, and all members
    that must be the same for one. A record without a value for each of them is not held to it. A
    refusal names the member of that name, or else the first one."""
    lasting: frozenset[str] = frozenset()
    """Unique values that stay what they were when the record is renamed: metering knows it by
    them."""
    yielding: frozenset[str] = frozenset()
    """Unique values that do not stop a write when they are taken: the record then does without
    them."""
    stored_names: Mapping[str, str] = field(default_factory=dict)
    """Members that documents hold under another name."""
    built_in: Sequence[Record] = ()
    """Records that every scope has and nobody can change."""
    order: str = ""
    """What lists are sorted by unless they are asked for something else; the label without it."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    """The filters of its list, by the query parameter that asks for them."""
    references: Sequence[Reference] = (OWN_TEAM,)
    secret: frozenset[str] = frozenset()
    """Members that no answer and no revision shows: clients write them only."""
    scope: Callable[[Principal], Scope] = of_team
    apply_rules: Callable[["Store", dict[str, Any], Record | None], Json] = _keep_doc
    """(store, document, record before) → document. The document to store, made of the one that a
    write would leave; the record is None before a create. Raises MeterlakeError."""
    present: Callable[["Store", Record, Json], Json] = _keep_row
    """(store, record, row) → row. The row to show, made of the one that the declarations make."""
    gather: Callable[["Store", Sequence[Record]], Mapping[str, Json]] = _gather_nothing
    """(store, records) → members by record id. Further members, read for a whole page at once."""
    check_removal: Callable[["Store", Record], None] = _allow_removal
    """(store, record). Called before a delete. Raises InUse when somebody needs the record."""
    confirm: Callable[["Store", Record, Record], None] = _accept_change
    """(store, record before, record after). Looks at other records once more after a change, since
    somebody may have changed them meanwhile. What it raises, Invalid or InUse, takes the change
    back."""
    audit_view: Callable[[Doc], Doc] = _view_all
    """The form of a document that revisions compare, where that is not the stored one."""
    after_write: Callable[["Store", Record | None, Record], None] = _do_nothing
    """(store, record before, record after). Called when a write is durable; the record before is
    None when it was created."""
