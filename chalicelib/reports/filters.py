"""Filters: the query parameters that narrow reports, and the columns that they narrow."""

from chalicelib.lake.dimensions import (
    AGENT,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    TOOL,
    TOOL_PROVIDER,
    USER,
)
from chalicelib.reports.declarations import Filter

AGENTS = Filter("agents", AGENT.column)
PRODUCTS = Filter("products", PRODUCT.column)
MODELS = Filter("models", MODEL.column)
PROVIDERS = Filter("providers", PROVIDER.column)
USERS = Filter("users", USER.column)
CUSTOMERS = Filter("customers", ORGANIZATION.column)
TOOLS = Filter("toolIds", TOOL.column)
TOOL_PROVIDERS = Filter("providers", TOOL_PROVIDER.column)
COST_SOURCE = Filter("costSource", "cost_source", ("revenium_metered", "provider_billing"))
COST_SOURCES = Filter(
    "costSources",
    "cost_source",
    ("coding_assistant", "revenium_metered", "provider_billing"),
    ("coding_assistant",),
)
