"""The wire of subscriptions."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from chalicelib.catalog.product_schemas import Fraction
from chalicelib.kit.clock import millis, parse_instant
from chalicelib.resources.schemas import (
    READ_ONLY,
    Name,
    RecordMembers,
    ResourceReference,
    TeamQuery,
    Text,
    Wire,
    build_page_model,
    nullable_words,
)

_LAST = parse_instant("9999-12-31T23:59:59.999Z")


def _moment(moment: datetime) -> datetime:
    if not 0 <= millis(moment) <= _LAST:
        raise ValueError("not between the years 1970 and 9999")
    return moment


Moment = Annotated[datetime, AfterValidator(_moment)]
"""What periods are counted from, and up to."""
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""Decimal inside, a number on the wire."""
Aggregation = Literal["SUM", "COUNT", "MAXIMUM", "AVERAGE", "UNIQUE", "DISTINCT", "LAST_RECEIVED"]


class RatingTierQuota(Wire):
    """How much of a tier is used."""

    lowerTierQuotaLimit: Number | None = None
    tierId: str | None = None
    tierName: str | None = None
    tierQuota: Number | None = None
    tierQuotaConsumed: Number | None = None
    wentOverTierQuota: bool | None = None


class RatingAggregationQuota(Wire):
    """How much of what one element counts is used in the running period."""

    elementDefinitionDescription: str | None = None
    elementDefinitionId: str | None = None
    elementDefinitionName: str | None = None
    ratingAggregationDistinctValue: str | None = None
    ratingAggregationId: str | None = None
    ratingAggregationName: str | None = None
    ratingAggregationType: Annotated[Aggregation | None, nullable_words(Aggregation)] = None
    tierQuotas: list[RatingTierQuota] | None = None
    totalQuotaConsumed: Number | None = None


class SubscriptionResource(RecordMembers):
    """A subscriber's contract for a product."""

    name: Name
    account: Annotated[ResourceReference | None, READ_ONLY] = None
    accountId: Text | None = None
    additionalInvoiceRecipients: list[str] | None = None
    allowImmediateCancellation: bool | None = None
    charge: Number | None = Field(None, description="of the product's plan; ignored on write")
    client: Annotated[ResourceReference | None, READ_ONLY] = None
    clientEmailAddress: Text | None = Field(
        None, description="older name of subscriberEmail", json_schema_extra={"deprecated": True}
    )
    credentialIds: list[str] | None = None
    credentials: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    expiration: Moment | None = None
    externalQuoteId: Text | None = None
    identityProvider: Text | None = None
    namedOrganizationIds: list[str] | None = None
    namedOrganizations: Annotated[list[ResourceReference] | None, READ_ONLY] = None
    namedSubscribers: list[str] | None = None
    notificationAddressesOnCreation: list[str] | None = None
    notificationAddressesOnQuotaThreshold: list[str] | None = None
    organization: Annotated[ResourceReference | None, READ_ONLY] = None
    organizationId: str | None = Field(
        None, description="without it, the organization Unclassified"
    )
    owner: Annotated[ResourceReference | None, READ_ONLY] = None
    ownerId: str | None = None
    periodCallCountConsumed: Annotated[Number | None, READ_ONLY] = None
    periodEnd: datetime | None = Field(None, description="of the running period; ignored on write")
    periodStart: datetime | None = Field(
        None, description="of the running period; ignored on write"
    )
    product: Annotated[ResourceReference | None, READ_ONLY] = None
    productId: str | None = None
    provisionedCredentialExternalId: Annotated[str | None, READ_ONLY] = Field(
        None,
        description="in the answer to a create with includeRelatedResources=true, and never again",
    )
    quotaNotificationThreshold: Annotated[Number | None, READ_ONLY] = None
    quotas: Annotated[list[RatingAggregationQuota] | None, READ_ONLY] = None
    sendToSubscriber: bool | None = None
    start: Moment | None = Field(None, description="now, when it is not given")
    subscriberEmail: Text | None = None
    subscriberId: str | None = Field(
        None, description="chooses the subscriber by id", json_schema_extra={"writeOnly": True}
    )
    subscriptionId: Text | None = None
    tags: list[str] | None = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None
    teamId: str | None = None
    tierQuotaNotificationThreshold: Fraction | None = Field(
        None, description="the product's, when it is not given"
    )
    trialEnd: Moment | None = Field(None, description="made from the plan, when it is not given")
    wentOverSubscriptionQuota: bool | None = None


SubscriptionResourcePage = build_page_model(
    "SubscriptionResourcePage", "subscriptionResourceList", SubscriptionResource
)


class SubscriptionPatchResource(Wire):
    """Where a subscription moves to."""

    productId: str


class CreateSubscriptionQuery(TeamQuery):
    """What a create may be asked."""

    includeRelatedResources: bool = False
