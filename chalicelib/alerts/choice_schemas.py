"""The wire of the values that filters of rules may name."""

from pydantic import Field

from chalicelib.alerts.vocabulary import DataSource
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType
from chalicelib.resources.schemas import PageBlock, PageQuery, Wire


class FilterValuesQuery(PageQuery):
    """Which values: of which dimension, and how they begin."""

    dimension: AlertDimension = AlertDimension.PROVIDER
    prefix: str | None = Field(None, description="how a value begins, whatever the case")


class FilterValues(Wire):
    """Values that calls of the last 90 days had, by name. `total`: how many begin so."""

    dimension: AlertDimension
    items: list[str]
    total: int
    page: PageBlock


class ProviderDimensionsQuery(PageQuery):
    """Which of them."""

    query: str | None = Field(None, description="found in a name")


class ProviderDimension(Wire):
    """Something that a rule on providers' bills may name."""

    id: str | None = None
    name: str


class ProviderDimensionList(Wire):
    """Some of one kind."""

    items: list[ProviderDimension]
    total: int


class ProviderDimensions(Wire):
    """All kinds: what stood on providers' bills in the last 90 days."""

    providers: list[ProviderDimension]
    workspaces: list[ProviderDimension]
    apiKeys: list[ProviderDimension]
    models: list[ProviderDimension]
    metrics: list[AlertMetricType]
    dataSource: DataSource
