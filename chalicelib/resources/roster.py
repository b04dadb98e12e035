"""Rosters: the teams (or tenants) that scheduled work walks through, one list a purpose."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.ports.documents import Documents, Record, Taken, walk
from chalicelib.ports.scope import Scope


class Roster:
    """One list. Its scope belongs to no team: no hashid has an @."""

    def __init__(self, purpose: str, kind: str) -> None:
        """`purpose` names the list, `kind` is that of its records."""
        self.scope, self._kind = Scope(f"@{purpose}"), kind

    def enrol(
        self, documents: Documents, member: str, doc: Mapping[str, Any] | None = None
    ) -> None:
        """Put a member on the list; nothing happens to one who is on it already."""
        scope = self.scope
        if documents.get(scope, self._kind, member) is None:
            try:
                documents.create(scope, Record(self._kind, member, doc or {}, name=member))
            except Taken:
                return  # somebody else did in this moment

    def find(self, documents: Documents, member: str) -> Record | None:
        """The enrolment of a member; None of one who is not on the list."""
        return documents.get(self.scope, self._kind, member)

    def members(self, documents: Documents) -> Iterator[Record]:
        """Everybody on the list, by id; the document is the one of their enrolment."""
        return walk(documents, self.scope, self._kind)


LAKE = Roster("lake", "LAKE_TEAM")
"""Teams with a lake."""
BILLED = Roster("billing", "BILLED_TEAM")
"""Teams with subscriptions; the document names the `tenant`."""
BUDGETED = Roster("budgets", "BUDGETED_TEAM")
"""Teams that have ever had a cost control; the document names the `tenant`."""
NOTIFIED = Roster("notices", "NOTIFIED_TEAM")
"""Teams that have ever had something to tell; the document names the `tenant`."""
ALERTED = Roster("alerts", "ALERTED_TEAM")
"""Teams that have ever had an alert rule; the document names the `tenant`."""
ADVISED = Roster("insights", "ADVISED_TEAM")
"""Teams that have ever asked for recommendations; the document names the `tenant`."""
RETAINING = Roster("retention", "RETAINING_TENANT")
"""Tenants that have ever limited for how long their events are kept."""


def lake_teams(documents: Documents) -> Iterator[Scope]:
    """The id of every team that has a lake."""
    return (Scope(record.id) for record in LAKE.members(documents))


def billed_teams(documents: Documents) -> Iterator[tuple[Scope, Scope]]:
    """Tenant and team of every team with subscriptions."""
    return _with_tenants(BILLED, documents)


def budgeted_teams(documents: Documents) -> Iterator[tuple[Scope, Scope]]:
    """Tenant and team of every team that may have cost controls."""
    return _with_tenants(BUDGETED, documents)


def notified_teams(documents: Documents) -> Iterator[tuple[Scope, Scope]]:
    """Tenant and team of every team that may have something to tell."""
    return _with_tenants(NOTIFIED, documents)


def alerted_teams(documents: Documents) -> Iterator[tuple[Scope, Scope]]:
    """Tenant and team of every team that may have alert rules."""
    return _with_tenants(ALERTED, documents)


def _with_tenants(roster: Roster, documents: Documents) -> Iterator[tuple[Scope, Scope]]:
    return ((Scope(record.doc["tenant"]), Scope(record.id)) for record in roster.members(documents))


def find_tenant(documents: Documents, team: Scope) -> Scope:
    """The tenant of a team, from any list that names it; empty when none does."""
    for roster in (ADVISED, NOTIFIED, ALERTED, BUDGETED, BILLED):
        enrolled = roster.find(documents, team)
        if enrolled is not None:
            return Scope(enrolled.doc["tenant"])
    return Scope("")
