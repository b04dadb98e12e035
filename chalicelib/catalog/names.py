"""Names of records that metering makes too. It knows a record by the name that it first had,
whatever it is called now:

unique value    stays when renamed    holds
name            yes                   what events say
label           no                    what people say

Events find it by either, the first name first. Metering makes records with both, so that a name
which people give to another record at the same moment is found to be taken. Once a record is
deleted its names are free: an event under one of them makes a new record, as soon as no process
believes in the old one (registry.py). Old events keep their ids.
"""

from collections.abc import Mapping

from chalicelib.ports.documents import Record, fold
from chalicelib.resources.errors import Duplicate
from chalicelib.resources.references import Doc
from chalicelib.resources.store import Store

METERED: Mapping[str, tuple[str, ...]] = {"name": ("name",), "label": ("name",)}


def check_name(store: Store, doc: Doc, before: Record | None) -> None:
    """Raises Duplicate for the name of a record that metering made: it has no label of its own
    yet."""
    resource, name = store.resource, doc["name"]
    other = store.world.documents.find(store.scope, resource.kind, "name", name)
    if other and fold(other.name) == fold(name) and (before is None or other.id != before.id):
        raise Duplicate(resource.name, "name", name)


def check_rename(store: Store, doc: Doc, before: Record | None) -> None:
    """Raises Duplicate for a new name that a record has of which metering alone knows: events under
    it go there."""
    if before is None or fold(doc["name"]) == fold(before.name):
        return
    other = store.world.documents.find(store.scope, store.resource.kind, "name", doc["name"])
    if other and other.id != before.id and other.doc.keys() == {"name"}:
        raise Duplicate(store.resource.name, "name", doc["name"])
