"""Names of records that metering makes too. It knows a record by the name that it first had, whatever it is called now:

unique value    stays when renamed    holds
name            yes                   what events say
label           no                    what people say
"""

from collections.abc import Mapping

from chalicelib.catalog.errors import Duplicate
from chalicelib.catalog.resource import Doc
from chalicelib.catalog.shelf import Shelf
from chalicelib.ports.documents import Record, fold

METERED: Mapping[str, tuple[str, ...]] = {"name": ("name",), "label": ("name",)}


def check_name(shelf: Shelf, doc: Doc, before: Record | None) -> None:
    """Raises Duplicate for the name of a record that metering made: it has no label of its own yet."""
    resource, name = shelf.resource, doc["name"]
    other = shelf.world.documents.find(shelf.scope, resource.kind, "name", name)
    if other and fold(other.name) == fold(name) and (before is None or other.id != before.id):
        raise Duplicate(resource.name, "name", name)
