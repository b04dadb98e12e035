"""The catalogue: every report, declared in a line or two.

A report groups the rows of a window by a dimension and shows a metric or more of each group: over
time, or for the whole window. Without a dimension, each metric is a group of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from chalicelib.lake.dimensions import (
    AGENT,
    API_KEY,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    SOURCE,
    TASK,
    TEAM,
    TOOL,
    TOOL_PROVIDER,
    TRACE,
    USER,
    Dimension,
)
from chalicelib.reports import facts, metrics
from chalicelib.reports.facts import CALLS, TOOL_CALLS, Kept, text
from chalicelib.reports.measures import Measure
from chalicelib.reports.metrics import (
    RUNS,
    TOOL_COST,
    TOOL_RUNS,
    TOOL_TIME,
    Metric,
    Stat,
    Sum,
    Unit,
    cost,
    duration,
)


class Shape(StrEnum):
    """How the answer looks."""

    SERIES = "series"
    TOTAL = "total"
    OPTIONS = "options"
    """Names alone."""
    PAIRS = "pairs"
    """Names with their ids."""
    MOVERS = "movers"
    AGENT_TOOLS = "agent-tools"
    ICEBERG = "iceberg"
    TRACES = "traces"


class Order(StrEnum):
    """Which groups come first."""

    LARGEST = "largest"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Filter:
    """A repeatable query parameter and the column that it narrows. `options`: the only values there
    are; `default`: what holds when it is absent."""

    parameter: str
    column: str
    options: tuple[str, ...] = ()
    default: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A query parameter whose value changes the declaration: each option names what it replaces."""

    parameter: str
    default: str
    options: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """`slug` is the last part of the path. `asked` is what the query parameter metricType is when
    it is absent; None: there is no such parameter. `most` limits the groups that are shown, `kept`
    those that the lake hands out at all. `parameters` are further query parameters with their
    types, all optional."""

    slug: str
    label: str
    by: tuple[Dimension, ...]
    metrics: tuple[Metric, ...]
    shape: Shape = Shape.TOTAL
    filters: tuple[Filter, ...] = ()
    asked: Measure | None = Measure.SUM
    order: Order = Order.LARGEST
    most: int | None = None
    kept: Kept | None = None
    choice: Choice | None = None
    parameters: Mapping[str, type] = field(default_factory=dict)

    @property
    def is_money(self) -> bool:
        """Whether prices that are not known are missing in it."""
        return any(metric.formula.is_money for metric in self.metrics)

    @property
    def heeds(self) -> bool:
        """Whether metricType makes a difference."""
        return any(metric.formula.heeds for metric in self.metrics)

    def chosen(self, value: str | None) -> "Report":
        """The report as the choice of a caller makes it."""
        return (
            replace(self, **self.choice.options[value or self.choice.default])
            if self.choice
            else self
        )


VENDOR = replace(PROVIDER, name="vendor")
CUSTOMER = replace(ORGANIZATION, name="customer")

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
Filters = tuple[Filter, ...]


def _word(name: str) -> str:
    return name.replace("-", "_").upper()


def _series(
    by: Dimension, label: str, filters: Filters = (), slug: str = "", formula: Stat | None = None
) -> Report:
    """A cost over time: one metric a group, because clients add up all of a group."""
    metric = Metric("Cost", f"COST_BY_{_word(by.name)}_OVER_TIME", formula or cost())
    return Report(
        slug or f"cost-by-{by.name}",
        f"{label} cost over time",
        (by,),
        (metric,),
        Shape.SERIES,
        filters,
    )


def _total(
    by: Dimension, label: str, filters: Filters = (), slug: str = "", formula: Stat | None = None
) -> Report:
    """A cost of the whole window."""
    metric = Metric("Cost", f"COST_METRIC_BY_{_word(by.name)}", formula or cost())
    slug = slug or f"cost-by-{by.name}-aggregated"
    return Report(slug, f"{label} cost, window total", (by,), (metric,), filters=filters)


def _with_runs(report: Report) -> Report:
    return replace(
        report,
        label=f"{report.label}, and runs",
        metrics=(*report.metrics, Metric("Runs", "runs", RUNS)),
    )


def _both(
    by: Dimension, label: str, filters: Filters = (), total_filters: Filters = ()
) -> tuple[Report, Report]:
    return _series(by, label, filters), _total(by, label, total_filters)


_USER_METRICS = (
    Metric("Cost", "COST_METRIC_BY_USER", cost(Measure.SUM)),
    Metric("Requests", "REQUEST_METRIC_BY_USER", RUNS),
    Metric("Tokens", "TOKEN_METRIC_BY_USER", metrics.tokens("total_tokens")),
)
_USER_FILTERS = (COST_SOURCES, AGENTS, PROVIDERS, MODELS, USERS)
_CUSTOMERS = (CUSTOMERS,)

COSTS = (
    *_both(AGENT, "Agent", (AGENTS, COST_SOURCE), (AGENTS, COST_SOURCE)),
    *_both(API_KEY, "API key"),
    *_both(MODEL, "Model", (MODELS, PROVIDERS)),
    *_both(ORGANIZATION, "Organization"),
    _series(PRODUCT, "Product", (PRODUCTS, COST_SOURCE)),
    _with_runs(_total(PRODUCT, "Product", (COST_SOURCE,))),
    *_both(PROVIDER, "Provider"),
    _series(TASK, "Task type", (COST_SOURCE,)),
    _with_runs(_total(TASK, "Task type", (COST_SOURCE,))),
    _series(TEAM, "Team"),
    _total(VENDOR, "Vendor", slug="cost-by-vendor"),
    Report("cost-by-user", "User cost, requests and tokens over time", (USER,), _USER_METRICS, Shape.SERIES,
           _USER_FILTERS),
    Report("cost-by-user-aggregated", "User cost, requests and tokens, window total", (USER,), _USER_METRICS,
           filters=_USER_FILTERS),
)  # fmt: skip

CUSTOMER_REPORTS = (
    _series(CUSTOMER, "Customer", _CUSTOMERS, "customer-cost"),
    _total(CUSTOMER, "Customer", _CUSTOMERS, "customer-cost-aggregated"),
    _total(CUSTOMER, "Customer", _CUSTOMERS, "cost-per-customer"),
    Report("revenue-per-customer", "Revenue by customer", (CUSTOMER,),
           (Metric("Revenue", "REVENUE_MONEY_BY_CUSTOMER", metrics.revenue()),)),
    Report("revenue-per-product", "Revenue by product", (PRODUCT,),
           (Metric("Revenue", "REVENUE_MONEY_BY_PRODUCT", metrics.revenue()),)),
    Report("profit-margin-per-customer", "Profit margin by customer", (CUSTOMER,),
           (Metric("Profit margin", "PROFIT_MARGIN_BY_CUSTOMER", metrics.MARGIN),)),
    Report("profit-margin-per-product", "Profit margin by product", (PRODUCT,),
           (Metric("Profit margin", "PROFIT_MARGIN_BY_PRODUCT", metrics.MARGIN),)),
)  # fmt: skip

_TOOL_KIND = {
    "toolType": text(TOOL_CALLS, "tool_type"),
    "toolProvider": text(TOOL_CALLS, "tool_provider"),
}
_TOKENS_AND_TOOLS = (
    Metric("Token Costs", "TOKEN_COST_OVER_TIME", cost(Measure.SUM)),
    Metric("Tool Costs", "TOOL_COST_OVER_TIME", TOOL_COST),
)

TOOL_REPORTS = (
    _series(TOOL, "Tool", (TOOLS,), formula=TOOL_COST),
    Report("cost-by-tool-aggregated", "Tool cost, window total", (TOOL,),
           (Metric("Cost", "COST_METRIC_BY_TOOL", TOOL_COST, attributes=_TOOL_KIND),)),
    Report("cost-by-tool-agent", "Tool cost by agent", (AGENT,),
           (Metric("Cost", "COST_METRIC_BY_TOOL_AGENT", TOOL_COST),)),
    _series(TOOL_PROVIDER, "Tool provider", (TOOL_PROVIDERS,), formula=TOOL_COST),
    _total(TOOL_PROVIDER, "Tool provider", formula=TOOL_COST),
    Report("token-vs-tool-cost", "Token cost against tool cost over time", (), _TOKENS_AND_TOOLS, Shape.SERIES),
    Report("tool-latency", "Tool execution time", (TOOL,), (Metric("Latency, ms", "TOOL_LATENCY", TOOL_TIME),)),
    Report("tool-success-rate", "Tool success rate", (TOOL,),
           (Metric("Success rate", "TOOL_SUCCESS_RATE_PERCENTAGE", metrics.SUCCESS_RATE),), order=Order.SMALLEST),
    Report("top-tools-by-call-count", "Most called tools", (TOOL,),
           (Metric("Calls", "TOP_TOOLS_BY_CALL_COUNT", TOOL_RUNS),), most=20),
    Report("agent-tool-breakdown", "Cost per agent and tool pair", (AGENT, TOOL),
           (Metric("Cost", "totalCost", TOOL_COST, attributes={"toolType": text(TOOL_CALLS, "tool_type")}),
            Metric("Calls", "totalCalls", TOOL_RUNS)), Shape.AGENT_TOOLS),
    Report("iceberg-cost-by-agent", "Token cost above, tool cost below, per agent", (AGENT, TOOL), _TOKENS_AND_TOOLS,
           Shape.ICEBERG),
)  # fmt: skip

_TASK_COUNT = Metric("Completed Tasks", "TASK_COMPLETION", RUNS)

PERFORMANCE = (
    Report("avg-time-by-agent", "Call duration by agent", (AGENT,),
           (Metric("Duration, s", "AVG_TIME_BY_AGENT", duration(Unit.SECONDS)),), asked=Measure.AVG),
    Report("response-time-by-model", "Response time by model", (MODEL,),
           (Metric("Duration, s", "RESPONSE_TIME_BY_MODEL", duration(Unit.SECONDS)),), asked=Measure.AVG),
    Report("response-time-by-vendor", "Response time by vendor", (VENDOR,),
           (Metric("Duration, s", "RESPONSE_TIME_BY_VENDOR", duration(Unit.SECONDS)),), asked=Measure.AVG),
    Report("task-performance-by-agent", "Task duration by agent", (AGENT,),
           (Metric("Duration, ms", "TASK_PERFORMANCE_BY_AGENT", duration(Unit.PLAIN)),), asked=Measure.AVG),
    Report("task-completion", "Completed tasks over time", (), (_TASK_COUNT,), Shape.SERIES, (AGENTS,)),
    Report("task-completion-aggregated", "Completed tasks, window total", (), (_TASK_COUNT,), filters=(AGENTS,)),
    Report("tasks-completed-by-agent", "Completed tasks by agent", (AGENT,),
           (Metric("Completed Tasks", "TASKS_COMPLETED_BY_AGENT", RUNS),)),
    Report("transaction-count-by-team", "Transactions, window total", (),
           (Metric("Transaction Count", "TRANSACTION_COUNT_BY_TEAM", RUNS),)),
)  # fmt: skip

_TOKEN_TYPES = {
    "INPUT": "input_tokens",
    "OUTPUT": "output_tokens",
    "REASONING": "reasoning_tokens",
    "CACHED": "cache_read_tokens",
    "TOTAL": "total_tokens",
}


def _token_rate(kind: str) -> Metric:
    formula = metrics.tokens_per_minute(_TOKEN_TYPES[kind])
    return Metric(
        "Tokens per minute", "TOKENS_PER_MINUTE_BY_PROVIDER", formula, {"tokenType": kind}
    )


_TOKEN_TYPE = Choice(
    "tokenType", "TOTAL", {kind: {"metrics": (_token_rate(kind),)} for kind in _TOKEN_TYPES}
)
_RATE = (_token_rate("TOTAL"),)

THROUGHPUT = (
    Report("tokens-per-minute", "Token throughput by provider over time", (PROVIDER,), _RATE, Shape.SERIES,
           (PROVIDERS,), asked=None, choice=_TOKEN_TYPE),
    Report("tokens-per-minute-aggregated", "Mean token throughput by provider", (PROVIDER,), _RATE,
           filters=(PROVIDERS,), asked=None, choice=_TOKEN_TYPE),
    Report("token-breakdown-by-type", "Tokens by type over time", (),
           tuple(Metric(kind, "TOKEN_BREAKDOWN_BY_TYPE", metrics.tokens(_TOKEN_TYPES[kind]), {"tokenType": kind})
                 for kind in _TOKEN_TYPES if kind != "TOTAL"), Shape.SERIES, (PROVIDERS,)),
)  # fmt: skip

_MOVERS = {"model": MODEL, "agent": AGENT, "product": PRODUCT, "customer": CUSTOMER}
_TRACE_METRICS = (
    Metric(
        "Cost",
        "totalCost",
        Sum(facts.FULL_COST, Unit.USD),
        attributes={"agentName": text(CALLS, "agent")},
    ),
    Metric(
        "Calls", "totalCalls", RUNS, attributes={"traceStart": facts.BEGUN, "traceEnd": facts.ENDED}
    ),
    Metric("Tools", "distinctTools", Sum(facts.TOOLS, Unit.PLAIN)),
)

CHANGES = (
    Report("top-movers", "Largest cost changes against the previous period", (MODEL,),
           (Metric("Change", "TOP_MOVERS", cost(Measure.SUM)),), Shape.MOVERS,
           choice=Choice("groupBy", "model", {name: {"by": (by,)} for name, by in _MOVERS.items()})),
    Report("trace-cost-distribution", "Cost of single traces with percentiles", (TRACE,), _TRACE_METRICS, Shape.TRACES,
           kept=Kept(facts.FULL_COST, 500), parameters={"threshold": float}),
)  # fmt: skip


def _options(
    slug: str, label: str, by: Dimension, count: Stat = RUNS, filters: Filters = (), ids: str = ""
) -> Report:
    """The values of a dimension; `ids` is the column of their ids."""
    attributes = {"id": text(CALLS, ids)} if ids else {}
    metric = Metric(label, slug, count, attributes=attributes)
    shape = Shape.PAIRS if ids else Shape.OPTIONS
    by = replace(by, absent=None, named=None)
    return Report(
        f"filter-options/{slug}", f"{label} seen in the window", (by,), (metric,), shape, filters
    )


FILTER_OPTIONS = (
    _options("agents", "Agents", AGENT),
    _options("api-keys", "API keys", API_KEY, ids="credential_id"),
    _options("customers", "Customers", CUSTOMER, ids="organization_id"),
    _options("models", "Models", MODEL),
    _options("model-sources", "Model sources", SOURCE),
    _options("organizations", "Organizations", ORGANIZATION, ids="organization_id"),
    _options("products", "Products", PRODUCT, ids="product_id"),
    _options("providers", "AI providers", PROVIDER),
    _options("task-types", "Task types", TASK),
    _options("teams", "Teams", TEAM),
    _options("tool-providers", "Tool providers", TOOL_PROVIDER, TOOL_RUNS),
    _options("tools", "Tools", TOOL, TOOL_RUNS),
    _options("users", "Subscriber emails", USER, filters=(COST_SOURCES,)),
    _options("vendors", "Vendors", VENDOR),
)

REPORTS = (
    *COSTS,
    *CUSTOMER_REPORTS,
    *TOOL_REPORTS,
    *PERFORMANCE,
    *THROUGHPUT,
    *CHANGES,
    *FILTER_OPTIONS,
)
BY_SLUG = {report.slug: report for report in REPORTS}
