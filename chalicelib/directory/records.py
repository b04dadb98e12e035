"""Subscribers and credentials as they are stored, read once from their records.

Texts that nobody has stated are empty, as are lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.ports.documents import Record


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whom a team's customers have use something. `external_id` is the caller's own id of them."""

    id: str
    external_id: str
    email: str
    organization_ids: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Subscriber":
        """The subscriber of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            external_id=doc.get("externalId") or "",
            email=doc.get("email") or "",
            organization_ids=doc.get("organizationIds") or (),
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """A key of a subscriber. The key is stored nowhere: `digest` is its keyed hash and `mask` what
    people see of it, both empty when metering has met the credential by name only.
    """

    id: str
    name: str
    mask: str
    digest: str
    organization_id: str
    subscriber_id: str
    subscription_ids: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Credential":
        """The credential of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            name=record.name,
            mask=doc.get("externalId") or "",
            digest=doc.get("digest") or "",
            organization_id=doc.get("organizationId") or "",
            subscriber_id=doc.get("subscriberId") or "",
            subscription_ids=doc.get("subscriptionIds") or (),
        )
