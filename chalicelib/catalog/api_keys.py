"""API keys of a tenant, for its administrators: listed, made and revoked, each with an audit
entry. What a key is, and how it is hashed, identity knows."""

from collections.abc import Iterable
from typing import Any

from chalicelib.catalog.api_key_schemas import PREFIXES, ApiKeyQuery, ApiKeyResource, NewApiKey
from chalicelib.identity import key_service
from chalicelib.identity.keys import Permission
from chalicelib.identity.records import USER, ApiKey, Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid, Unauthorized
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Stale
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.audit import KEY_MADE, KEY_REVOKED, note_change
from chalicelib.resources.errors import InUse, UnknownRecord
from chalicelib.resources.revisions import name_author
from chalicelib.resources.schemas import plain_members

_NAME, _TYPE, _ROWS = "ApiKey", "apiKey", "apiKeyList"
_KINDS: dict[str, str] = {prefix: kind for kind, prefix in PREFIXES.items()}


def page_keys(
    world: World, principal: Principal, query: ApiKeyQuery, asked: Request
) -> dict[str, Any]:
    """A HAL page of the tenant's keys, by name unless asked for otherwise. Raises Invalid."""
    keys = _read(world, principal)
    if query.state:
        keys = [key for key in keys if bool(key.revoked_at) is (query.state == "REVOKED")]
    rows = [_present(key, principal) for key in keys]
    orders = hal.parse_sort(query.sort, plain_members(ApiKeyResource), _NAME)
    ordered = hal.sort_rows(rows, orders, lambda row, member: row[member])
    return hal.build_page(asked, query.request, _ROWS, query.request.cut(ordered), len(ordered))


def make_key(world: World, principal: Principal, wanted: NewApiKey) -> dict[str, Any]:
    """A new key with its text. Raises Invalid for a team or user that the tenant does not have:
    both faults at once."""
    _read(world, principal)
    team = Scope(wanted.teamId or principal.team)
    _check_owners(world, principal, team, wanted.userId)
    key, text = key_service.create_key(
        world,
        principal.tenant,
        team,
        wanted.name,
        PREFIXES[wanted.kind],
        scopes=frozenset(wanted.permissions or ()) or None,
        user=wanted.userId or "",
    )
    _note(world, principal, KEY_MADE, key)
    return _present(key, principal) | {"key": text}


def show_key(world: World, principal: Principal, key_id: str) -> dict[str, Any]:
    """One key, revoked or not. Raises UnknownRecord."""
    return _present(_pick(_read(world, principal), key_id), principal)


def revoke_key(
    world: World, principal: Principal, key_id: str, *, confirmed: bool
) -> dict[str, Any]:
    """Make a key worthless, and say so. One that is so already stays as it is.

    Raises UnknownRecord, InUse for the last key of an administrator, and for the key that asks
    unless that is `confirmed`; Stale when another administrator's key went meanwhile.
    """
    keys = _read(world, principal)
    key = _pick(keys, key_id)
    if not key.revoked_at:
        if _administrators(keys) == [key]:
            raise InUse(
                f"{_NAME} {key_id} is the last one of an administrator: make another one first"
            )
        if key_id == principal.key_id and not confirmed:
            raise InUse(f"{_NAME} {key_id} is the one that asks: confirmed=true revokes it")
        key = key_service.revoke_key(world, principal.tenant, key.key_id)
        if not _administrators(key_service.list_keys(world, principal.tenant)):
            # Two keys revoked each other at the same time.
            key_service.reinstate_key(world, principal.tenant, key.key_id)
            raise Stale(_NAME, key.key_id)
        _note(world, principal, KEY_REVOKED, key)
    seconds = world.settings.key_cache_s
    message = f"{_NAME} {key.key_id} is revoked: it works nowhere after {seconds} s"
    return {"id": key.key_id, "message": message, "resourceType": _TYPE}


def _read(world: World, principal: Principal) -> list[ApiKey]:
    """All keys of the tenant. Servers believe a key for a minute; here one that was revoked a
    moment ago does not get a new one made, nor another one revoked: raises Unauthorized."""
    keys = list(key_service.list_keys(world, principal.tenant))
    if any(key.revoked_at for key in keys if key.key_id == principal.key_id):
        raise Unauthorized("the API key is revoked")
    return keys


def _administrators(keys: Iterable[ApiKey]) -> list[ApiKey]:
    """The valid ones that may do everything."""
    return [key for key in keys if Permission.ADMIN in key.scopes and not key.revoked_at]


def _pick(keys: Iterable[ApiKey], key_id: str) -> ApiKey:
    for key in keys:
        if key.key_id == key_id:
            return key
    raise UnknownRecord(_NAME, key_id)


def _check_owners(world: World, principal: Principal, team: Scope, user: str | None) -> None:
    tenant = principal.tenant
    faults: list[Fault] = []
    if not key_service.is_team(world, tenant, team):
        faults.append(Fault("teamId", "the tenant has no such team"))
    if user:
        record = world.documents.get(tenant, USER, user)
        if record is None or record.deleted:
            faults.append(Fault("userId", "the tenant has no such user"))
    if faults:
        raise Invalid("; ".join(fault.message for fault in faults), faults=faults)


def _note(world: World, principal: Principal, action: str, key: ApiKey) -> None:
    """Leave an entry with the team that asked, and with the one whose key it is."""
    author = name_author(world, principal)
    for team in dict.fromkeys((principal.team, key.team)):
        note_key(world, team, action, author, key)


def note_key(world: World, team: Scope, action: str, author: str, key: ApiKey) -> None:
    """Leave an audit entry of a key that was made or revoked."""
    facts = {
        "key": key.key_id,
        "name": key.name,
        "kind": _KINDS[key.kind],
        "permissions": sorted(key.scopes),
        "teamId": key.team,
        "userId": key.user or None,
    }
    note_change(world, team, action, author, facts)


def _present(key: ApiKey, principal: Principal) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "label": key.name,
        "resourceType": _TYPE,
        "name": key.name,
        "kind": _KINDS[key.kind],
        "permissions": sorted(key.scopes),
        "teamId": key.team,
        "userId": key.user or None,
        "created": iso(key.created_at),
        "revokedAt": iso(key.revoked_at) if key.revoked_at else None,
        "asking": key.key_id == principal.key_id,
    }
