"""Limits: before which day a team keeps no events. Set by retention, heeded by the writer."""

from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope
from chalicelib.resources.amend import Doc, amend

_KIND, _ID = "LAKE_LIMIT", "events"
FIRST = ""
"""The limit of a team that keeps everything: no day is before it."""


def first_day(documents: Documents, team: Scope) -> str:
    """The first day (YYYY-MM-DD) of which events are kept."""
    record = documents.get(team, _KIND, _ID)
    return str(record.doc["firstDay"]) if record else FIRST


def set_limit(documents: Documents, team: Scope, day: str) -> None:
    """Keep nothing before a day (YYYY-MM-DD) from now on."""

    def change(doc: Doc) -> Doc | None:
        return None if doc.get("firstDay") == day else {"firstDay": day}

    amend(documents, team, _KIND, _ID, change)
