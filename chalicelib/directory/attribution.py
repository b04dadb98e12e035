"""Attribution: whom a record belongs to. Every name becomes the id of a record, so that renaming
keeps old events."""

import hashlib
from typing import Any, NamedTuple

from chalicelib.directory.names import Names
from chalicelib.directory.registry import (
    AGENT,
    CREDENTIAL,
    ORGANIZATION,
    PRODUCT,
    SUBSCRIBER,
    Registry,
    names_of,
    registry,
)
from chalicelib.identity.records import Principal
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World

_SHOWN, _LONG = 4, 20


class Who(NamedTuple):
    """The subscriber side of a record; `subscriber` is its external id or e-mail, `credential` the
    key's name."""

    subscriber_id: str | None = None
    subscriber: str | None = None
    subscriber_email: str | None = None
    credential_id: str | None = None
    credential: str | None = None
    organization_id: str | None = None
    organization: str | None = None


class _Named(NamedTuple):
    """The subscriber as the record names it; empty text where it does not."""

    id: str
    email: str
    credential: str
    value: str


def attribute(world: World, principal: Principal, names: Names) -> dict[str, Any]:
    """The columns of the owners of a record: ids and names of everything that it is charged to,
    absent where it says nothing. Unknown names become records of the catalog."""
    known, team = registry(world), principal.team
    # As one look-up, because most records name what others named before them; only jobs are many.
    owners = known.remember(
        (principal.tenant, team, "OWNERS", *names[:7]),
        lambda: _owners(world, known, principal, names),
    )
    return owners | {"job_id": names.job_id} if names.job_id else owners


def _owners(world: World, known: Registry, principal: Principal, names: Names) -> dict[str, Any]:
    team = principal.team
    owners: dict[str, Any] = {}
    if names.organization:
        owners["organization"] = names.organization
        owners["organization_id"] = known.named(principal.tenant, ORGANIZATION, names.organization)
    if names.product:
        owners["product"] = names.product
        owners["product_id"] = known.named(team, PRODUCT, names.product)
    if names.agent:
        owners["agent"] = names.agent
        known.named(team, AGENT, names.agent)
    named = _Named(*names[3:7])
    if any(named):
        who = known.remember(
            (principal.tenant, team, "WHO", *named), lambda: _who(world, known, principal, named)
        )
        owners = {**who._asdict(), **owners}
    return owners


def _who(world: World, known: Registry, principal: Principal, named: _Named) -> Who:
    """The credential is looked up first; its subscriber wins over id and e-mail, its organization
    counts for records that name none."""
    team = principal.team
    credential = _credential(world, known, team, named)
    owner = credential.doc.get("subscriberId") if credential else None
    subscriber = _subscriber(world, known, team, named, owner)
    if (named.credential or named.value) and credential is None:
        credential = _new_credential(world, known, team, named, subscriber)
    shown = subscriber.doc if subscriber else {}
    return Who(
        subscriber.id if subscriber else None,
        named.id or shown.get("externalId") or named.email or shown.get("email"),
        named.email or shown.get("email"),
        credential.id if credential else None,
        credential.name if credential else None,
        *_customer(world, principal.tenant, credential),
    )


def _customer(
    world: World, tenant: str, credential: Record | None
) -> tuple[str | None, str | None]:
    """Id and name of the organization that holds a credential."""
    organization = credential.doc.get("organizationId") if credential else None
    record = world.documents.get(tenant, ORGANIZATION, organization) if organization else None
    return (record.id, record.name) if record else (None, None)


def _credential(world: World, known: Registry, team: str, named: _Named) -> Record | None:
    """By value, which is one credential's alone, then by name. Some clients send one text that is a
    name or a value, so a name may be found as a value and the reverse."""
    keys: list[tuple[str, str]] = []
    if named.value:
        keys.append(("value", digest_of(world, named.value)))
    if name := named.credential or named.value:
        keys += names_of(name).items()
    if named.credential:
        keys.append(("value", digest_of(world, named.credential)))
    held = (known.find(team, CREDENTIAL, field, value) for field, value in keys)
    return next(filter(None, held), None)


def _subscriber(
    world: World, known: Registry, team: str, named: _Named, owner: str | None
) -> Record | None:
    if owner:
        return world.documents.get(team, SUBSCRIBER, owner)
    if named.id and (found := known.find(team, SUBSCRIBER, "id", named.id)):
        return found
    if named.email and (found := known.find(team, SUBSCRIBER, "email", named.email)):
        return found
    if not (named.id or named.email):
        return None
    keys = {field: value for field, value in (("id", named.id), ("email", named.email)) if value}
    doc = {"externalId": named.id or None, "email": named.email or None}
    label = named.email or named.id
    return known.obtain(
        team, Record(SUBSCRIBER, "", doc, label, reference=named.email, unique=keys)
    )


def _new_credential(
    world: World, known: Registry, team: str, named: _Named, subscriber: Record | None
) -> Record:
    """The value itself is never stored: a keyed hash recognises it. What tells keys apart are its
    last characters, or those of the hash where they would be a good part of the value."""
    shown = named.value if len(named.value) >= _LONG else digest_of(world, named.value)
    name = named.credential or f"…{shown[-_SHOWN:]}"
    doc = {"name": name, "subscriberId": subscriber.id if subscriber else None}
    unique = (
        names_of(named.credential) if named.credential else {"value": digest_of(world, named.value)}
    )
    return known.obtain(team, Record(CREDENTIAL, "", doc, name, unique=unique))


def digest_of(world: World, value: str) -> str:
    """The keyed hash by which a credential's value is recognised; the value itself is never
    stored."""
    key = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return hashlib.blake2b(value.encode(), key=key, digest_size=16).hexdigest()
