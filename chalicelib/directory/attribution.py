"""Attribution: whom a record belongs to. Every name becomes the id of a record, so that renaming
keeps old events."""

import hashlib
from dataclasses import dataclass
from typing import Any, TypedDict

from chalicelib.directory.names import Names
from chalicelib.directory.records import Credential, Subscriber
from chalicelib.directory.registry import (
    AGENT,
    CREDENTIAL,
    ORGANIZATION,
    PRODUCT,
    SUBSCRIBER,
    Registry,
    registry,
    unique_names,
)
from chalicelib.identity.records import Principal
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_SHOWN = 4
"""Characters that tell nameless keys apart."""
_LONG = 20
"""Characters of a key from which on showing its last ones gives nothing away."""


class SubscriberColumns(TypedDict):
    """The columns of a record that its subscriber and credential fill; None where there is none."""

    subscriber_id: str | None
    """Id of the subscriber's record."""
    subscriber: str | None
    """The caller's own id of its user, else the e-mail address."""
    subscriber_email: str | None
    credential_id: str | None
    """Id of the credential's record."""
    credential: str | None
    """Name of the credential."""
    organization_id: str | None
    """Id of the organization that holds the credential."""
    organization: str | None
    """Its name."""


def attribute(world: World, principal: Principal, names: Names) -> dict[str, Any]:
    """The columns of the owners of a record: ids and names of everything that it is charged to,
    absent where it says nothing. Unknown names become records of the catalog."""
    known = registry(world)
    scopes = (principal.tenant, principal.team)
    # As two look-ups, because most records name what others named before them: each is of few
    # values, together they would be as many as there are pairs. Jobs are many, and cost none.
    columns: dict[str, Any] = known.remember(
        (*scopes, "OWNERS", *names.owner_key()),
        lambda: _Attribution(world, known, principal, names).owner_columns(),
    )
    who = names.subscriber_key()
    if any(who):
        subscriber = known.remember(
            (*scopes, "WHO", *who),
            lambda: _Attribution(world, known, principal, names).subscriber_columns(),
        )
        # An organization that is named goes before that of the credential.
        columns = {**subscriber, **columns}
    return columns | {"job_id": names.job_id} if names.job_id else columns


def digest_of(world: World, value: str) -> str:
    """The keyed hash by which a credential's value is recognised; the value itself is never
    stored."""
    key = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return hashlib.blake2b(value.encode(), key=key, digest_size=16).hexdigest()


_NOBODY = Subscriber(id="", external_id="", email="", organization_ids=())
_NO_CREDENTIAL = Credential(
    id="",
    name="",
    mask="",
    digest="",
    organization_id="",
    subscriber_id="",
    subscription_ids=(),
)


@dataclass(frozen=True, slots=True)
class _Attribution:
    """Looks up what the names of one call mean."""

    world: World
    registry: Registry
    """Finds records by name, and makes those that are missing."""
    principal: Principal
    names: Names

    @property
    def team(self) -> Scope:
        """The team of the call."""
        return self.principal.team

    def owner_columns(self) -> dict[str, Any]:
        """The columns of the organization, the product and the agent."""
        names, tenant = self.names, self.principal.tenant
        owners: dict[str, Any] = {}
        if names.organization:
            owners["organization"] = names.organization
            owners["organization_id"] = self.registry.obtain_id(
                tenant, ORGANIZATION, names.organization
            )
        if names.product:
            owners["product"] = names.product
            owners["product_id"] = self.registry.obtain_id(self.team, PRODUCT, names.product)
        if names.agent:
            owners["agent"] = names.agent
            self.registry.obtain_id(self.team, AGENT, names.agent)
        return owners

    def subscriber_columns(self) -> SubscriberColumns:
        """The credential is looked up first; its subscriber wins over id and e-mail, its
        organization counts for records that name none."""
        names = self.names
        credential = self._find_credential()
        subscriber = self._obtain_subscriber(credential.subscriber_id)
        if not credential.id and (names.credential_name or names.credential_value):
            credential = self._create_credential(subscriber)
        organization = self._find_organization(credential)
        email = names.subscriber_email or subscriber.email
        return {
            "subscriber_id": subscriber.id or None,
            "subscriber": names.subscriber_id or subscriber.external_id or email or None,
            "subscriber_email": email or None,
            "credential_id": credential.id or None,
            "credential": credential.name or None,
            "organization_id": organization.id if organization else None,
            "organization": organization.name if organization else None,
        }

    def _find_organization(self, credential: Credential) -> Record | None:
        """The organization that holds a credential."""
        if not credential.organization_id:
            return None
        tenant = self.principal.tenant
        return self.world.documents.get(tenant, ORGANIZATION, credential.organization_id)

    def _find_credential(self) -> Credential:
        """By value, which is one credential's alone, then by name. Some clients send one text that
        is a name or a value, so a name may be found as a value and the reverse."""
        name, value = self.names.credential_name, self.names.credential_value
        keys: list[tuple[str, str]] = []
        if value:
            keys.append(("value", digest_of(self.world, value)))
        if name or value:
            keys += unique_names(name or value).items()
        if name:
            keys.append(("value", digest_of(self.world, name)))
        for field, key in keys:
            if record := self.registry.find(self.team, CREDENTIAL, field, key):
                return Credential.of(record)
        return _NO_CREDENTIAL

    def _obtain_subscriber(self, owner_id: str) -> Subscriber:
        """The owner of the credential, else whom the call names by id, else by e-mail; a new record
        when it names somebody unknown, _NOBODY when it names nobody."""
        if owner_id:
            owner = self.world.documents.get(self.team, SUBSCRIBER, owner_id)
            return Subscriber.of(owner) if owner else _NOBODY
        external_id, email = self.names.subscriber_id, self.names.subscriber_email
        keys: dict[str, str] = {}
        if external_id:
            keys["id"] = external_id
        if email:
            keys["email"] = email
        if not keys:
            return _NOBODY
        doc = {"externalId": external_id or None, "email": email or None}
        wanted = Record(
            SUBSCRIBER, "", doc, name=email or external_id, reference=email, unique=keys
        )
        return Subscriber.of(self.registry.obtain(self.team, wanted))

    def _create_credential(self, subscriber: Subscriber) -> Credential:
        """The value itself is never stored: a keyed hash recognises it. What tells keys apart are
        its last characters, or those of the hash where they would be a good part of the value."""
        name, value = self.names.credential_name, self.names.credential_value
        unique = unique_names(name)
        if not name:
            digest = digest_of(self.world, value)
            told = value if len(value) >= _LONG else digest
            name, unique = f"…{told[-_SHOWN:]}", {"value": digest}
        doc = {"name": name, "subscriberId": subscriber.id or None}
        wanted = Record(CREDENTIAL, "", doc, name, unique=unique)
        return Credential.of(self.registry.obtain(self.team, wanted))
