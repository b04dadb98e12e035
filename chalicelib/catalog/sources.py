"""Sources: where usage comes from."""

from collections.abc import Sequence
from typing import Any

from chalicelib.catalog.elements import ELEMENTS, LINK, elements_of_sources
from chalicelib.catalog.lookups import find_subscription_to
from chalicelib.catalog.metadata import merge_pairs
from chalicelib.catalog.names import METERED, check_name
from chalicelib.catalog.records import Product
from chalicelib.catalog.source_schemas import SourceResource
from chalicelib.catalog.users import USERS, find_current_user
from chalicelib.directory.registry import PRODUCT, SOURCE
from chalicelib.identity.records import USER
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, fold, walk
from chalicelib.resources.errors import InUse, check_id
from chalicelib.resources.hal import build_text_filter
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, of_tenant, present_link
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

OWNER = Reference("owner", "ownerId", USER, "User", "user", USERS.path, of_tenant)
_PRODUCT = Reference("products", "", PRODUCT, "Product", "product", "/profitstream/v2/api/products")
_UNSAID = {"type": "UNCLASSIFIED", "sourceType": "UNKNOWN", "version": "1.0.0"}
"""Of sources that metering made."""


def choose_owner(store: Store, doc: dict[str, Any], old: Doc) -> str | None:
    """The owner of a record: who was named, else who was it, else whoever makes the record."""
    return (
        doc.get("ownerId")
        or old.get("ownerId")
        or find_current_user(Store(store.world, store.principal, USERS)).id
    )


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {"meteringId": new_id()}
    check_name(store, doc, before)
    elements = doc.get(LINK.flat)
    if elements is None:
        elements = old.get(LINK.flat)
    shelf_of_elements = Store(store.world, store.principal, ELEMENTS)
    for element in set(elements or ()) - set(old.get(LINK.flat) or ()):
        check_id(element, LINK.flat)
        shelf_of_elements.get(element)
    doc.pop("contractIds", None)
    return {
        **doc,
        LINK.flat: elements,
        "metadata": merge_pairs(doc.get("metadata"), old.get("metadata")),
        "meteringId": old.get("meteringId"),
        "ownerId": choose_owner(store, doc, old),
    }


def _gathered(store: Store, records: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """What each source is used by, and what is counted there."""
    products = read_all(store.world, store.scope, PRODUCT)
    elements = elements_of_sources(store, records)
    return {
        record.id: {
            "products": [
                present_link(_PRODUCT, one)
                for one in products
                if record.id in (one.doc.get("sourceIds") or ())
            ],
            LINK.member: [present_link(LINK, one) for one in elements[record.id]],
        }
        for record in records
    }


def _present(store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    unsaid = {member: value for member, value in _UNSAID.items() if row[member] is None}
    return row | unsaid | {"contracts": [], LINK.flat: None}


def _removable(store: Store, record: Record) -> None:
    """The only source of a product stays as long as somebody subscribes to it."""
    world, scope = store.world, store.scope
    for product in map(Product.of, walk(world.documents, scope, PRODUCT)):
        if record.id not in product.source_ids or _has_other_source(store, product, record.id):
            continue
        if find_subscription_to(world, scope, product.id):
            raise InUse(
                f"it is the only source of product {product.name!r}, which has subscriptions:"
                " give it another"
            )


def _has_other_source(store: Store, product: Product, source: str) -> bool:
    others = [other for other in product.source_ids if other != source][:100]
    if not others:
        return False
    found = store.world.documents.get_many(store.scope, SOURCE, others)
    return any(not other.deleted for other in found.values())


def _is_of_type(doc: Doc, text: str) -> bool:
    return fold(doc.get("type") or _UNSAID["type"]) == fold(text)


SOURCES = Resource(
    kind=SOURCE,
    name="Source",
    resource_type="source",
    path="/profitstream/v2/api/sources",
    embedded="sourceResourceList",
    model=SourceResource,
    unique=METERED,
    lasting=frozenset({"name"}),
    filters={"query": build_text_filter("name"), "type": _is_of_type},
    references=(OWN_TEAM, OWNER),
    apply_rules=_rules,
    present=_present,
    gather=_gathered,
    check_removal=_removable,
)
