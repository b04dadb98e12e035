"""Tokens: what GitHub says of one before it is stored."""

from typing import Any

from chalicelib.assistants.github import NO_PRIVATE, GitHub, NotVisible
from chalicelib.assistants.records import Integration, TokenStatus
from chalicelib.kit.clock import SECOND, iso
from chalicelib.ports.world import World

Json = dict[str, Any]
_LOOKS_MS = 15 * SECOND
"""For so long the repositories of a new connection are looked at, while somebody waits."""
_SHOWN = 5


def check_token(world: World, github: GitHub, wanted: Integration) -> Json:
    """What GitHub says of a token, and of what it is to read. Raises CredentialRefused,
    ProviderFailed, AddressRefused."""
    account, begun = github.read_account(), world.now()
    unseen: list[str] = []
    for name in wanted.repositories:
        if world.now() - begun > _LOOKS_MS:
            break  # the sync will tell of the others
        try:
            github.check_repository(name)
        except NotVisible:
            unseen.append(name)
    if wanted.organization and not wanted.repositories:
        try:
            next(github.list_repositories(wanted.organization), None)
        except NotVisible:
            unseen.append(wanted.organization)
    told: list[str] = []
    if unseen:
        more = f" and {len(unseen) - _SHOWN} more" if len(unseen) > _SHOWN else ""
        told.append(f"the token does not see {', '.join(unseen[:_SHOWN])}{more}")
    if not account.sees_private:
        told.append(NO_PRIVATE)
    return {
        "status": TokenStatus.WARNING if told else TokenStatus.VALID,
        "validationMessage": "; ".join(told) or None,
        "accountLogin": account.login,
        "lastValidatedAt": iso(world.now()),
    }
