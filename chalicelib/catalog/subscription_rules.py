"""What a subscription must hold to when it is written, and what follows for its document.

A document holds besides what clients set:

start, trialEnd, expiration   epoch milliseconds; null where there is none
subscriberId                  the subscriber, whose address at the last write is `subscriberEmail`
productChanges                [{"at": ms, "productId": id, "anchor": ms}], the oldest first: from
                              `at` on that product is rated, in periods counted from `anchor`; the
                              first one stands at the start
"""

from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.catalog.periods import add_units
from chalicelib.catalog.plan_records import NO_PERIOD, Plan
from chalicelib.catalog.records import Product
from chalicelib.catalog.sources import choose_owner
from chalicelib.catalog.subscribers import SUBSCRIBERS, obtain
from chalicelib.directory.registry import (
    NO_ORGANIZATION,
    ORGANIZATION,
    PRODUCT,
    SOURCE,
    registry,
    unique_names,
)
from chalicelib.kit.clock import parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.references import Doc
from chalicelib.resources.schemas import check_address
from chalicelib.resources.store import Store

INSTANTS = ("start", "trialEnd", "expiration")
"""Members that are stored as epoch milliseconds."""
_COMPUTED = ("charge", "periodStart", "periodEnd", "clientEmailAddress")
"""Members that clients may send back, and that are not stored."""
_STAYING = (
    "productId",
    "organizationId",
    "credentialIds",
    "start",
    "tierQuotaNotificationThreshold",
)
"""Members that stay what they were when null is sent for them."""


def apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """The document to store, from the one that a write would leave. Raises Invalid with all faults,
    UndecodableId, UnknownRecord."""
    old: Doc = before.doc if before else {}
    for member in _STAYING:
        if doc.get(member) is None:
            doc[member] = old.get(member)
    for member in INSTANTS:
        doc[member] = _read_instant(doc.get(member))
    doc["start"] = doc["start"] or store.world.now()
    product = _read_product(store, doc["productId"])
    email = _choose_address(doc, old)
    faults = [
        *_find_product_faults(store, doc, old, product),
        *_find_subscriber_faults(doc, email),
        *_find_instant_faults(doc, old),
    ]
    if product is None or faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    if before is None:
        doc["trialEnd"] = doc["trialEnd"] or _end_trial(doc["start"], product.plan)
    if doc["tierQuotaNotificationThreshold"] is None:
        doc["tierQuotaNotificationThreshold"] = product.threshold
    doc["productChanges"] = _list_changes(store, doc, old, product.plan)
    doc["ownerId"] = choose_owner(store, doc, old)
    doc["organizationId"] = doc["organizationId"] or _obtain_unclassified(store)
    subscriber = _obtain_subscriber(store, doc, email)
    doc["subscriberId"] = subscriber.id
    doc["subscriberEmail"] = subscriber.doc.get("email")
    return {member: value for member, value in doc.items() if member not in _COMPUTED}


def _read_instant(value: str | int | None) -> int | None:
    """Epoch milliseconds of an instant as clients send it, or as it is stored."""
    return parse_instant(value) if isinstance(value, str) else value


def _read_product(store: Store, product_id: str | None) -> Product | None:
    record = store.world.documents.get(store.scope, PRODUCT, product_id) if product_id else None
    return Product.of(record) if record else None


def _choose_address(doc: Doc, old: Doc) -> str:
    """The address of another subscriber than the stored one; empty when nobody else is named, or is
    named by id."""
    if doc.get("subscriberId") and doc["subscriberId"] != old.get("subscriberId"):
        return ""
    current = fold(old.get("subscriberEmail") or "")
    for member in ("subscriberEmail", "clientEmailAddress"):
        stated = doc.get(member)
        if stated and fold(stated) != current:
            return str(stated).strip()
    return ""


def _find_product_faults(
    store: Store, doc: Doc, old: Doc, product: Product | None
) -> Iterator[Fault]:
    """Of a product that the subscription had before nothing is asked any more."""
    if product is None:
        yield Fault("productId", "must be given")
        return
    if doc["productId"] == old.get("productId"):
        return
    sources = list(product.source_ids)[:100]
    there = store.world.documents.get_many(store.scope, SOURCE, sources) if sources else {}
    if all(source.deleted for source in there.values()):
        yield Fault(
            "productId",
            f"product {product.name!r} has no source: give it one before anybody subscribes",
        )
    if product.plan and product.plan.period == NO_PERIOD and doc["start"] > store.world.now():
        yield Fault("start", "must not be ahead for a plan without period")


def _find_subscriber_faults(doc: Doc, email: str) -> Iterator[Fault]:
    if not email:
        if not doc.get("subscriberId"):
            yield Fault(
                "subscriberEmail", "the subscriber must be named, by address or by subscriberId"
            )
        return
    try:
        check_address(email)
    except ValueError as error:
        yield Fault("subscriberEmail", str(error))


def _find_instant_faults(doc: Doc, old: Doc) -> Iterator[Fault]:
    start = doc["start"]
    if doc["expiration"] is not None and doc["expiration"] <= start:
        yield Fault("expiration", "must be after the start")
    if doc["trialEnd"] is not None and doc["trialEnd"] < start:
        yield Fault("trialEnd", "must not be before the start")
    changes: Sequence[Doc] = old.get("productChanges") or ()
    if len(changes) > 1 and start >= changes[1]["at"]:
        yield Fault("start", "must be before the product was changed")


def _end_trial(start: int, plan: Plan | None) -> int | None:
    """The end of the trial that a plan gives; None for none."""
    if plan is None or plan.trial_period in (None, NO_PERIOD) or not plan.trial_period_count:
        return None
    return add_units(start, plan.trial_period, plan.trial_period_count)


def _list_changes(store: Store, doc: Doc, old: Doc, plan: Plan | None) -> Sequence[Doc]:
    """The products with this write. The first one follows the start, and periods begin behind a
    trial; a product that is charged in other periods than the one before begins its own at the
    change."""
    begin = {"at": doc["start"], "anchor": doc["trialEnd"] or doc["start"]}
    first, *later = old.get("productChanges") or [{"productId": doc["productId"]}]
    changes = [first | begin, *later]
    last = changes[-1]
    if last["productId"] == doc["productId"]:
        return changes
    at = max(store.world.now(), last["at"])
    former = _read_product(store, last["productId"])
    goes_on = former is not None and _rhythm(former.plan) == _rhythm(plan)
    anchor = last["anchor"] if goes_on else at
    return [*changes, {"at": at, "productId": doc["productId"], "anchor": anchor}]


def _rhythm(plan: Plan | None) -> tuple[str, int] | None:
    return plan.rhythm if plan else None


def _obtain_unclassified(store: Store) -> str:
    """The id of the organization of subscriptions that name none."""
    wanted = Record(
        ORGANIZATION,
        "",
        {"name": NO_ORGANIZATION},
        NO_ORGANIZATION,
        unique=unique_names(NO_ORGANIZATION),
    )
    return registry(store.world).obtain(store.principal.tenant, wanted).id


def _obtain_subscriber(store: Store, doc: Doc, email: str) -> Record:
    """The subscriber with an address, who is made when nobody has it yet; without an address the
    one that the document names."""
    subscribers = Store(store.world, store.principal, SUBSCRIBERS)
    if email:
        return obtain(subscribers, email, doc["organizationId"])
    return subscribers.get(doc["subscriberId"])
