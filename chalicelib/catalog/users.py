"""Users: who looks after a tenant, and which of its teams they belong to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.catalog.targets import TO_USER
from chalicelib.catalog.tenancy import walk_all_teams
from chalicelib.catalog.user_schemas import UserQuery, UserResource
from chalicelib.directory.registry import PRODUCT, SOURCE
from chalicelib.identity.key_service import revoke_keys_of
from chalicelib.identity.keys import Permission
from chalicelib.identity.records import ADMINISTRATOR, USER, User
from chalicelib.identity.settings import BILLS_USAGE
from chalicelib.kit.errors import Forbidden, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import InUse, UnknownRecord
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import OWN_TENANT, TO_TEAM, Reference, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

_OWNED = (PRODUCT, SOURCE)
_TENANT = replace(OWN_TENANT, shows=(BILLS_USAGE,))


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """The default team is one of the user's; a tenant keeps an administrator."""
    old = before.doc if before else {}
    if doc.get("teamIds") is None:
        default_teams = [] if "teamIds" in old else [store.principal.team]
        doc["teamIds"] = old.get("teamIds") or default_teams
    teams, default = doc["teamIds"], doc.get("defaultTeamId")
    if default not in teams:
        if default and default != old.get("defaultTeamId"):
            raise Invalid("defaultTeamId must be one of teamIds", field="defaultTeamId")
        doc["defaultTeamId"] = teams[0] if teams else None
    _check_powers(store, doc, old)
    if before and ADMINISTRATOR not in doc["roles"]:
        _spare_last_administrator(store, before)
    doc.pop("redirectUrl", None)
    return doc


def _check_powers(store: Store, doc: dict[str, Any], old: Mapping[str, Any]) -> None:
    """Raises Forbidden for a key that is no administrator's and gives a user what only
    administrators may give: their role, and the sight of prompts."""
    if Permission.ADMIN in store.principal.scopes:
        return
    if ADMINISTRATOR in doc["roles"] and ADMINISTRATOR not in old.get("roles", ()):
        raise Forbidden("only an administrator makes an administrator", field="roles")
    if doc.get("canViewPromptData") and not old.get("canViewPromptData"):
        raise Forbidden("only an administrator lets others see prompts", field="canViewPromptData")


def _spare_last_administrator(store: Store, record: Record) -> None:
    """Raises InUse for the only administrator of the tenant."""
    if not User.of(record).is_administrator:
        return
    users = map(User.of, read_all(store.world, store.scope, USER))
    if not any(user.is_administrator for user in users if user.id != record.id):
        raise InUse(
            f"User {record.id} is the last administrator of the tenant: name another one first"
        )


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    tenant = row["tenant"]
    tenant[BILLS_USAGE] = tenant.get(BILLS_USAGE) is not False
    if row["defaultTeamId"] not in row["teamIds"]:  # it was deleted
        row["defaultTeamId"] = next(iter(row["teamIds"]), None)
    return row | {"primaryUser": User.of(record).is_primary}


def _check_removal(store: Store, record: Record) -> None:
    if record.id == store.principal.user:
        raise InUse("you cannot delete yourself")
    if User.of(record).is_primary:
        raise InUse(f"User {record.id} is the primary user of the tenant, who stays")
    _spare_last_administrator(store, record)


def _confirm(store: Store, before: Record, after: Record) -> None:
    if after.deleted or not User.of(after).is_administrator:
        _spare_last_administrator(store, before)


def _after_write(store: Store, _before: Record | None, after: Record) -> None:
    """Keys of a deleted user stop working; what they owned passes to the primary user."""
    if not after.deleted:
        return
    world, tenant = store.world, store.scope
    revoke_keys_of(world, tenant, after.id)
    heir = find_primary_user(store).id
    for team, record in walk_all_teams(world, tenant, _OWNED):
        if record.doc.get("ownerId") == after.id:
            passed = replace(record, doc={**record.doc, "ownerId": heir}, updated_at=world.now())
            world.documents.update(team, passed)


USERS = Resource(
    kind=USER,
    name="User",
    resource_type="user",
    path=TO_USER.path,
    embedded="userResourceList",
    model=UserResource,
    label="email",
    reference="email",
    unique={"email": ("email",)},
    filters={"query": build_text_filter("email", "firstName", "lastName")},
    references=(
        _TENANT,
        Reference("teams", "teamIds", TO_TEAM, many=True, shows=("logo",)),
    ),
    secret=frozenset({"redirectUrl"}),
    scope=of_tenant,
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
    confirm=_confirm,
    after_write=_after_write,
)


def find_primary_user(store: Store) -> Record:
    """The primary user of the tenant, else the one who was there first. Raises UnknownRecord."""
    users = read_all(store.world, store.scope, USER)
    if not users:
        raise UnknownRecord("User", store.principal.key_id, by="key")
    return min(users, key=lambda user: (not User.of(user).is_primary, user.created_at, user.id))


def find_current_user(store: Store) -> Record:
    """The user who owns the key; the primary one for a key that nobody owns."""
    owner = store.principal.user
    record = store.world.documents.get(store.scope, USER, owner) if owner else None
    return record if record and not record.deleted else find_primary_user(store)


def present_current_user(store: Store) -> dict[str, Any]:
    """The user who is asking, as shown. Clients take the first team of the list as theirs and name
    it from then on, so the key's team comes first."""
    record, own = find_current_user(store), store.principal.team
    others = [team for team in User.of(record).team_ids if team != own]
    return store.row(
        replace(record, doc={**record.doc, "teamIds": [own, *others], "defaultTeamId": own})
    )


def page_users(store: Store, query: UserQuery, asked: Request) -> dict[str, Any]:
    """A page of the users of some teams."""
    for team in query.teamIds:
        check_id(team, "teamIds")
    wanted = set(query.teamIds or [store.principal.team])
    return store.page(query, asked, lambda doc: not wanted.isdisjoint(doc.get("teamIds") or ()))
