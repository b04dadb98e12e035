"""Coding assistants: which of their calls count in cost reports."""

from collections.abc import Sequence

from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope

BILLING_SETTINGS = "BILLING_SETTINGS"
"""Kind and id of a team's billing settings; their member `apiRateProviders` lists the assistants
billed by use."""


def find_billed_assistants(documents: Documents, team: Scope) -> Sequence[str]:
    """The assistants whose calls a team pays by use, by name; a flat plan covers those of all
    others."""
    settings = documents.get(team, BILLING_SETTINGS, BILLING_SETTINGS)
    if settings is None:
        return ()
    return sorted(settings.doc.get("apiRateProviders", ()))
