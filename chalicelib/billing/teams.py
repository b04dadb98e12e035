"""Which teams have subscriptions: the list that billing walks through."""

from collections.abc import Iterator

from chalicelib.ports.documents import Documents, Record, Taken

BILLING_SCOPE = "@billing"
"""Scope of what belongs to no team; no hashid has an @."""
_TEAM = "BILLED_TEAM"


def enrol(documents: Documents, tenant: str, team: str) -> None:
    """Put a team on the list, with its first subscription."""
    if documents.get(BILLING_SCOPE, _TEAM, team) is None:
        try:
            documents.create(BILLING_SCOPE, Record(_TEAM, team, {"tenant": tenant}, name=team))
        except Taken:
            return  # somebody else enrolled it in this moment


def billed_teams(documents: Documents) -> Iterator[tuple[str, str]]:
    """Tenant and team of every team with subscriptions."""
    cursor: str | None = None
    while True:
        page = documents.page(BILLING_SCOPE, _TEAM, cursor=cursor)
        yield from ((record.doc["tenant"], record.id) for record in page.records)
        cursor = page.cursor
        if cursor is None:
            return
