"""What a resource declares of itself; store.Store does the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from chalicelib.identity.records import Principal
from chalicelib.ports.documents import Record
from chalicelib.resources.hal import Filter
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, of_team

if TYPE_CHECKING:
    from chalicelib.resources.store import Store


def _as_sent(store: "Store", doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    return doc


def _as_stored(store: "Store", record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row


def _nothing_more(store: "Store", records: Sequence[Record]) -> Mapping[str, dict[str, Any]]:
    return {}


def _removable(store: "Store", record: Record) -> None:
    pass


def _as_before(store: "Store", before: Record, after: Record) -> None:
    pass


def _all(doc: Doc) -> Doc:
    return doc


def _nothing(store: "Store", before: Record | None, after: Record) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of records. Members are named as on the wire, and stored under the same names."""

    kind: str
    """Of the documents, `TOOL`."""
    name: str
    """For people, `Tool`."""
    resource_type: str
    """On the wire, `tool`."""
    path: str
    """Of the collection, from the root."""
    embedded: str
    """The list in `_embedded` of a page."""
    model: type[BaseModel]
    """What a record looks like: nothing else of a document is shown. Its plain members can be
    sorted by."""
    label: str = "name"
    """The member that names a record, and that pages are ordered by."""
    reference: str = ""
    """The member that Documents.page(by="reference") looks for."""
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
    """By the query parameter that asks for it."""
    references: Sequence[Reference] = (OWN_TEAM,)
    secret: frozenset[str] = frozenset()
    """Members that no answer and no revision shows: clients write them only."""
    scope: Callable[[Principal], str] = of_team
    apply_rules: Callable[["Store", dict[str, Any], Record | None], dict[str, Any]] = _as_sent
    """The document to store, from the one that a write would leave; None before a create. Raises
    MeterlakeError."""
    present: Callable[["Store", Record, dict[str, Any]], dict[str, Any]] = _as_stored
    """The row to show, from the one that the declarations make."""
    gather: Callable[["Store", Sequence[Record]], Mapping[str, dict[str, Any]]] = _nothing_more
    """Further members by record id, read for a whole page at once."""
    check_removal: Callable[["Store", Record], None] = _removable
    """Called before a delete. Raises InUse."""
    confirm: Callable[["Store", Record, Record], None] = _as_before
    """Looks at other records once more after a change (before, after), since somebody may have
    changed them meanwhile. What it raises, Invalid or InUse, takes the change back."""
    audit_view: Callable[[Doc], Doc] = _all
    """What revisions compare, where that is not the document as it is stored."""
    after_write: Callable[["Store", Record | None, Record], None] = _nothing
    """Called when a write is durable, with the record before (None when created) and after it."""
