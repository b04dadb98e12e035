"""When a team was last heard of."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from chalicelib.kit.clock import SECOND
from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

_ACTIVITY, _ACTIVITY_ID, _ASSISTANTS_ID = "TEAM_ACTIVITY", "completions", "assistants"
_FORGOTTEN_AFTER = int(timedelta(days=30).total_seconds()) * SECOND


def note_completion(documents: Documents, team: Scope, received_at: int) -> None:
    """Remember when a completion came (UTC epoch ms). An older one than is known changes nothing:
    feeds repeat themselves."""

    def change(doc: Doc) -> Doc | None:
        return {"received_at": received_at} if received_at > doc.get("received_at", 0) else None

    amend(documents, team, _ACTIVITY, _ACTIVITY_ID, change)


def note_assistants(documents: Documents, team: Scope, names: Collection[str]) -> None:
    """Remember that coding assistants under a flat plan have called."""

    def change(doc: Doc) -> Doc | None:
        known = set(doc.get("names", ()))
        return None if known >= set(names) else {"names": sorted({*known, *names})}

    amend(documents, team, _ACTIVITY, _ASSISTANTS_ID, change)


def read_assistants(documents: Documents, team: Scope) -> Sequence[str]:
    """The coding assistants under a flat plan that have called so far."""
    record = documents.get(team, _ACTIVITY, _ASSISTANTS_ID)
    return record.doc.get("names", ()) if record else ()


def last_completion(world: World, team: Scope) -> int | None:
    """When the newest completion of a team came (UTC epoch ms); None when none came within 30
    days."""
    record = world.documents.get(team, _ACTIVITY, _ACTIVITY_ID)
    if record is None or record.doc["received_at"] < world.now() - _FORGOTTEN_AFTER:
        return None
    return int(record.doc["received_at"])
