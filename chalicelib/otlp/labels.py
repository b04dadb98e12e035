"""Labels: what a record says of whom and what a call is for, beside what was used."""

from collections.abc import Mapping, Sequence
from typing import Any

_Groups = Sequence[Sequence[str]]
"""Members that belong together: of a customer nobody takes the name alone."""
LABELS: _Groups = (
    ("squad_id", "squad_name", "squad_role"),
    *((name,) for name in "subscription task_type agent_version ticket_id region".split()),
    *((name,) for name in "trace_type trace_name transaction_name environment".split()),
)
"""Columns that a span can fill."""
NAMES: _Groups = (
    ("organization",),
    ("product",),
    ("subscriber_id", "subscriber_email"),
    ("credential_name", "credential_value"),
    ("job_id", "job_name", "job_type", "job_version"),
    ("environment",),
)
"""Names of a draft, but the agent's."""
OWNERS: _Groups = (
    ("organization_id", "organization"),
    ("product_id", "product"),
    ("subscriber_id", "subscriber", "subscriber_email"),
    ("credential_id", "credential"),
    ("agent",),
    ("job_id",),
)
"""Columns that attribution fills."""
EXTRAS: _Groups = (("agentId",), ("conversationId",), ("subscriptionTier",))


def take_open(
    groups: _Groups, told: Mapping[str, Any], others: Mapping[str, Any]
) -> dict[str, Any]:
    """What others tell of groups of which nothing is told."""
    found: dict[str, Any] = {}
    for group in groups:
        if any(map(told.get, group)):
            continue
        found |= {name: others[name] for name in group if others.get(name)}
    return found
