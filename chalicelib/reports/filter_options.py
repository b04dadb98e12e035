"""Filter options: the values of dimensions that occur in a window, from which callers choose what
to filter by."""

from dataclasses import replace

from chalicelib.lake.dimensions import (
    AGENT,
    API_KEY,
    CUSTOMER,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    SOURCE,
    TASK,
    TEAM,
    TOOL,
    TOOL_PROVIDER,
    USER,
    VENDOR,
    Dimension,
)
from chalicelib.reports.declarations import AnswerShape, Report
from chalicelib.reports.facts import CALLS, text
from chalicelib.reports.filters import COST_SOURCES
from chalicelib.reports.metrics import RUNS, TOOL_RUNS, Metric, Stat


def _options(slug: str, label: str, by: Dimension, count: Stat = RUNS) -> Report:
    """The values of a dimension."""
    return Report(
        f"filter-options/{slug}",
        f"{label} seen in the window",
        (replace(by, absent=None, named=None),),
        (Metric(label, slug, count),),
        shape=AnswerShape.OPTIONS,
    )


def _pairs(slug: str, label: str, by: Dimension) -> Report:
    """The values of a dimension with their ids."""
    report = _options(slug, label, by)
    ids = {"id": text(CALLS, by.ident)}
    return replace(
        report, metrics=(Metric(label, slug, RUNS, attributes=ids),), shape=AnswerShape.PAIRS
    )


FILTER_OPTIONS = (
    _options("agents", "Agents", AGENT),
    _pairs("api-keys", "API keys", API_KEY),
    _pairs("customers", "Customers", CUSTOMER),
    _options("models", "Models", MODEL),
    _options("model-sources", "Model sources", SOURCE),
    _pairs("organizations", "Organizations", ORGANIZATION),
    _pairs("products", "Products", PRODUCT),
    _options("providers", "AI providers", PROVIDER),
    _options("task-types", "Task types", TASK),
    _options("teams", "Teams", TEAM),
    _options("tool-providers", "Tool providers", TOOL_PROVIDER, TOOL_RUNS),
    _options("tools", "Tools", TOOL, TOOL_RUNS),
    replace(_options("users", "Subscriber emails", USER), filters=(COST_SOURCES,)),
    _options("vendors", "Vendors", VENDOR),
)
