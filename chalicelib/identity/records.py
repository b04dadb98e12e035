"""What is stored of tenants, teams, users and keys, and the names of their kinds."""

from dataclasses import dataclass

from chalicelib.identity.keys import Scope

TENANT, TEAM, USER, API_KEY = "TENANT", "TEAM", "USER", "API_KEY"
ADMINISTRATOR = "ROLE_TENANT_ADMIN"
"""The role of users who may do everything in their tenant."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever a request is made for. `key_id` names the key without revealing it; `user` owns it,
    or nobody."""

    tenant: str
    team: str
    key_id: str
    scopes: frozenset[Scope]
    user: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed: everything but the key. Times are UTC epoch milliseconds; `revoked_at`
    0 means valid."""

    key_id: str
    team: str
    name: str
    kind: str
    scopes: frozenset[Scope]
    created_at: int
    revoked_at: int
    user: str = ""
