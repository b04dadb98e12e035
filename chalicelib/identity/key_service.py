"""Verbs of API keys: make, list and revoke them."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.identity.keys import KeyKind, KeyText, Permission, mint
from chalicelib.identity.records import API_KEY, TEAM, ApiKey
from chalicelib.kit.errors import Invalid, NotFound
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


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
    if not is_team(world, tenant, team):
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


def is_team(world: World, tenant: Scope, team: Scope) -> bool:
    """Whether a tenant has a team."""
    record = world.documents.get(tenant, TEAM, team)
    return record is not None and not record.deleted


def list_keys(world: World, tenant: Scope) -> Iterator[ApiKey]:
    """All keys of a tenant by name, revoked ones included."""
    return (ApiKey.of(record) for record in walk(world.documents, tenant, API_KEY))


def revoke_key(world: World, tenant: Scope, key_id: str) -> ApiKey:
    """Make a key worthless; processes that know it forget it within Settings.key_cache_s. Raises
    NotFound, Invalid when several begin so."""
    return _revoke(world, tenant, _find(world, tenant, key_id))


def reinstate_key(world: World, tenant: Scope, key_id: str) -> ApiKey:
    """Take a revocation back that ought not to have been. Raises as revoke_key does."""
    record = _find(world, tenant, key_id)
    valid = replace(record, doc={**record.doc, "revokedAt": 0}, updated_at=world.now())
    return ApiKey.of(world.documents.update(tenant, valid))


def revoke_keys_of(world: World, tenant: Scope, owner: str) -> None:
    """Make all keys of a user or of a team worthless."""
    for record in list(walk(world.documents, tenant, API_KEY)):
        key = ApiKey.of(record)
        if owner in (key.team, key.user):
            _revoke(world, tenant, record)


def _find(world: World, tenant: Scope, key_id: str) -> Record:
    """The key whose id begins so. Raises NotFound, Invalid when several do."""
    keys = walk(world.documents, tenant, API_KEY) if key_id else ()
    matches = [record for record in keys if record.id.startswith(key_id)]
    if not matches:
        raise NotFound(f"there is no key {key_id!r}")
    if len(matches) > 1:
        raise Invalid(f"{len(matches)} keys begin with {key_id!r}: write more of it")
    return matches[0]


def _revoke(world: World, tenant: Scope, record: Record) -> ApiKey:
    now = world.now()
    doc = {**record.doc, "revokedAt": ApiKey.of(record).revoked_at or now}
    revoked = replace(record, doc=doc, updated_at=now)
    return ApiKey.of(world.documents.update(tenant, revoked))


def find_key(world: World, key: KeyText) -> ApiKey | None:
    """The stored key of a text; None when nobody has it."""
    record = world.documents.get(key.tenant, API_KEY, _digest(world, key))
    return ApiKey.of(record) if record else None


def _digest(world: World, key: KeyText) -> str:
    pepper = world.secrets.digest_key()  # unscoped: one hashing key serves the whole deployment
    return key.digest(pepper)
