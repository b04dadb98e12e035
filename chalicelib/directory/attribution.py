"""Attribution: whom a record belongs to. Every name becomes the id of a record, so that renaming
keeps old events."""

import hashlib
from typing import Any, TypedDict

from chalicelib.directory.names import Names
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
from chalicelib.ports.world import World

_SHOWN, _LONG = 4, 20


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
    known, team = registry(world), principal.team
    # As one look-up, because most records name what others named before them; only jobs are many.
    owners = known.remember(
        (principal.tenant, team, "OWNERS", *names.owner_key()),
        lambda: _owners(world, known, principal, names),
    )
    return owners | {"job_id": names.job_id} if names.job_id else owners


def _owners(world: World, known: Registry, principal: Principal, names: Names) -> dict[str, Any]:
    team = principal.team
    owners: dict[str, Any] = {}
    if names.organization:
        owners["organization"] = names.organization
        owners["organization_id"] = known.obtain_id(
            principal.tenant, ORGANIZATION, names.organization
        )
    if names.product:
        owners["product"] = names.product
        owners["product_id"] = known.obtain_id(team, PRODUCT, names.product)
    if names.agent:
        owners["agent"] = names.agent
        known.obtain_id(team, AGENT, names.agent)
    key = names.subscriber_key()
    if any(key):
        columns = known.remember(
            (principal.tenant, team, "WHO", *key),
            lambda: _subscriber_columns(world, known, principal, names),
        )
        owners = {**columns, **owners}
    return owners


def _subscriber_columns(
    world: World, known: Registry, principal: Principal, names: Names
) -> SubscriberColumns:
    """The credential is looked up first; its subscriber wins over id and e-mail, its organization
    counts for records that name none."""
    team = principal.team
    credential = _credential(world, known, team, names)
    owner = credential.doc.get("subscriberId") if credential else None
    subscriber = _subscriber(world, known, team, names, owner)
    if (names.credential_name or names.credential_value) and credential is None:
        credential = _new_credential(world, known, team, names, subscriber)
    shown = subscriber.doc if subscriber else {}
    organization_id, organization = _customer(world, principal.tenant, credential)
    return {
        "subscriber_id": subscriber.id if subscriber else None,
        "subscriber": names.subscriber_id
        or shown.get("externalId")
        or names.subscriber_email
        or shown.get("email"),
        "subscriber_email": names.subscriber_email or shown.get("email"),
        "credential_id": credential.id if credential else None,
        "credential": credential.name if credential else None,
        "organization_id": organization_id,
        "organization": organization,
    }


def _customer(
    world: World, tenant: str, credential: Record | None
) -> tuple[str | None, str | None]:
    """Id and name of the organization that holds a credential."""
    organization = credential.doc.get("organizationId") if credential else None
    record = world.documents.get(tenant, ORGANIZATION, organization) if organization else None
    return (record.id, record.name) if record else (None, None)


def _credential(world: World, known: Registry, team: str, names: Names) -> Record | None:
    """By value, which is one credential's alone, then by name. Some clients send one text that is a
    name or a value, so a name may be found as a value and the reverse."""
    keys: list[tuple[str, str]] = []
    if names.credential_value:
        keys.append(("value", digest_of(world, names.credential_value)))
    if name := names.credential_name or names.credential_value:
        keys += unique_names(name).items()
    if names.credential_name:
        keys.append(("value", digest_of(world, names.credential_name)))
    held = (known.find(team, CREDENTIAL, field, value) for field, value in keys)
    return next(filter(None, held), None)


def _subscriber(
    world: World, known: Registry, team: str, names: Names, owner: str | None
) -> Record | None:
    if owner:
        return world.documents.get(team, SUBSCRIBER, owner)
    if names.subscriber_id and (found := known.find(team, SUBSCRIBER, "id", names.subscriber_id)):
        return found
    if names.subscriber_email and (
        found := known.find(team, SUBSCRIBER, "email", names.subscriber_email)
    ):
        return found
    if not (names.subscriber_id or names.subscriber_email):
        return None
    keys = {
        field: value
        for field, value in (("id", names.subscriber_id), ("email", names.subscriber_email))
        if value
    }
    doc = {"externalId": names.subscriber_id or None, "email": names.subscriber_email or None}
    label = names.subscriber_email or names.subscriber_id
    return known.obtain(
        team, Record(SUBSCRIBER, "", doc, label, reference=names.subscriber_email, unique=keys)
    )


def _new_credential(
    world: World, known: Registry, team: str, names: Names, subscriber: Record | None
) -> Record:
    """The value itself is never stored: a keyed hash recognises it. What tells keys apart are its
    last characters, or those of the hash where they would be a good part of the value."""
    shown = (
        names.credential_value
        if len(names.credential_value) >= _LONG
        else digest_of(world, names.credential_value)
    )
    name = names.credential_name or f"…{shown[-_SHOWN:]}"
    doc = {"name": name, "subscriberId": subscriber.id if subscriber else None}
    unique = (
        unique_names(names.credential_name)
        if names.credential_name
        else {"value": digest_of(world, names.credential_value)}
    )
    return known.obtain(team, Record(CREDENTIAL, "", doc, name, unique=unique))


def digest_of(world: World, value: str) -> str:
    """The keyed hash by which a credential's value is recognised; the value itself is never
    stored."""
    key = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return hashlib.blake2b(value.encode(), key=key, digest_size=16).hexdigest()
