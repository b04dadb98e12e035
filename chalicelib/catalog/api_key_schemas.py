"""The wire of API keys: made and revoked by administrators, shown once."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.resources.schemas import Line, PageQuery, TeamQuery, Wire, build_page_model

Kind = Literal["WRITE", "READ", "METERING", "LEGACY"]
PREFIXES: dict[str, KeyKind] = {
    "WRITE": KeyKind.WRITE,
    "READ": KeyKind.READ,
    "METERING": KeyKind.METERING,
    "LEGACY": KeyKind.LEGACY,
}


class NewApiKey(Wire):
    """A key to be made."""

    name: Line
    kind: Kind = Field("WRITE", description="says what the key begins with, and what it may do")
    permissions: list[Permission] | None = Field(
        None, min_length=1, description="instead of what the kind may do"
    )
    teamId: str | None = Field(
        None, description="a team of the tenant; without it, that of the key that asks"
    )
    userId: str | None = Field(None, description="who owns it; nobody when absent")


class ApiKeyResource(Wire):
    """A key: everything but the key."""

    id: str = Field(description="names the key in lists, logs and audit entries; opens nothing")
    label: str
    resourceType: str
    name: str
    kind: Kind
    permissions: list[Permission]
    teamId: str
    userId: str | None = None
    created: datetime
    revokedAt: datetime | None = Field(None, description="null for a key that is valid")
    asking: bool = Field(description="this is the key that asks")


class MadeApiKey(ApiKeyResource):
    """A new key, and the key itself: here, and never again."""

    key: str = Field(description="only a keyed hash of it is stored: keep it now")


ApiKeyPage = build_page_model("ApiKeyPage", "apiKeyList", ApiKeyResource)


class ApiKeyQuery(PageQuery):
    """Which keys of the tenant."""

    state: Literal["VALID", "REVOKED"] | None = Field(None, description="all when absent")


class RevokeQuery(TeamQuery):
    """How a key is revoked."""

    confirmed: bool = Field(False, description="needed to revoke the very key that asks")
