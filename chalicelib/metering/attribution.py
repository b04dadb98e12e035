"""Attribution: whom a call belongs to. Every name becomes the id of a record, so that renaming keeps old events."""

import hashlib
from typing import NamedTuple

from chalicelib.identity.records import Principal
from chalicelib.metering.registry import AGENT, CREDENTIAL, JOB, ORGANIZATION, PRODUCT, SUBSCRIBER, Registry, registry
from chalicelib.metering.schemas import AiCompletionIngest, IngestAttribution, IngestSubscriber
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World

_PRODUCT_NAME = 224
_NAME = 255
_SHOWN = 4


class Who(NamedTuple):
    """The subscriber side of a call; `subscriber` is its external id or e-mail, `credential` the key's name."""

    subscriber_id: str | None = None
    subscriber: str | None = None
    subscriber_email: str | None = None
    credential_id: str | None = None
    credential: str | None = None


class Attribution(NamedTuple):
    """Ids and names of everything a call is charged to; None where the call says nothing."""

    organization_id: str | None
    organization: str | None
    product_id: str | None
    product: str | None
    who: Who
    agent: str | None
    job_id: str | None


class _Named(NamedTuple):
    """The subscriber as the call names it; empty text where it does not."""

    id: str
    email: str
    credential: str
    value: str


def attribute(world: World, principal: Principal, body: IngestAttribution) -> Attribution:
    """Resolve every reference of a body, creating what is unknown."""
    known = registry(world)
    team = principal.team
    organization = _text(body.organizationName or body.organizationId, _NAME)
    product = _text(body.productName or body.productId, _PRODUCT_NAME)
    agent = _text(body.agent, _NAME)
    if agent:
        known.named(team, AGENT, agent)
    named = _named(body)
    who = known.remember((team, "WHO", *named), lambda: _who(world, known, team, named)) if any(named) else Who()
    return Attribution(
        known.named(principal.tenant, ORGANIZATION, organization) if organization else None,
        organization,
        known.named(team, PRODUCT, product) if product else None,
        product,
        who,
        agent,
        _job(known, team, body),
    )


def _text(value: str | None, limit: int) -> str | None:
    return (value.strip()[:limit] or None) if value else None


def _named(body: IngestAttribution) -> _Named:
    """The nested subscriber, its flat twins of older clients where it is silent, and the flat credential alias."""
    subscriber = body.subscriber or IngestSubscriber()
    credential = subscriber.credential
    identity = subscriber.id or body.subscriberId
    email = subscriber.email or body.subscriberEmail
    name, value = (credential.name, credential.value) if credential else (None, None)
    if isinstance(body, AiCompletionIngest):
        name, value = name or body.subscriberCredentialName, value or body.subscriberCredential
    if not (identity or email or name or value):
        name = body.credentialAlias
    texts = (_text(text, _NAME) or "" for text in (identity, (email or "").lower(), name, value))
    return _Named(*texts)


def _who(world: World, known: Registry, team: str, named: _Named) -> Who:
    """The credential is looked up first, by name, then by value; its subscriber wins over id and e-mail."""
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
    )


def _credential(world: World, known: Registry, team: str, named: _Named) -> Record | None:
    if named.credential:
        return known.find(team, CREDENTIAL, "name", named.credential)
    return known.find(team, CREDENTIAL, "value", _digest(world, named.value)) if named.value else None


def _subscriber(world: World, known: Registry, team: str, named: _Named, owner: str | None) -> Record | None:
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
    return known.obtain(team, Record(SUBSCRIBER, "", doc, label, reference=named.email, unique=keys))


def _new_credential(world: World, known: Registry, team: str, named: _Named, subscriber: Record | None) -> Record:
    """The value itself is never stored: a keyed hash recognises it, its last characters tell keys apart."""
    name = named.credential or f"…{named.value[-_SHOWN:]}"
    doc = {"name": name, "subscriberId": subscriber.id if subscriber else None}
    unique = {"name": named.credential} if named.credential else {"value": _digest(world, named.value)}
    return known.obtain(team, Record(CREDENTIAL, "", doc, name, unique=unique))


def _digest(world: World, value: str) -> str:
    key = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return hashlib.blake2b(value.encode(), key=key, digest_size=16).hexdigest()


def _job(known: Registry, team: str, body: IngestAttribution) -> str | None:
    job = body.agenticJobId
    if not job:
        return None
    doc = {
        "agenticJobId": job,
        "name": _text(body.agenticJobName, 512),
        "type": (_text(body.agenticJobType, 128) or "").lower() or None,
        "version": _text(body.agenticJobVersion, 64),
        "environment": _text(body.environment, _NAME),
    }
    known.remember(
        (team, JOB, job), lambda: known.obtain(team, Record(JOB, "", doc, job, unique={"agenticJobId": job})).id
    )
    return job
