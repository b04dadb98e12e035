"""Subscriptions: who pays for which product, from when, and with which credentials it is used."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chalicelib.catalog.credentials import CREDENTIALS, LINK, mirror_link, provision
from chalicelib.catalog.periods import find_period
from chalicelib.catalog.plan_records import NO_PERIOD, Plan
from chalicelib.catalog.sources import OWNER
from chalicelib.catalog.subscribers import CUSTOMER
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.catalog.subscription_rules import INSTANTS, apply_rules
from chalicelib.catalog.subscription_schemas import SubscriptionResource
from chalicelib.catalog.targets import TO_ORGANIZATION, TO_PRODUCT, TO_SUBSCRIBER, TO_SUBSCRIPTION
from chalicelib.directory.registry import SUBSCRIPTION
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.roster import BILLED
from chalicelib.resources.store import Store

_INTERNAL = ("productChanges", "subscriberEmail")
"""Members of a document that revisions do not tell of."""


def _present(store: Store, record: Record, row: Row) -> Row:
    doc, product, client = record.doc, row["product"], row["client"]
    stored_plan = product.pop("plan")
    plan = Plan.of(stored_plan) if stored_plan else None
    period = _find_running_period(Subscription.of(record), plan, store.world.now())
    email = client.pop("email")
    threshold = doc.get("tierQuotaNotificationThreshold")
    row |= {
        "label": client["label"],
        "subscriberEmail": email,
        "clientEmailAddress": email,
        "charge": plan.charge if plan else None,
        "periodStart": iso(period[0]) if period else None,
        "periodEnd": iso(period[1]) if period else None,
        "quotaNotificationThreshold": None if threshold is None else Decimal(threshold),
    }
    for member in INSTANTS:
        row[member] = None if doc.get(member) is None else iso(doc[member])
    return row


def _find_running_period(
    subscription: Subscription, plan: Plan | None, now: int
) -> tuple[int, int] | None:
    """The billing period that is running, as its begin and its end: the trial, or that of the plan.
    None for a plan that does not repeat."""
    if subscription.trial_end and now < subscription.trial_end:
        return subscription.start, subscription.trial_end
    anchor = subscription.product_changes[-1].anchor
    unit, count = plan.rhythm if plan else (NO_PERIOD, 1)
    return find_period(anchor, unit, count, now)


def _audit_view(doc: Doc) -> Doc:
    told = {member: value for member, value in doc.items() if member not in _INTERNAL}
    for member in INSTANTS:
        if doc.get(member) is not None:
            told[member] = iso(doc[member])
    return told


def _after_write(store: Store, before: Record | None, after: Record) -> None:
    """Credentials name their subscriptions too, and billing walks through teams that have any."""
    if before is None:
        BILLED.enrol(
            store.world.documents, store.principal.team, {"tenant": store.principal.tenant}
        )
    old = set(Subscription.of(before).credential_ids) if before else set()
    new = set() if after.deleted else set(Subscription.of(after).credential_ids)
    for credential in old ^ new:
        mirror_link(store.world, store.scope, credential, after.id, linked=credential in new)


SUBSCRIPTIONS = Resource(
    kind=SUBSCRIPTION,
    name="Subscription",
    resource_type="subscription",
    path=TO_SUBSCRIPTION.path,
    embedded="subscriptionResourceList",
    model=SubscriptionResource,
    label="subscriberEmail",
    reference="subscriberId",
    references=(
        OWN_TEAM,
        OWNER,
        CUSTOMER,
        Reference("client", "subscriberId", TO_SUBSCRIBER, shows=("email",)),
        Reference("product", "productId", TO_PRODUCT, shows=("plan",)),
        Reference("namedOrganizations", "namedOrganizationIds", TO_ORGANIZATION, many=True),
        LINK,
    ),
    apply_rules=apply_rules,
    present=_present,
    audit_view=_audit_view,
    after_write=_after_write,
)


def create(store: Store, members: Mapping[str, Any], *, reveal: bool) -> Row:
    """A new subscription, as it is shown. Without credentials it gets one, whose key is told now if
    it is to be revealed, and never again.

    Raises Invalid, UnknownRecord.
    """
    record = store.create(members)
    made = Subscription.of(record)
    key = None
    if not made.credential_ids:
        credentials = Store(store.world, store.principal, CREDENTIALS)
        credential, key = provision(
            credentials, made.name, made.organization_id, made.subscriber_id
        )
        record = store.change(record, {LINK.flat: [credential.id]})
    return store.row(record) | {"provisionedCredentialExternalId": key if reveal else None}
