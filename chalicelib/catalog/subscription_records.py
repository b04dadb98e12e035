"""Stored subscriptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.catalog.records import ProductChange
from chalicelib.ports.documents import Record


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber's contract for a product.

    `subscriber_email` is the address that the subscriber had at the last write; `number` is what
    clients call the subscription (`subscriptionId`). `trial_end` and `expiration` are None where
    there is none. `product_changes` has at least one, the oldest first; the first one stands at the
    start. `leaves_at_once`: the customer may leave within a period and pays for the part of it.
    """

    id: str
    name: str
    number: str
    product_id: str
    subscriber_id: str
    subscriber_email: str
    organization_id: str
    owner_id: str
    credential_ids: Sequence[str]
    start: int
    trial_end: int | None
    expiration: int | None
    product_changes: Sequence[ProductChange]
    threshold: str | None
    leaves_at_once: bool
    invoice_addresses: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Subscription":
        """The subscription of its record."""
        doc = record.doc
        return cls(
            id=record.id,
            name=doc.get("name") or "",
            number=doc.get("subscriptionId") or "",
            product_id=doc["productId"],
            subscriber_id=doc.get("subscriberId") or "",
            subscriber_email=doc.get("subscriberEmail") or "",
            organization_id=doc.get("organizationId") or "",
            owner_id=doc.get("ownerId") or "",
            credential_ids=doc.get("credentialIds") or (),
            start=doc["start"],
            trial_end=doc.get("trialEnd"),
            expiration=doc.get("expiration"),
            product_changes=[ProductChange.of(each) for each in doc["productChanges"]],
            threshold=doc.get("tierQuotaNotificationThreshold"),
            leaves_at_once=doc.get("allowImmediateCancellation") is not False,
            invoice_addresses=doc.get("additionalInvoiceRecipients") or (),
        )
