"""Products and subscriptions as they are stored, read once from their records.

Instants are UTC epoch milliseconds. Texts that nobody has stated are empty, as are lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.catalog.plan_records import Plan
from chalicelib.ports.documents import Record


@dataclass(frozen=True, slots=True)
class Product:
    """A product. One that metering made knows nothing but its name.

    `threshold` is the share of a tier's quota, as decimal text from 0 to 1, from which on the
    customer is warned. `sends_invoices`: frozen invoices are sent to the customer, and to
    `invoice_addresses`.
    """

    id: str
    name: str
    version: str
    plan: Plan | None
    source_ids: Sequence[str]
    owner_id: str
    payment_source: str
    threshold: str | None
    is_in_gateway: bool
    sends_invoices: bool
    invoice_addresses: Sequence[str]

    @classmethod
    def of(cls, record: Record) -> "Product":
        """The product of its record."""
        doc = record.doc
        plan = doc.get("plan")
        return cls(
            id=record.id,
            name=record.name,
            version=doc.get("version") or "",
            plan=Plan.of(plan) if plan else None,
            source_ids=doc.get("sourceIds") or (),
            owner_id=doc.get("ownerId") or "",
            payment_source=doc.get("paymentSource") or "",
            threshold=doc.get("tierQuotaNotificationThreshold"),
            is_in_gateway=bool(doc.get("syncedToGateway")),
            sends_invoices=bool(doc.get("notifyClientOnInvoice")),
            invoice_addresses=doc.get("notificationAddressesOnInvoice") or (),
        )


@dataclass(frozen=True, slots=True)
class ProductChange:
    """From the instant `at` on the subscription is to a product, in periods that are counted from
    the instant `anchor`."""

    at: int
    product_id: str
    anchor: int

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "ProductChange":
        """The change of a stored subscription."""
        return cls(doc["at"], doc["productId"], doc["anchor"])


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
