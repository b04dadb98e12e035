"""The catalogue: every report, declared in a line or two.

A report groups the calls of a window by a dimension and shows one cost a group: over time, or for the whole window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.reports.dimensions import AGENT, API_KEY, MODEL, ORGANIZATION, PRODUCT, PROVIDER, TEAM, Dimension


@dataclass(frozen=True, slots=True)
class Report:
    """`slug` is the last part of the path. `filters` maps query parameters to columns. `runs` adds a second metric, the
    number of calls."""

    slug: str
    label: str
    dimension: Dimension
    series: bool = True
    filters: Mapping[str, str] = field(default_factory=dict)
    runs: bool = False

    @property
    def metric(self) -> str:
        """The metricType of its cost; clients know from the word COST that it is money."""
        name = self.dimension.name.replace("-", "_").upper()
        return f"COST_BY_{name}_OVER_TIME" if self.series else f"COST_METRIC_BY_{name}"


AGENTS = {"agents": "agent"}
PRODUCTS = {"products": "product"}
MODELS = {"models": "model", "providers": "provider"}
SOURCE = {"costSource": "cost_source"}

COST_BY_AGENT = Report("cost-by-agent", "Agent cost over time", AGENT, filters=AGENTS | SOURCE)
COST_BY_API_KEY = Report("cost-by-api-key", "API key cost over time", API_KEY)
COST_BY_MODEL = Report("cost-by-model", "Model cost over time", MODEL, filters=MODELS)
COST_BY_ORGANIZATION = Report("cost-by-organization", "Organization cost over time", ORGANIZATION)
COST_BY_PRODUCT = Report("cost-by-product", "Product cost over time", PRODUCT, filters=PRODUCTS | SOURCE)
COST_BY_PROVIDER = Report("cost-by-provider", "Provider cost over time", PROVIDER)
COST_BY_TEAM = Report("cost-by-team", "Team cost over time", TEAM)

AGENT_COST = Report("cost-by-agent-aggregated", "Agent cost", AGENT, series=False, filters=AGENTS | SOURCE)
API_KEY_COST = Report("cost-by-api-key-aggregated", "API key cost", API_KEY, series=False)
MODEL_COST = Report("cost-by-model-aggregated", "Model cost", MODEL, series=False)
ORGANIZATION_COST = Report("cost-by-organization-aggregated", "Organization cost", ORGANIZATION, series=False)
PRODUCT_COST = Report("cost-by-product-aggregated", "Product cost", PRODUCT, series=False, filters=SOURCE, runs=True)
PROVIDER_COST = Report("cost-by-provider-aggregated", "Provider cost", PROVIDER, series=False)

REPORTS = (
    COST_BY_AGENT, COST_BY_API_KEY, COST_BY_MODEL, COST_BY_ORGANIZATION, COST_BY_PRODUCT, COST_BY_PROVIDER,
    COST_BY_TEAM, AGENT_COST, API_KEY_COST, MODEL_COST, ORGANIZATION_COST, PRODUCT_COST, PROVIDER_COST,
)  # fmt: skip
