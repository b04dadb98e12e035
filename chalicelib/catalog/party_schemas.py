"""What organizations and subscribers look like on the wire: both are parties."""

from typing import Annotated

from pydantic import Field

from chalicelib.resources.schemas import (
    READ_ONLY,
    Currency,
    Name,
    PeriodUnit,
    RecordMembers,
    ResourceReference,
    Text,
)


class PartyMembers(RecordMembers):
    """Whom one deals with, and where they are."""

    name: Name
    address1: Text | None = None
    address2: Text | None = None
    billingEmail: Text | None = None
    billingPhoneNumber: Text | None = None
    callCountElementDefinition: Annotated[ResourceReference | None, READ_ONLY] = None
    city: Text | None = None
    country: Text | None = None
    currency: Currency | None = None
    domainAliases: list[str] | None = None
    elementDefinitionAutoDiscoveryEnabled: bool | None = None
    emailAddress: Text | None = None
    externalId: Text | None = None
    logo: Annotated[str | None, READ_ONLY] = None
    metadata: Text | None = None
    parent: Annotated[ResourceReference | None, READ_ONLY] = None
    parentId: str | None = None
    phoneNumber: Text | None = None
    postalCode: Text | None = None
    remittanceInstructions: Text | None = None
    sourceAutoDiscoveryEnabled: bool | None = None
    state: Text | None = None
    tenant: Annotated[ResourceReference | None, READ_ONLY] = None
    tenantId: str | None = None
    url: Text | None = None


class HoldingPeriod(PartyMembers):
    """How long invoices wait before they are sent."""

    invoiceHoldingPeriod: PeriodUnit | None = None
    invoiceHoldingPeriodCount: int | None = Field(None, ge=0, le=3_650)
