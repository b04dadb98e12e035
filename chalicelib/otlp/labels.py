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


_CUSTOMER = frozenset(
    "organization organization_id subscriber subscriber_id subscriber_email subscription credential"
    " credential_id credential_name credential_value".split()
)


def take_open(
    groups: _Groups, told: Mapping[str, Any], others: Mapping[str, Any]
) -> dict[str, Any]:
    """What others tell of groups of which nothing is told; of a customer nothing, where they name
    another one: a subscriber of theirs is none of ours."""
    is_other = any(told.get(name) and _differ(told, others, name) for name in _CUSTOMER)
    found: dict[str, Any] = {}
    for group in groups:
        if any(map(told.get, group)) or (is_other and not _CUSTOMER.isdisjoint(group)):
            continue
        found |= {name: others[name] for name in group if others.get(name)}
    return found


def _differ(told: Mapping[str, Any], others: Mapping[str, Any], name: str) -> bool:
    return bool(others.get(name)) and others[name] != told[name]
