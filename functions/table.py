"""Every module with doors. A new module is one line here, and `make openapi`."""

from importlib import import_module

from chalicelib.kit.http.doors import Doors

MODULES = (
    "functions.meter.completions",
    "functions.meter.media",
    "functions.meter.tool_events",
    "functions.meter.events",
    "functions.meter.apis",
    "functions.meter.otlp",
    "functions.api.analytics.changes",
    "functions.api.analytics.cost_by",
    "functions.api.analytics.customers",
    "functions.api.analytics.filter_options",
    "functions.api.analytics.jobs",
    "functions.api.analytics.performance",
    "functions.api.analytics.throughput",
    "functions.api.analytics.tools",
    "functions.api.status",
    "functions.profitstream.sources.ai_models",
    "functions.profitstream.sources.ai_pricing",
    "functions.profitstream.credentials",
    "functions.profitstream.invoices",
    "functions.profitstream.jobs",
    "functions.profitstream.metering_element_definitions",
    "functions.profitstream.organizations",
    "functions.profitstream.period_charges",
    "functions.profitstream.products",
    "functions.profitstream.sources.registered",
    "functions.profitstream.subscribers",
    "functions.profitstream.subscriptions",
    "functions.profitstream.teams",
    "functions.profitstream.tenants",
    "functions.profitstream.tools",
    "functions.profitstream.users",
    "functions.v2.sdk",
    "functions.v2.enforcement",
    "functions.open.service",
)
"""Named, not imported: a function that starts imports the modules whose doors are knocked at, see routes.py."""


def declared() -> tuple[Doors, ...]:
    """The doors of all modules, which are imported by it."""
    return tuple(import_module(module).doors for module in MODULES)
