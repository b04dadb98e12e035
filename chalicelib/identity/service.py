"""Verbs of identity: authenticate, bootstrap a tenant, make, list and revoke keys."""

from dataclasses import dataclass, replace

from chalicelib.identity.key_service import create_key, find_key
from chalicelib.identity.keys import KeyKind, Permission, parse
from chalicelib.identity.records import ADMINISTRATOR, TEAM, TENANT, USER, Principal
from chalicelib.kit.errors import NotFound, Unauthorized
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
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
    known = find_key(world, key) if key else None
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


def find_user_id(world: World, tenant: Scope, email: str) -> str:
    """The id of the user with an address. Raises NotFound."""
    record = world.documents.find(tenant, USER, "email", email)
    if record is None:
        raise NotFound(f"tenant {tenant} has no user {email!r}")
    return record.id
