"""Credentials: the keys with which subscribers use what they subscribed to, and by which their
usage is known.

The key itself is stored nowhere: events are matched by its keyed hash, people see its last four
characters.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib.catalog.names import METERED
from chalicelib.catalog.subscribers import CUSTOMER
from chalicelib.catalog.targets import TO_CREDENTIAL, TO_SUBSCRIBER, TO_SUBSCRIPTION
from chalicelib.directory.attribution import digest_of
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import CREDENTIAL, registry, unique_names
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import Duplicate, UnknownRecord
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TEAM, Reference, read_referred
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    build_page_model,
)
from chalicelib.resources.store import Store

_SHOWN = 4
_RANDOM_BYTES = 20
_LONGEST = 200
_MASK_CHARACTERS = "*.•…"
"""What clients show instead of a secret that they keep."""
_REQUIRED = ("externalId", "name", "organizationId", "subscriberId")
_STAYING = ("organizationId", "subscriberId", "tags")
"""Members that stay what they were when nothing is sent for them."""
LINK = Reference("credentials", "credentialIds", TO_CREDENTIAL, many=True)
"""How subscriptions refer to their credentials."""


class CredentialResource(RecordMembers):
    """A key of a subscriber."""

    externalId: Name = Field(
        description="the key; read as three dots and its last four characters, which mean: keep"
    )
    externalSecret: Annotated[str, StringConstraints(max_length=1_000)] | None = Field(
        None, description="never shown"
    )
    identityProvider: Annotated[str | None, READ_ONLY] = Field(None, description="always null")
    label: Name | None = Field(None, description="the name, where that is absent")
    name: Name | None = None
    organization: Annotated[ResourceReference | None, READ_ONLY] = None
    organizationId: str | None = None
    subscriber: Annotated[ResourceReference | None, READ_ONLY] = None
    subscriberId: str | None = None
    subscriptionIds: list[str] | None = None
    subscriptions: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    tags: list[str] | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = None


CredentialResourcePage = build_page_model(
    "CredentialResourcePage", "credentialResourceList", CredentialResource
)


def mask(key: str) -> str:
    """What people see of a key: three dots, and its last four characters unless those are all it
    has."""
    return f"...{key[-_SHOWN:] if len(key) > _SHOWN else ''}"


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """What is empty stays as it was; only an empty list of subscriptions says that there are
    none."""
    old = before.doc if before else {}
    doc["name"] = doc.get("name") or doc.get("label") or old.get("name")
    doc.pop("label", None)
    for member in _STAYING:
        doc[member] = doc.get(member) or old.get(member)
    if doc.get("subscriptionIds") is None:
        doc["subscriptionIds"] = old.get("subscriptionIds")
    doc["externalSecret"] = _seal(store, doc.get("externalSecret") or "", old.get("externalSecret"))
    return doc | _hash_key(store, doc.get("externalId") or "", before)


def _hash_key(store: Store, sent: str, before: Record | None) -> dict[str, Any]:
    """The hash and the mask to store of the key that was sent; those that are stored when nothing
    or their mask was sent. Raises Duplicate."""
    if before and (not sent or sent == _shown_mask(before)):
        return {"digest": before.unique.get("value"), "externalId": before.doc.get("externalId")}
    digest = digest_of(store.world, sent)
    other = store.world.documents.find(store.scope, CREDENTIAL, "value", digest)
    if other and (before is None or other.id != before.id):
        raise Duplicate("Credential", "externalId", mask(sent))
    return {"digest": digest, "externalId": mask(sent)}


def _shown_mask(record: Record) -> str:
    """The mask of a stored key, as people see it; of a credential that metering met by name it
    covers no character."""
    return Credential.of(record).mask or mask("")


def _seal(store: Store, sent: str, stored: str | None) -> str | None:
    """The external secret to store, sealed; the stored one when it, nothing or a mask was sent."""
    if sent == stored or not sent.strip(_MASK_CHARACTERS):
        return stored
    return store.world.secrets.seal(store.scope, sent)


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "name": record.name,
        "externalId": _shown_mask(record),
        "externalSecret": None,
    }


CREDENTIALS = Resource(
    kind=CREDENTIAL,
    name="Credential",
    resource_type="credential",
    path=TO_CREDENTIAL.path,
    embedded="credentialResourceList",
    model=CredentialResource,
    unique={"value": ("digest",), "named": ("name", "organizationId"), **METERED},
    lasting=frozenset({"name"}),
    yielding=frozenset(METERED),
    filters={"query": build_text_filter("name")},
    references=(
        OWN_TEAM,
        CUSTOMER,
        Reference("subscriber", "subscriberId", TO_SUBSCRIBER),
        Reference("subscriptions", "subscriptionIds", TO_SUBSCRIPTION, many=True),
    ),
    secret=frozenset({"externalSecret", "digest"}),
    apply_rules=_apply_rules,
    present=_present,
)


def create(store: Store, members: Mapping[str, Any]) -> Record:
    """A new credential; the stored one, as it is, when its key is known already; one that metering
    met under this name and that nobody owns yet becomes it. Raises Invalid, Duplicate,
    UnknownRecord."""
    name = members.get("name") or members.get("label")
    stated = {**members, "name": name}
    faults = [Fault(member, "must be given") for member in _REQUIRED if not stated.get(member)]
    if not name or faults:
        raise Invalid(f"{faults[0].field}: must be given", faults=faults)
    digest = digest_of(store.world, members["externalId"])
    if stored := store.world.documents.find(store.scope, CREDENTIAL, "value", digest):
        return stored
    met = registry(store.world).find_holder(store.scope, CREDENTIAL, unique_names(name))
    if met and _is_ownerless(Credential.of(met)):
        return store.change(met, members)
    return store.create(members)


def _is_ownerless(credential: Credential) -> bool:
    """Whether metering alone knows a credential, by a name."""
    return not credential.organization_id and not credential.digest


def page_of_organization(
    store: Store, organization: str, query: PageQuery, asked: Request
) -> dict[str, Any]:
    """A page of the credentials that an organization, or a team, holds. Raises UndecodableId,
    UnknownRecord."""
    check_id(organization, "organizationId")
    found = read_referred(store.world, store.principal, CUSTOMER, [organization])
    if organization not in found or found[organization][1].deleted:
        raise UnknownRecord("Organization", organization)
    return store.page(query, asked, lambda doc: doc.get("organizationId") == organization)


def provision(store: Store, name: str, organization: str, subscriber: str) -> tuple[Record, str]:
    """A new credential with a random key, and the key, which is not told again."""
    key = secrets.token_hex(_RANDOM_BYTES)
    members = {
        "externalId": key,
        "name": f"{name[:_LONGEST]} {key[-_SHOWN:]}",
        "organizationId": organization,
        "subscriberId": subscriber,
    }
    return store.create(members), key


def relink(links: Sequence[str], other: str, *, linked: bool) -> list[str]:
    """The ids of some links, with another one at the end or (not `linked`) without it."""
    others = [link for link in links if link != other]
    return [*others, other] if linked else others


def mirror_link(
    world: World, scope: Scope, credential: str, subscription: str, *, linked: bool
) -> None:
    """Have a credential name a subscription, or (not `linked`) name it no longer; nothing happens
    to a credential that was deleted. Raises Stale."""

    def attempt() -> None:
        record = world.documents.get(scope, CREDENTIAL, credential)
        if record is None or record.deleted:
            return
        links = Credential.of(record).subscription_ids
        if (subscription in links) is linked:
            return
        doc = {**record.doc, "subscriptionIds": relink(links, subscription, linked=linked)}
        world.documents.update(scope, replace(record, doc=doc, updated_at=world.now()))

    retry(attempt)
