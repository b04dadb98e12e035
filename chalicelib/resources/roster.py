"""Rosters: which teams (or tenants) scheduled work walks through, one list a purpose."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.ports.documents import Documents, Record, Taken


class Roster:
    """One list. Its scope belongs to no team: no hashid has an @."""

    def __init__(self, purpose: str, kind: str) -> None:
        self.scope, self._kind = f"@{purpose}", kind

    def enrol(
        self, documents: Documents, member: str, doc: Mapping[str, Any] | None = None
    ) -> None:
        """Put somebody on the list; nothing happens to who is on it already."""
        scope = self.scope
        if documents.get(scope, self._kind, member) is None:
            try:
                documents.create(scope, Record(self._kind, member, doc or {}, name=member))
            except Taken:
                return  # somebody else did in this moment

    def members(self, documents: Documents) -> Iterator[Record]:
        """Everybody on the list."""
        scope, cursor = self.scope, None
        while True:
            page = documents.page(scope, self._kind, cursor=cursor)
            yield from page.records
            cursor = page.cursor
            if cursor is None:
                return


LAKE = Roster("lake", "LAKE_TEAM")
"""Teams with a lake."""
BILLED = Roster("billing", "BILLED_TEAM")
"""Teams with subscriptions; the document names the `tenant`."""
LAKE_SCOPE, BILLING_SCOPE = LAKE.scope, BILLED.scope


def enrol(documents: Documents, team: str) -> None:
    """Put a team on the list of lakes, before its first file is written."""
    LAKE.enrol(documents, team)


def teams(documents: Documents) -> Iterator[str]:
    """Every team that has a lake."""
    return (record.id for record in LAKE.members(documents))


def billed_teams(documents: Documents) -> Iterator[tuple[str, str]]:
    """Tenant and team of every team with subscriptions."""
    return ((record.doc["tenant"], record.id) for record in BILLED.members(documents))
