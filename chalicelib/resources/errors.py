"""Refusals that every resource shares. Clients tell the first two apart by their texts."""

from collections.abc import Mapping
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.errors import (
    Forbidden,
    Invalid,
    InvalidTeamId,
    MeterlakeError,
    NotFound,
    TeamNotInMembership,
    TooLarge,
)
from chalicelib.kit.ids import number_of
from chalicelib.kit.jsontext import pack

_SHOWN = 64
"""Characters of a client's text that a refusal repeats."""
_MOST_BYTES = 380_000
"""An item of DynamoDB holds 400 KiB, its keys and names included."""


class UndecodableId(Invalid):
    """The text is no hashid (400)."""

    code = "INVALID_ID"

    def __init__(self, text: str, field: str = "id") -> None:
        super().__init__(f"Failed to decode hashed Id: [{text[:_SHOWN]}]", field=field)


class UnknownRecord(NotFound):
    """No such record, or one that was deleted (404)."""

    def __init__(self, name: str, value: str, by: str = "ID") -> None:
        field = "id" if by == "ID" else by
        super().__init__(f"Couldn't find {name} with {by}: {value}", field=field)


class Duplicate(MeterlakeError):
    """Another record holds what must be unique (409)."""

    status, code = 409, "ALREADY_EXISTS"

    def __init__(self, name: str, field: str, value: object) -> None:
        super().__init__(f"{name} with {field} {value!r} already exists", field=field)


class InUse(MeterlakeError):
    """Others need the record, so it stays (409)."""

    status, code = 409, "IN_USE"


class TooMany(Invalid):
    """There are more records than are searched or sorted in one request (400)."""

    code = "TOO_MANY_RECORDS"


def check_id(text: str, field: str = "id") -> None:
    """Raises UndecodableId for a text that is no hashid."""
    if number_of(text) is None:
        raise UndecodableId(text, field)


def check_size(name: str, *docs: Mapping[str, Any]) -> None:
    """Raises TooLarge when one of the documents is too long to be stored; `name` is what people
    call the record."""
    for doc in docs:
        if len(pack(doc).encode()) > _MOST_BYTES:
            raise TooLarge(
                f"the {name} is too large to be stored:"
                f" it, and what changes of it, have {_MOST_BYTES} bytes"
            )


def check_tenant(tenant: str | None, principal: Principal) -> None:
    """Hold the tenant that a request names against the key's own; None passes, and so does the
    key's team, which clients send that know no tenant.

    Raises UndecodableId, Forbidden.
    """
    if not tenant or tenant in (principal.tenant, principal.team):
        return
    check_id(tenant, "tenantId")
    raise Forbidden("the API key belongs to another tenant")


def check_team(team: str | None, own: str) -> None:
    """Hold the team that a body names (None passes) against the key's own. Raises InvalidTeamId,
    TeamNotInMembership."""
    if not team or team == own:
        return
    if number_of(team) is None:
        raise InvalidTeamId(
            f"Failed to decode hashed Id: [{team[:_SHOWN]}] (teamId)", field="teamId"
        )
    raise TeamNotInMembership("the API key belongs to another team")
