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
        super().__init__(
            f"Couldn't find {name} with {by}: {value}", field="id" if by == "ID" else by
        )


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
    """Raises TooLarge for documents of a record that are too long to be stored."""
    if any(len(pack(doc).encode()) > _MOST_BYTES for doc in docs):
        raise TooLarge(
            f"the {name} is too large to be stored: it, and what changes of it, have {_MOST_BYTES} bytes"
        )


def check_tenant(named: str | None, principal: Principal) -> None:
    """Hold the tenant that a request names against the key's own. Clients that know no tenant send
    their team.

    Raises UndecodableId, Forbidden.
    """
    if not named or named in (principal.tenant, principal.team):
        return
    check_id(named, "tenantId")
    raise Forbidden("the API key belongs to another tenant")


def check_team(named: str | None, own: str) -> None:
    """Hold the team that a body names against the key's own. Raises InvalidTeamId,
    TeamNotInMembership."""
    if not named or named == own:
        return
    if number_of(named) is None:
        raise InvalidTeamId(
            f"Failed to decode hashed Id: [{named[:_SHOWN]}] (teamId)", field="teamId"
        )
    raise TeamNotInMembership("the API key belongs to another team")
