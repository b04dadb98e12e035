"""Credentials: the keys with which subscribers use what they subscribed to, and by which their
usage is known.

The key itself is stored nowhere: events are matched by its keyed hash, people see its last four
characters.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from chalicelib.catalog.names import METERED
from chalicelib.catalog.subscribers import CUSTOMER, SUBSCRIBERS
from chalicelib.directory.attribution import digest_of
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import (
    CREDENTIAL,
    SUBSCRIBER,
    SUBSCRIPTION,
    registry,
    unique_names,
)
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry
from chalicelib.resources.errors import Duplicate, UnknownRecord, check_id
from chalicelib.resources.hal import build_text_filter
from chalicelib.resources.references import OWN_TEAM, Doc, Reference, read_referred
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
_MASKS = "*.•…"
_NEEDED = ("externalId", "name", "organizationId", "subscriberId")
_KEPT = ("organizationId", "subscriberId", "tags")
LINK = Reference(
    "credentials", "credentialIds", CREDENTIAL, "Credential", "credential", "/profitstream/v2/api/credentials",
    many=True,
)  # fmt: skip
"""How subscriptions refer to their credentials."""
_SUBSCRIPTIONS = Reference(
    "subscriptions", "subscriptionIds", SUBSCRIPTION, "Subscription", "subscription",
    "/profitstream/v2/api/subscriptions", many=True,
)  # fmt: skip


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


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """What is empty stays as it was; only an empty list of subscriptions says that there are
    none."""
    old = before.doc if before else {}
    links = doc.get("subscriptionIds")
    doc["name"] = doc.get("name") or doc.get("label") or old.get("name")
    doc.pop("label", None)
    kept = {member: doc.get(member) or old.get(member) for member in _KEPT}
    return {
        **doc,
        **kept,
        **_key(store, doc.get("externalId"), before),
        "subscriptionIds": old.get("subscriptionIds") if links is None else links,
        "externalSecret": _secret(
            store, doc.get("externalSecret") or "", old.get("externalSecret")
        ),
    }


def _key(store: Store, sent: str | None, before: Record | None) -> dict[str, Any]:
    """The hash and the mask to store; those that are stored when the mask came back."""
    if before and (not sent or sent == _masked(before.doc)):
        return {"digest": before.unique.get("value"), "externalId": before.doc.get("externalId")}
    digest = digest_of(store.world, sent or "")
    other = store.world.documents.find(store.scope, CREDENTIAL, "value", digest)
    if other and (before is None or other.id != before.id):
        raise Duplicate("Credential", "externalId", mask(sent or ""))
    return {"digest": digest, "externalId": mask(sent or "")}


def _masked(doc: Doc) -> str:
    """The mask of a stored key; that of one that metering met is bare."""
    return str(doc.get("externalId") or mask(""))


def _secret(store: Store, sent: str, stored: str | None) -> str | None:
    return (
        stored
        if sent == stored or not sent.strip(_MASKS)
        else store.world.secrets.seal(store.scope, sent)
    )


def _present(store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": record.name, "externalId": _masked(record.doc), "externalSecret": None}


CREDENTIALS = Resource(
    kind=CREDENTIAL,
    name="Credential",
    resource_type="credential",
    path=LINK.path,
    embedded="credentialResourceList",
    model=CredentialResource,
    unique={"value": ("digest",), "named": ("name", "organizationId"), **METERED},
    lasting=frozenset({"name"}),
    yielding=frozenset(METERED),
    filters={"query": build_text_filter("name")},
    references=(
        OWN_TEAM,
        CUSTOMER,
        Reference(
            "subscriber", "subscriberId", SUBSCRIBER, "Subscriber", "subscriber", SUBSCRIBERS.path
        ),
        _SUBSCRIPTIONS,
    ),
    secret=frozenset({"externalSecret", "digest"}),
    apply_rules=_rules,
    present=_present,
)


def create(store: Store, members: Mapping[str, Any]) -> Record:
    """A new credential; the stored one, as it is, when its key is known already; one that metering
    met under this name and that nobody owns yet becomes it. Raises Invalid, Duplicate,
    UnknownRecord."""
    said = {**members, "name": members.get("name") or members.get("label")}
    if faults := [Fault(member, "must be given") for member in _NEEDED if not said.get(member)]:
        raise Invalid(f"{faults[0].field}: must be given", faults=faults)
    digest = digest_of(store.world, members["externalId"])
    if stored := store.world.documents.find(store.scope, CREDENTIAL, "value", digest):
        return stored
    met = registry(store.world).find_holder(store.scope, CREDENTIAL, unique_names(said["name"]))
    if met and not (met.doc.get("organizationId") or met.doc.get("digest")):
        return store.change(met, members)
    return store.create(members)


def page_of_organization(
    store: Store, organization: str, query: PageQuery, asked: Request
) -> dict[str, Any]:
    """A page of the credentials that an organization, or a team, holds. Raises UndecodableId,
    UnknownRecord."""
    check_id(organization, "organizationId")
    known = read_referred(store.world, store.principal, CUSTOMER, [organization]).get(organization)
    if known is None or known[1].deleted:
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


def mirror_link(
    world: World, scope: str, credential: str, subscription: str, *, linked: bool
) -> None:
    """Have a credential name a subscription, or no longer; nothing happens to one that was
    deleted."""

    def attempt() -> None:
        record = world.documents.get(scope, CREDENTIAL, credential)
        if record is None or record.deleted:
            return
        links = [*Credential.of(record).subscription_ids]
        if (subscription in links) is linked:
            return
        if linked:
            links.append(subscription)
        else:
            links.remove(subscription)
        doc = {**record.doc, "subscriptionIds": links}
        world.documents.update(scope, replace(record, doc=doc, updated_at=world.now()))

    retry(attempt)
