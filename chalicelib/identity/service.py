"""Verbs of identity: authenticate, bootstrap a tenant, make, list and revoke keys."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib.identity.keys import KeyKind, KeyText, Permission, mint, parse
from chalicelib.identity.records import (
    ADMINISTRATOR,
    API_KEY,
    TEAM,
    TENANT,
    USER,
    ApiKey,
    Principal,
)
from chalicelib.kit.errors import Invalid, NotFound, Unauthorized
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A new tenant. The key texts are shown once and stored nowhere."""

    tenant: Scope
    team: Scope
    user: str
    write_key: str
    metering_key: str


def authenticate(world: World, text: str) -> Principal:
    """Who a key belongs to. Raises Unauthorized for a malformed, unknown or revoked key: all look
    the same outside."""
    key = parse(text)
    known = _find_key(world, key) if key else None
    if key is None or known is None or known.revoked_at:
        raise Unauthorized("the API key is missing, malformed, unknown or revoked")
    return Principal(key.tenant, known.team, known.key_id, known.scopes, known.user)


def bootstrap(world: World, tenant_name: str, team_name: str, email: str) -> NewTenant:
    """Create a tenant with its first team, its administrator, the administrator's write key and a
    metering key."""
    tenant, user, now = Scope(new_id()), new_id(), world.now()
    team = create_team(world, tenant, team_name)
    person = {
        "email": email,
        "roles": [ADMINISTRATOR],
        "teamIds": [team],
        "defaultTeamId": team,
        "primaryUser": True,
    }
    for record in (
        Record(TENANT, tenant, {"name": tenant_name}, tenant_name),
        Record(USER, user, person, email, reference=email, unique={"email": email}),
    ):
        world.documents.create(tenant, replace(record, created_at=now, updated_at=now))
    _, write_key = create_key(
        world,
        tenant,
        team,
        "first write key",
        KeyKind.WRITE,
        scopes=KeyKind.WRITE.scopes | {Permission.ADMIN},
        user=user,
    )
    _, metering_key = create_key(world, tenant, team, "first metering key", KeyKind.METERING)
    return NewTenant(tenant, team, user, write_key, metering_key)


def create_team(world: World, tenant: Scope, name: str) -> Scope:
    """A new team of a tenant; its id. Names may repeat."""
    now = world.now()
    record = Record(TEAM, new_id(), {"name": name}, name, created_at=now, updated_at=now)
    return Scope(world.documents.create(tenant, record).id)


def create_key(  # noqa: PLR0913 - each is a member of the key
    world: World,
    tenant: Scope,
    team: Scope,
    name: str,
    kind: KeyKind,
    *,
    scopes: frozenset[Permission] | None = None,
    user: str = "",
) -> tuple[ApiKey, str]:
    """A new key of a team, and its text. It may do what its kind may unless it is given `scopes`;
    `user` is the id of the user who owns it. Raises Invalid when the tenant has no such team."""
    if world.documents.get(tenant, TEAM, team) is None:
        raise Invalid(f"tenant {tenant} has no team {team!r}", field="teamId")
    key: KeyText = mint(kind, tenant)
    now = world.now()
    doc = {
        "team": team,
        "user": user,
        "name": name,
        "kind": kind,
        "scopes": sorted(scopes or kind.scopes),
        "revokedAt": 0,
    }
    digest = _digest(world, key)
    record = Record(API_KEY, digest, doc, name, created_at=now, updated_at=now)
    return ApiKey.of(world.documents.create(tenant, record)), key.text


def find_user_id(world: World, tenant: Scope, email: str) -> str:
    """The id of the user with an address. Raises NotFound."""
    record = world.documents.find(tenant, USER, "email", email)
    if record is None:
        raise NotFound(f"tenant {tenant} has no user {email!r}")
    return record.id


def list_keys(world: World, tenant: Scope) -> Iterator[ApiKey]:
    """All keys of a tenant by name, revoked ones included."""
    return (ApiKey.of(record) for record in walk(world.documents, tenant, API_KEY))


def revoke_key(world: World, tenant: Scope, key_id: str) -> ApiKey:
    """Make a key worthless; processes that know it forget it within Settings.key_cache_s. Raises
    NotFound, Invalid when several begin so."""
    keys = walk(world.documents, tenant, API_KEY) if key_id else ()
    matches = [record for record in keys if record.id.startswith(key_id)]
    if not matches:
        raise NotFound(f"there is no key {key_id!r}")
    if len(matches) > 1:
        raise Invalid(f"{len(matches)} keys begin with {key_id!r}: write more of it")
    return _revoke(world, tenant, matches[0])


def revoke_keys_of(world: World, tenant: Scope, owner: str) -> None:
    """Make all keys of a user or of a team worthless."""
    for record in list(walk(world.documents, tenant, API_KEY)):
        key = ApiKey.of(record)
        if owner in (key.team, key.user):
            _revoke(world, tenant, record)


def _revoke(world: World, tenant: Scope, record: Record) -> ApiKey:
    now = world.now()
    doc = {**record.doc, "revokedAt": ApiKey.of(record).revoked_at or now}
    revoked = replace(record, doc=doc, updated_at=now)
    return ApiKey.of(world.documents.update(tenant, revoked))


def _find_key(world: World, key: KeyText) -> ApiKey | None:
    record = world.documents.get(key.tenant, API_KEY, _digest(world, key))
    return ApiKey.of(record) if record else None


def _digest(world: World, key: KeyText) -> str:
    pepper = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return key.digest(pepper)
