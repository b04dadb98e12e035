"""Scopes: what figures on pull requests are about, and since when."""

from typing import Any

from chalicelib.assistants.readings import CLAUDE_CODE, READING, Reading, read_reading
from chalicelib.assistants.records import DELIVERING, GITHUB, read_integrations
from chalicelib.kit.clock import day_of, iso
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_GITLAB = "merge requests at GitLab are not read"
Json = dict[str, Any]


def describe_scope(world: World, team: Scope, source: str) -> Json:
    """What the figures are about."""
    is_github = source == "github"
    known = [each for each in read_integrations(world.documents, team) if each.kind == GITHUB]
    known = known if is_github else []
    readings = [read_reading(world.documents, team, each.id) for each in known]
    synced_at = max((reading.synced_at for reading in readings), default=0)
    reading = readings[0] if readings else Reading()
    return {
        "source": source,
        "connected": bool(known),
        "credentialCount": len(known),
        "deliveringCredentialCount": sum(each.status in DELIVERING for each in known),
        "filterActive": any(each.repositories for each in known),
        "syncedRepositoryCount": reading.synced,
        "totalRepositoryCount": reading.total,
        "repositoryBreakdownSupported": is_github,
        "unsupportedReason": None if is_github else _GITLAB,
        "lastSyncedAt": iso(synced_at) if synced_at else None,
    }


def find_history(world: World, team: Scope) -> str | None:
    """The first UTC day of which everything was looked at; None before anything was."""
    days: list[str] = []
    for record in walk(world.documents, team, READING):
        reading = Reading.of(record.doc)
        if record.id != CLAUDE_CODE and reading.first:
            days.append(day_of(reading.first))
    return min(days, default=None)
