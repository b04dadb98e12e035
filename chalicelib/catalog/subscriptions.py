"""Subscriptions: who pays for which product, from when, and with which credentials it is used.

A document holds besides what clients set:

start, trialEnd, expiration   epoch milliseconds; null where there is none
subscriberId                  the subscriber, whose address at the last write is `subscriberEmail`
productChanges                [{"at": ms, "productId": id, "anchor": ms}], the oldest first: from `at` on that product
                              is rated, in periods counted from `anchor`; the first one stands at
                              the start
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.catalog.credentials import CREDENTIALS, LINK, mirror_link, provision
from chalicelib.catalog.periods import add_units, find_period
from chalicelib.catalog.products import PRODUCTS
from chalicelib.catalog.sources import OWNER, choose_owner
from chalicelib.catalog.subscribers import CUSTOMER, SUBSCRIBERS, obtain
from chalicelib.catalog.subscription_schemas import SubscriptionResource
from chalicelib.directory.registry import (
    ORGANIZATION,
    PRODUCT,
    SOURCE,
    SUBSCRIBER,
    SUBSCRIPTION,
    registry,
    unique_names,
)
from chalicelib.kit.clock import iso, parse_instant
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, Row, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.roster import BILLED
from chalicelib.resources.schemas import check_address
from chalicelib.resources.store import Store

_INSTANTS = ("start", "trialEnd", "expiration")
_COMPUTED = ("charge", "periodStart", "periodEnd", "clientEmailAddress")
_KEPT = ("productId", "organizationId", "credentialIds", "start", "tierQuotaNotificationThreshold")
"""Members that stay what they were when null is sent for them."""
_UNCLASSIFIED = "Unclassified"
_NEVER = "NONE"


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {}
    doc |= {member: old.get(member) for member in _KEPT if doc.get(member) is None}
    doc |= {member: _instant(doc.get(member)) for member in _INSTANTS}
    doc["start"] = doc["start"] or store.world.now()
    product = _product(store, doc)
    email = _new_address(doc, old)
    if faults := list(_faults(store, doc, old, product, email)):
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    plan = product.doc.get("plan") or {} if product else {}
    if before is None:
        doc["trialEnd"] = doc["trialEnd"] or _trial_end(doc["start"], plan)
    if doc["tierQuotaNotificationThreshold"] is None and product:
        doc["tierQuotaNotificationThreshold"] = product.doc.get("tierQuotaNotificationThreshold")
    doc["productChanges"] = _changes(store, doc, old, plan)
    doc["ownerId"] = choose_owner(store, doc, old)
    doc["organizationId"] = doc["organizationId"] or _unclassified(store)
    return {
        member: value for member, value in doc.items() if member not in _COMPUTED
    } | _subscribed(store, doc, email)


def _instant(value: str | int | None) -> int | None:
    return parse_instant(value) if isinstance(value, str) else value


def _product(store: Store, doc: Doc) -> Record | None:
    wanted = doc["productId"]
    return store.world.documents.get(store.scope, PRODUCT, wanted) if wanted else None


def _new_address(doc: Doc, old: Doc) -> str:
    """The address of another subscriber than the stored one; empty when nobody else is named."""
    if doc.get("subscriberId") and doc["subscriberId"] != old.get("subscriberId"):
        return ""
    sent = (doc.get("subscriberEmail"), doc.get("clientEmailAddress"))
    current = fold(old.get("subscriberEmail") or "")
    return next((each.strip() for each in sent if each and fold(each) != current), "")


def _faults(
    store: Store, doc: Doc, old: Doc, product: Record | None, email: str
) -> Iterator[Fault]:
    if product is None:
        yield Fault("productId", "must be given")
    elif doc["productId"] != old.get("productId"):
        sources = (product.doc.get("sourceIds") or ())[:100]
        there = store.world.documents.get_many(store.scope, SOURCE, sources) if sources else {}
        if all(source.deleted for source in there.values()):
            yield Fault(
                "productId",
                f"product {product.name!r} has no source: give it one before anybody subscribes",
            )
        plan = product.doc.get("plan") or {}
        if plan.get("period") == _NEVER and doc["start"] > store.world.now():
            yield Fault("start", "must not be ahead for a plan without period")
    if not (email or doc.get("subscriberId")):
        yield Fault(
            "subscriberEmail", "the subscriber must be named, by address or by subscriberId"
        )
    if email:
        try:
            check_address(email)
        except ValueError as error:
            yield Fault("subscriberEmail", str(error))
    if doc["expiration"] is not None and doc["expiration"] <= doc["start"]:
        yield Fault("expiration", "must be after the start")
    if doc["trialEnd"] is not None and doc["trialEnd"] < doc["start"]:
        yield Fault("trialEnd", "must not be before the start")
    second = next(iter((old.get("productChanges") or ())[1:]), None)
    if second and doc["start"] >= second["at"]:
        yield Fault("start", "must be before the product was changed")


def _trial_end(start: int, plan: Doc) -> int | None:
    unit, count = plan.get("trialPeriod"), plan.get("trialPeriodCount")
    return add_units(start, unit, count) if count and unit and unit != _NEVER else None


def _changes(store: Store, doc: Doc, old: Doc, plan: Doc) -> Sequence[Doc]:
    """The products with this write. The first one follows the start, and periods begin behind a
    trial; a product that is charged in other periods than the one before begins its own at the
    change."""
    begin = {"at": doc["start"], "anchor": doc["trialEnd"] or doc["start"]}
    changes = old.get("productChanges") or [{"productId": doc["productId"]}]
    changes = [changes[0] | begin, *changes[1:]]
    last = changes[-1]
    if last["productId"] == doc["productId"]:
        return changes
    at = max(store.world.now(), last["at"])
    former = store.world.documents.get(store.scope, PRODUCT, last["productId"])
    same = former is not None and _period(former.doc.get("plan") or {}) == _period(plan)
    return [
        *changes,
        {"at": at, "productId": doc["productId"], "anchor": last["anchor"] if same else at},
    ]


def _period(plan: Doc) -> tuple[str | None, int | None]:
    return plan.get("period"), plan.get("periodCount")


def _unclassified(store: Store) -> str:
    """The organization of subscriptions that name none."""
    wanted = Record(
        ORGANIZATION, "", {"name": _UNCLASSIFIED}, _UNCLASSIFIED, unique=unique_names(_UNCLASSIFIED)
    )
    return registry(store.world).obtain(store.principal.tenant, wanted).id


def _subscribed(store: Store, doc: Doc, email: str) -> dict[str, Any]:
    """The subscriber, and the address at this moment; an address that nobody has yet makes a
    subscriber."""
    subscribers = Store(store.world, store.principal, SUBSCRIBERS)
    record = (
        obtain(subscribers, email, doc["organizationId"])
        if email
        else subscribers.get(doc["subscriberId"])
    )
    return {"subscriberId": record.id, "subscriberEmail": record.doc.get("email")}


def _present(store: Store, record: Record, row: Row) -> Row:
    doc, product, client = record.doc, row["product"], row["client"]
    plan = product.pop("plan") or {}
    period = _running(doc, plan, store.world.now())
    email = client.pop("email")
    threshold = doc.get("tierQuotaNotificationThreshold")
    del row["subscriberId"]
    return row | {
        **{member: None if doc.get(member) is None else iso(doc[member]) for member in _INSTANTS},
        "label": client["label"],
        "subscriberEmail": email,
        "clientEmailAddress": email,
        "charge": None if plan.get("charge") is None else Decimal(plan["charge"]),
        "periodStart": iso(period[0]) if period else None,
        "periodEnd": iso(period[1]) if period else None,
        "quotaNotificationThreshold": None if threshold is None else Decimal(threshold),
    }


def _running(doc: Doc, plan: Doc, now: int) -> tuple[int, int] | None:
    """The billing period that is running: the trial, or that of the plan."""
    if doc.get("trialEnd") and now < doc["trialEnd"]:
        return doc["start"], doc["trialEnd"]
    return find_period(
        doc["productChanges"][-1]["anchor"], plan.get("period"), plan.get("periodCount") or 1, now
    )


def _audited(doc: Doc) -> Doc:
    told = {
        member: value
        for member, value in doc.items()
        if member not in ("productChanges", "subscriberEmail")
    }
    return told | {member: iso(doc[member]) for member in _INSTANTS if doc.get(member) is not None}


def _written(store: Store, before: Record | None, after: Record) -> None:
    """Credentials name their subscriptions too, and billing walks through teams that have any."""
    if before is None:
        BILLED.enrol(
            store.world.documents, store.principal.team, {"tenant": store.principal.tenant}
        )
    old = set(before.doc.get(LINK.flat) or () if before else ())
    new = set(() if after.deleted else after.doc.get(LINK.flat) or ())
    for credential in old ^ new:
        mirror_link(store.world, store.scope, credential, after.id, linked=credential in new)


SUBSCRIPTIONS = Resource(
    kind=SUBSCRIPTION,
    name="Subscription",
    resource_type="subscription",
    path="/profitstream/v2/api/subscriptions",
    embedded="subscriptionResourceList",
    model=SubscriptionResource,
    label="subscriberEmail",
    reference="subscriberId",
    references=(
        OWN_TEAM,
        OWNER,
        CUSTOMER,
        Reference("client", "subscriberId", SUBSCRIBER, "Subscriber", "subscriber", SUBSCRIBERS.path, shows=("email",)),
        Reference("product", "productId", PRODUCT, "Product", "product", PRODUCTS.path, shows=("plan",)),
        Reference(
            "namedOrganizations", "namedOrganizationIds", ORGANIZATION, "Organization", "organization", CUSTOMER.path,
            of_tenant, many=True,
        ),
        LINK,
    ),
    apply_rules=_rules,
    present=_present,
    audit_view=_audited,
    after_write=_written,
)  # fmt: skip


def create(store: Store, members: Mapping[str, Any], *, reveal: bool) -> Row:
    """A new subscription. Without credentials it gets one, whose key is told now if it is asked
    for, and never again.

    Raises Invalid, UnknownRecord.
    """
    record = store.create(members)
    key = None
    if not record.doc.get(LINK.flat):
        shelf_of_credentials = Store(store.world, store.principal, CREDENTIALS)
        doc = record.doc
        credential, key = provision(
            shelf_of_credentials, doc["name"], doc["organizationId"], doc["subscriberId"]
        )
        record = store.change(record, {LINK.flat: [credential.id]})
    return store.row(record) | {"provisionedCredentialExternalId": key if reveal else None}
