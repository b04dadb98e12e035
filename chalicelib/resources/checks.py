"""Checks that all resources share: of ids, of sizes, and of the team or tenant that is named."""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.identity.records import Principal
from chalicelib.kit.errors import Forbidden, InvalidTeamId, NotFound, TeamNotInMembership, TooLarge
from chalicelib.kit.ids import number_of
from chalicelib.kit.jsontext import pack
from chalicelib.resources.errors import MOST_SHOWN, UndecodableId

_WORD = re.compile("[a-z]{3,}(?:-[a-z]+)*")
_MOST_BYTES = 380_000
"""An item of DynamoDB holds 400 KiB, its keys and names included."""


def check_id(text: str, field: str = "id") -> None:
    """Raises UndecodableId for a text that is no hashid, and NotFound for a word that stands in a
    path where ids do: whoever wrote `unpaid-totals` meant an operation that is not there."""
    if number_of(text) is not None:
        return
    if field == "id" and _WORD.fullmatch(text):
        raise NotFound(f"there is nothing called {text[:MOST_SHOWN]} here")
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
            f"Failed to decode hashed Id: [{team[:MOST_SHOWN]}] (teamId)", field="teamId"
        )
    raise TeamNotInMembership("the API key belongs to another team")
