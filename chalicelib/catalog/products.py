"""Products: what customers subscribe to."""

from typing import Any

from chalicelib.catalog.elements import ELEMENTS
from chalicelib.catalog.lookups import find_subscription_to
from chalicelib.catalog.names import METERED, check_rename
from chalicelib.catalog.plans import build_plan, find_rated_elements, present_amounts
from chalicelib.catalog.product_schemas import ProductResource
from chalicelib.catalog.records import Product
from chalicelib.catalog.sources import OWNER, choose_owner
from chalicelib.catalog.targets import TO_PRODUCT, TO_SOURCE
from chalicelib.directory.registry import PRODUCT
from chalicelib.directory.renames import note_record_rename
from chalicelib.kit.errors import Invalid
from chalicelib.ports.documents import Record
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import InUse
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TEAM, Doc, Reference
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

_FIRST_VERSION = "1.0.0"


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {}
    fees = doc.pop("setupFees", None)
    check_rename(store, doc, before)
    if _lacks_payment_provider(doc):
        raise Invalid(
            "PAYMENT_VIA_PAYMENT_PROVIDER needs a paymentConfigurationId",
            field="paymentConfigurationId",
        )
    if doc.get("sourceIds") is None:
        doc["sourceIds"] = old.get("sourceIds")
    return {
        **doc,
        "plan": _choose_plan(store, doc.get("plan"), fees, old.get("plan"), is_new=before is None),
        "version": _choose_version(doc["version"], before),
        "published": bool(doc.get("published")),
        "ownerId": choose_owner(store, doc, old),
    }


def _lacks_payment_provider(doc: Doc) -> bool:
    is_through_provider = doc.get("paymentSource") == "PAYMENT_VIA_PAYMENT_PROVIDER"
    return is_through_provider and not doc.get("paymentConfigurationId")


def _choose_plan(
    store: Store, sent: Doc | None, fees: list[Doc] | None, stored: Doc | None, *, is_new: bool
) -> Doc | None:
    """The plan to store. One that is the stored one itself was not sent, and is not held to rules
    of later days. `fees` are set-up fees that were sent outside of the plan."""
    if sent is None or sent is stored:
        return stored
    if not sent.get("setupFees"):
        sent = {**sent, "setupFees": fees}
    plan = build_plan(sent, stored, strict=not is_new)
    elements = Store(store.world, store.principal, ELEMENTS)
    known = find_rated_elements(stored)
    for element, place in find_rated_elements(plan).items():
        if element not in known:
            check_id(element, place)
            elements.get(element)
    return plan


def _choose_version(sent: str, before: Record | None) -> str:
    """As it was sent. Of a product that a gateway has a copy of, the same version again is the next
    major one."""
    old = Product.of(before) if before else None
    if old and old.is_in_gateway and sent == old.version:
        return f"{int(sent.partition('.')[0]) + 1}.0.0"
    return sent


def _check_removal(store: Store, record: Record) -> None:
    if used := find_subscription_to(store.world, store.scope, record.id):
        raise InUse(
            f"Product {record.id} has subscriptions, {used.name!r} among them: move them first"
        )


def _present(_store: Store, _record: Record, row: dict[str, Any]) -> dict[str, Any]:
    plan = row["plan"]
    return row | {
        "version": row["version"] or _FIRST_VERSION,
        "published": bool(row["published"]),
        "plan": plan and present_amounts(plan),
    }


def _after_write(store: Store, before: Record | None, after: Record) -> None:
    note_record_rename(store.world, store.principal, before, after)


PRODUCTS = Resource(
    after_write=_after_write,
    kind=PRODUCT,
    name="Product",
    resource_type="product",
    path=TO_PRODUCT.path,
    embedded="productResourceList",
    model=ProductResource,
    unique=METERED,
    lasting=frozenset({"name"}),
    yielding=frozenset(METERED),
    filters={"query": build_text_filter("name")},
    references=(
        OWN_TEAM,
        OWNER,
        Reference("sources", "sourceIds", TO_SOURCE, many=True),
    ),
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
)
