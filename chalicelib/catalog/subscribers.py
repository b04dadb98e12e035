"""Subscribers: the people and machines that a team's customers are charged for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from chalicelib.catalog.lookups import walk_subscriptions_of
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.catalog.targets import TO_ORGANIZATION, TO_SUBSCRIBER
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.resources.errors import Duplicate, InUse
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import OWN_TENANT, TO_TEAM, Reference
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    RecordMembers,
    ResourceReference,
    Text,
    build_page_model,
    check_address,
)
from chalicelib.resources.store import Store

_TEAM = Reference("organizations", "organizationIds", TO_TEAM, many=True)
CUSTOMER = Reference("organization", "organizationId", TO_ORGANIZATION, also=_TEAM)
"""The organization, or team, that something is charged to."""


class SubscriberResource(RecordMembers):
    """A subscriber."""

    email: Annotated[str, Field(max_length=320)] = Field(
        description="empty when metering knows the subscriberId only"
    )
    firstName: Text | None = None
    lastName: Text | None = None
    organizationIds: list[str] | None = Field(None, description="organizations, or teams")
    organizations: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    phoneNumber: Text | None = None
    subscriberId: Name | None = Field(
        None, description="what metered events carry; made up when absent"
    )
    tenant: Annotated[ResourceReference | None, READ_ONLY] = None


SubscriberResourcePage = build_page_model(
    "SubscriberResourcePage", "subscriberResourceList", SubscriberResource
)


def _apply_rules(_store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """An address that metering wrote may stay what it is; a new one must be one."""
    old = before.doc if before else {}
    email = doc["email"] or ""
    if before is None or email != (old.get("email") or ""):
        try:
            email = check_address(email.strip())
        except ValueError as error:
            raise Invalid(f"email is {error}", field="email") from error
    external_id = doc.get("subscriberId") or old.get("externalId")
    if not external_id and before is None:
        external_id = new_id()
    return {**doc, "email": email or None, "subscriberId": external_id or None}


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"email": record.doc.get("email") or ""}


def _walk_subscriptions(store: Store, record: Record) -> Iterator[Record]:
    return walk_subscriptions_of(store.world, store.scope, record.id)


def _check_removal(store: Store, record: Record) -> None:
    for used in _walk_subscriptions(store, record):
        name = Subscription.of(used).name
        raise InUse(
            f"Subscriber {record.id} has subscriptions, {name!r} among them: delete them first"
        )


def _after_write(store: Store, before: Record | None, after: Record) -> None:
    """The credentials of a deleted subscriber go with it; subscriptions are listed under the
    address of the day."""
    if after.deleted:
        _delete_credentials(store, after)
    elif before and before.doc.get("email") != after.doc.get("email"):
        _relist_subscriptions(store, after)


def _relist_subscriptions(store: Store, subscriber: Record) -> None:
    email = subscriber.doc.get("email")
    for record in _walk_subscriptions(store, subscriber):
        doc = {**record.doc, "subscriberEmail": email}
        relisted = replace(record, doc=doc, name=email or record.name)
        store.world.documents.update(store.scope, relisted)


def _delete_credentials(store: Store, subscriber: Record) -> None:
    for record in read_all(store.world, store.scope, CREDENTIAL):
        if Credential.of(record).subscriber_id == subscriber.id:
            gone = replace(record, unique={}, deleted=True, updated_at=subscriber.updated_at)
            store.world.documents.update(store.scope, gone)


SUBSCRIBERS = Resource(
    kind=SUBSCRIBER,
    name="Subscriber",
    resource_type="subscriber",
    path=TO_SUBSCRIBER.path,
    embedded="subscriberResourceList",
    model=SubscriberResource,
    label="email",
    reference="email",
    unique={"id": ("subscriberId",), "email": ("email",)},
    stored_names={"subscriberId": "externalId"},
    order="id",
    filters={"query": build_text_filter("email", "firstName", "lastName")},
    references=(
        replace(OWN_TENANT, flat=""),
        Reference("organizations", "organizationIds", TO_ORGANIZATION, many=True, also=_TEAM),
    ),
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
    after_write=_after_write,
)


def obtain(store: Store, email: str, organization: str) -> Record:
    """The subscriber with an address, made in an organization when there is none."""
    if found := store.world.documents.find(store.scope, SUBSCRIBER, "email", email):
        return found
    try:
        return store.create({"email": email, "organizationIds": [organization]})
    except Duplicate:  # somebody else was faster
        return store.find("email", email)
