"""Sources: where usage comes from."""

from collections.abc import Sequence
from typing import Any

from chalicelib.catalog.elements import ELEMENTS, LINK, elements_of_sources
from chalicelib.catalog.lookups import find_subscription_to
from chalicelib.catalog.metadata import merge_pairs
from chalicelib.catalog.names import METERED, check_name
from chalicelib.catalog.records import Product
from chalicelib.catalog.source_schemas import SourceResource
from chalicelib.catalog.targets import TO_PRODUCT, TO_SOURCE, TO_USER
from chalicelib.catalog.users import USERS, find_current_user
from chalicelib.directory.registry import PRODUCT, SOURCE
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, fold, walk
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import InUse
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, Row, present_link
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

OWNER = Reference("owner", "ownerId", TO_USER)
"""The user who looks after a record."""
_PRODUCT = Reference("products", "", TO_PRODUCT)
_DEFAULTS = {"type": "UNCLASSIFIED", "sourceType": "UNKNOWN", "version": "1.0.0"}
"""What sources are shown with that metering made."""


def choose_owner(store: Store, doc: dict[str, Any], old: Doc) -> str | None:
    """The id of the user who owns a record: whom the document names, else the owner so far, else
    the user who makes the record."""
    stated = doc.get("ownerId") or old.get("ownerId")
    return stated or find_current_user(Store(store.world, store.principal, USERS)).id


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {"meteringId": new_id()}
    check_name(store, doc, before)
    elements = doc.get(LINK.flat)
    if elements is None:
        elements = old.get(LINK.flat)
    element_store = Store(store.world, store.principal, ELEMENTS)
    for element in set(elements or ()) - set(old.get(LINK.flat) or ()):
        check_id(element, LINK.flat)
        element_store.get(element)
    doc.pop("contractIds", None)
    return {
        **doc,
        LINK.flat: elements,
        "metadata": merge_pairs(doc.get("metadata"), old.get("metadata")),
        "meteringId": old.get("meteringId"),
        "ownerId": choose_owner(store, doc, old),
    }


def _gather(store: Store, records: Sequence[Record]) -> dict[str, Row]:
    """What each source is used by, and what is counted there."""
    products: dict[str, list[Row]] = {record.id: [] for record in records}
    for product in read_all(store.world, store.scope, PRODUCT):
        # Not Product.of: nobody needs the plans of up to ten thousand products here.
        used = products.keys() & set(product.doc.get("sourceIds") or ())
        for source_id in used:
            products[source_id].append(present_link(_PRODUCT, product))
    gathered: dict[str, Row] = {}
    for source_id, elements in elements_of_sources(store, records).items():
        links = [present_link(LINK, element) for element in elements]
        gathered[source_id] = {"products": products[source_id], LINK.member: links}
    return gathered


def _present(_store: Store, _record: Record, row: Row) -> Row:
    for member, value in _DEFAULTS.items():
        if row[member] is None:
            row[member] = value
    return row | {"contracts": []}


def _check_removal(store: Store, record: Record) -> None:
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
    return fold(doc.get("type") or _DEFAULTS["type"]) == fold(text)


SOURCES = Resource(
    kind=SOURCE,
    name="Source",
    resource_type="source",
    path=TO_SOURCE.path,
    embedded="sourceResourceList",
    model=SourceResource,
    unique=METERED,
    lasting=frozenset({"name"}),
    filters={"query": build_text_filter("name"), "type": _is_of_type},
    references=(OWN_TEAM, OWNER),
    apply_rules=_apply_rules,
    present=_present,
    gather=_gather,
    check_removal=_check_removal,
)
