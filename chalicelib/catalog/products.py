"""Products: what customers subscribe to."""

from typing import Any

from chalicelib.catalog.elements import ELEMENTS
from chalicelib.catalog.lookups import find_subscription_to
from chalicelib.catalog.names import METERED, check_rename
from chalicelib.catalog.plans import build_plan, find_rated_elements, present_amounts
from chalicelib.catalog.product_schemas import ProductResource
from chalicelib.catalog.sources import OWNER, SOURCES, choose_owner
from chalicelib.directory.registry import PRODUCT, SOURCE
from chalicelib.directory.renames import note_record_rename
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record
from chalicelib.resources.errors import InUse, check_id
from chalicelib.resources.hal import build_text_filter
from chalicelib.resources.references import OWN_TEAM, Doc, Reference
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

_FIRST_VERSION = "1.0.0"


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {}
    fees = doc.pop("setupFees", None)
    check_rename(store, doc, before)
    if doc.get("paymentSource") == "PAYMENT_VIA_PAYMENT_PROVIDER" and not doc.get(
        "paymentConfigurationId"
    ):
        raise Invalid(
            "PAYMENT_VIA_PAYMENT_PROVIDER needs a paymentConfigurationId",
            field="paymentConfigurationId",
        )
    return {
        **doc,
        "plan": _plan(store, doc.get("plan"), fees, before),
        "version": _version(doc["version"], old),
        "published": bool(doc.get("published")),
        "sourceIds": old.get("sourceIds") if doc.get("sourceIds") is None else doc["sourceIds"],
        "ownerId": choose_owner(store, doc, old),
    }


def _plan(store: Store, sent: Doc | None, fees: Any, before: Record | None) -> Doc | None:  # noqa: ANN401 - JSON
    """The plan to store. One that is the stored one itself was not sent, and is not held to rules
    of later days."""
    old = before.doc.get("plan") if before else None
    if sent is None or sent is old:
        return old
    plan = build_plan(
        sent if sent.get("setupFees") else {**sent, "setupFees": fees},
        old,
        strict=before is not None,
    )
    elements = Store(store.world, store.principal, ELEMENTS)
    known = find_rated_elements(old)
    for element, place in find_rated_elements(plan).items():
        if element not in known:
            check_id(element, place)
            elements.get(element)
    return plan


def _version(sent: str, old: Doc) -> str:
    """As it was sent. Of a product that a gateway has a copy of, the same version again is the next
    major one."""
    if old.get("syncedToGateway") and sent == old.get("version"):
        return f"{int(sent.partition('.')[0]) + 1}.0.0"
    return sent


def _removable(store: Store, record: Record) -> None:
    if used := find_subscription_to(store.world, store.scope, record.id):
        raise InUse(
            f"Product {record.id} has subscriptions, {used.name!r} among them: move them first"
        )


def _present(store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    plan = row["plan"]
    return row | {
        "version": row["version"] or _FIRST_VERSION,
        "published": bool(row["published"]),
        "plan": plan and present_amounts(plan),
        "setupFees": None,
    }


def _written(store: Store, before: Record | None, after: Record) -> None:
    note_record_rename(store.world, store.principal, before, after)


PRODUCTS = Resource(
    after_write=_written,
    kind=PRODUCT,
    name="Product",
    resource_type="product",
    path="/profitstream/v2/api/products",
    embedded="productResourceList",
    model=ProductResource,
    unique=METERED,
    lasting=frozenset({"name"}),
    yielding=frozenset(METERED),
    filters={"query": build_text_filter("name")},
    references=(
        OWN_TEAM,
        OWNER,
        Reference("sources", "sourceIds", SOURCE, "Source", "source", SOURCES.path, many=True),
    ),
    apply_rules=_rules,
    present=_present,
    check_removal=_removable,
)
