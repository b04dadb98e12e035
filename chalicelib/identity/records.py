"""What is stored of tenants, teams, users and keys, and the names of their kinds."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.identity.keys import Permission
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope

TENANT, TEAM, USER, API_KEY = "TENANT", "TEAM", "USER", "API_KEY"
ADMINISTRATOR = "ROLE_TENANT_ADMIN"
"""The role of users who may do everything in their tenant."""
_ID_DIGITS = 12
"""Hex digits of a key's digest that name it in lists and logs."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request is made for. `key_id` names the key without revealing it; `user` owns it,
    or nobody."""

    tenant: Scope
    team: Scope
    key_id: str
    scopes: frozenset[Permission]
    user: str = ""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who looks after a tenant, as stored. `is_primary` is the one who was there first;
    `subscriber_id` names the subscriber that the user is, empty for none."""

    id: str
    email: str
    roles: Sequence[str]
    team_ids: Sequence[str]
    subscriber_id: str
    is_primary: bool
    can_view_prompts: bool

    @classmethod
    def of(cls, record: Record) -> "User":
        """The user of a record."""
        doc = record.doc
        return cls(
            id=record.id,
            email=doc.get("email") or "",
            roles=doc.get("roles") or (),
            team_ids=doc.get("teamIds") or (),
            subscriber_id=doc.get("subscriberId") or "",
            is_primary=bool(doc.get("primaryUser")),
            can_view_prompts=bool(doc.get("canViewPromptData")),
        )

    @property
    def is_administrator(self) -> bool:
        """Whether the user may do everything in the tenant."""
        return ADMINISTRATOR in self.roles

    @property
    def may_see_prompts(self) -> bool:
        """Whether the user may read what was asked and answered."""
        return self.is_administrator or self.can_view_prompts


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed: everything but the key. Times are UTC epoch milliseconds; `revoked_at`
    0 means valid."""

    key_id: str
    team: Scope
    name: str
    kind: str
    scopes: frozenset[Permission]
    created_at: int
    revoked_at: int
    user: str = ""

    @classmethod
    def of(cls, record: Record) -> "ApiKey":
        """The key of a record, whose id is the digest of the key."""
        doc = record.doc
        return cls(
            key_id=record.id[:_ID_DIGITS],
            team=doc["team"],
            name=doc["name"],
            kind=doc["kind"],
            scopes=frozenset(map(Permission, doc["scopes"])),
            created_at=record.created_at,
            revoked_at=doc["revokedAt"],
            user=doc.get("user", ""),
        )
