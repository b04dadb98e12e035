"""Every module with operations. A new module is one line here, and `make openapi`."""

from importlib import import_module

from chalicelib.kit.http.operations import Router

MODULES = (
    "functions.meter.ai.completions",
    "functions.meter.ai.media",
    "functions.meter.tool.events",
    "functions.meter.events",
    "functions.meter.apis",
    "functions.meter.otlp",
    "functions.api.analytics.jobs",
    "functions.api.analytics.reports",
    "functions.api.status",
    "functions.profitstream.sources.ai.models",
    "functions.profitstream.sources.ai.pricing",
    "functions.profitstream.audit",
    "functions.profitstream.credentials",
    "functions.profitstream.invoices",
    "functions.profitstream.jobs",
    "functions.profitstream.metering_element_definitions",
    "functions.profitstream.organizations",
    "functions.profitstream.period_charges",
    "functions.profitstream.products",
    "functions.profitstream.sources.metrics.ai.calls",
    "functions.profitstream.sources.metrics.ai.completions",
    "functions.profitstream.sources.metrics.ai.dashboards",
    "functions.profitstream.sources.metrics.ai.media",
    "functions.profitstream.sources.metrics.ai.reports",
    "functions.profitstream.sources.metrics.ai.trace_types",
    "functions.profitstream.sources.metrics.ai.traces",
    "functions.profitstream.sources.metrics.apis",
    "functions.profitstream.sources.metrics.tool.events",
    "functions.profitstream.sources.sources",
    "functions.profitstream.squads",
    "functions.profitstream.subscribers",
    "functions.profitstream.subscriptions",
    "functions.profitstream.teams",
    "functions.profitstream.tenants",
    "functions.profitstream.tools",
    "functions.profitstream.users",
    "functions.v2.sdk",
    "functions.profitstream.ai.cost_controls",
    "functions.profitstream.ai.enforcement_events",
    "functions.profitstream.ai.enforcement_rules",
    "functions.open.service",
)
"""Named, not imported: a function that starts imports the modules whose operations are called, see
routes.py."""


def routers() -> tuple[Router, ...]:
    """The operations of all modules, which are imported by it."""
    return tuple(import_module(module).router for module in MODULES)
