"""The wire of products."""

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from chalicelib.catalog.plan_schemas import ProductPlan, SetupFee
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    PeriodUnit,
    RecordMembers,
    ResourceReference,
    Text,
    Wire,
    build_page_model,
    nullable_words,
)

_VERSION = r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(-[0-9A-Za-z.-]{1,64})?$"


def _version(text: str) -> str:
    if text.endswith("\n") or not re.search(_VERSION, text):
        raise ValueError("a version is MAJOR.MINOR.PATCH, with a -suffix before a release")
    return text


Version = Annotated[
    str, AfterValidator(_version), WithJsonSchema({"type": "string", "pattern": _VERSION})
]
Fraction = Annotated[
    Decimal,
    Field(ge=0, le=1, decimal_places=9),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]


Audience = Literal["USER", "ORGANIZATION"]
PaymentSource = Literal[
    "EXTERNAL_PAYMENT_NOTIFICATION", "PAYMENT_VIA_PAYMENT_PROVIDER", "INVOICE_ONLY_NO_PAYMENT"
]


class ProductTerms(Wire):
    """Terms that come with a product."""

    link: str
    order: int
    terms: str


class PerformanceDefinition(Wire):
    """How much a product lets through."""

    description: str
    maxRequests: int
    name: str
    timePeriod: int
    timeUnit: Literal[
        "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS", "MONTHS", "YEARS"
    ]


class ProductInvoiceManagement(Wire):
    """How often an unpaid invoice is sent again."""

    numberOfResends: int
    resendPeriod: PeriodUnit
    resendPeriodCount: int


class ProductResource(RecordMembers):
    """A product."""

    name: Name
    version: Version
    apimConfigurationId: Text | None = None
    apimGroupId: Text | None = None
    audienceRestriction: Annotated[Audience | None, nullable_words(Audience)] = None
    code: Text | None = None
    comingSoon: bool | None = None
    comingSoonText: Text | None = None
    description: Text | None = None
    descriptionAsHTML: Annotated[str | None, READ_ONLY] = None
    displayPriority: int | float | None = None
    environment: Annotated[ResourceReference | None, READ_ONLY] = None
    environmentId: Text | None = None
    externalId: Text | None = None
    externalLabel: Text | None = None
    invoiceManagement: ProductInvoiceManagement | None = None
    logo: Annotated[str | None, READ_ONLY] = None
    logoByteArray: Annotated[str | None, READ_ONLY] = None
    meteringModels: list[Literal["TRANSACTIONAL", "RESOURCE"]] | None = None
    notificationAddressesOnInvoice: list[str] | None = None
    notifyClientOnInvoice: bool | None = None
    notifyClientTrialAboutToExpire: bool | None = None
    owner: Annotated[ResourceReference | None, READ_ONLY] = None
    ownerId: str | None = None
    paymentConfigurationId: Text | None = None
    paymentSource: Annotated[PaymentSource | None, nullable_words(PaymentSource)] = None
    performanceDefinition: PerformanceDefinition | None = None
    plan: ProductPlan | None = None
    portalId: Text | None = None
    portalLabel: Text | None = None
    preview: bool | None = None
    pricingDescription: Text | None = None
    pricingDescriptionAsHTML: Annotated[str | None, READ_ONLY] = None
    published: bool | None = None
    setupFees: list[SetupFee] | None = Field(
        None, description="older place of plan.setupFees", json_schema_extra={"writeOnly": True}
    )
    shortDescription: Text | None = None
    shortDescriptionAsHTML: Annotated[str | None, READ_ONLY] = None
    sourceConfiguration: Annotated[ResourceReference | None, READ_ONLY] = None
    sourceConfigurationId: Text | None = None
    sourceIds: list[str] | None = None
    sources: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    syncedToGateway: bool | None = None
    tags: list[str] | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = None
    terms: list[ProductTerms] | None = None
    tierQuotaNotificationThreshold: Fraction | None = None


ProductResourcePage = build_page_model(
    "ProductResourcePage", "productResourceList", ProductResource
)
