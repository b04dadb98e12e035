"""The wire of what was metered, call by call. Times are UTC, amounts USD."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field, RootModel

from chalicelib.catalog.personal import UserPageQuery
from chalicelib.catalog.subscription_schemas import Number
from chalicelib.resources.schemas import (
    Currency,
    HalLinks,
    PageQuery,
    ResourceReference,
    Wire,
    build_page_model,
)


class TotalCost(RootModel[str]):
    """USD, as a bare text."""


class UsageQuery(Wire):
    """The days to add up, both inclusive; the current month when they are absent."""

    startDate: date | None = None
    endDate: date | None = None


class DerivedSourceMetricQuery(UserPageQuery):
    """Which calls of a user; without instants, those of the current month."""

    start: datetime | None = None
    end: datetime | None = None


class DerivedSourceMetricResource(Wire):
    """One call that is charged to a user."""

    id: str
    label: str | None = None
    resourceType: str = "derived_source_metric"
    created: datetime
    transactionId: str | None = None
    source: ResourceReference | None = None
    product: ResourceReference | None = None
    subscription: ResourceReference | None = None
    credential: ResourceReference | None = None
    user: ResourceReference | None = None
    charge: Number | None = None
    currency: Currency | None = None
    callCount: int | None = 1
    timestamp: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


DerivedSourceMetricResourcePage = build_page_model(
    "DerivedSourceMetricResourcePage",
    "derivedSourceMetricResourceList",
    DerivedSourceMetricResource,
)


class ProductResourceUsage(Wire):
    """Recorded use of a resource that was provisioned; none is, so far."""

    id: str
    resourceType: str = "product_resource_usage"
    product: ResourceReference | None = None
    source: ResourceReference | None = None
    subscription: ResourceReference | None = None
    usage: Number = Decimal(0)
    startDate: datetime
    endDate: datetime | None = None
    links: HalLinks | None = Field(None, alias="_links")


ProductResourceUsagePage = build_page_model(
    "ProductResourceUsagePage", "productResourceUsageResourceList", ProductResourceUsage
)


class ResourceUsageQuery(PageQuery):
    """Which use."""

    startDate: datetime | None = None
    endDate: datetime | None = None
