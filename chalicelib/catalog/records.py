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
