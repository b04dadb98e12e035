"""The catalogue: every report, declared in a line or two.

A report groups the rows of a window by a dimension and shows a metric or more of each group: over
time, or for the whole window. Without a dimension, each metric is a group of its own.
"""

from dataclasses import replace

from chalicelib.lake.dimensions import (
    AGENT,
    API_KEY,
    CUSTOMER,
    MODEL,
    ORGANIZATION,
    PRODUCT,
    PROVIDER,
    REASON,
    TASK,
    TEAM,
    TOOL,
    TOOL_PROVIDER,
    TRACE,
    USER,
    VENDOR,
    Dimension,
)
from chalicelib.reports import facts, metrics
from chalicelib.reports.declarations import AnswerShape, Choice, Filter, GroupOrder, Report
from chalicelib.reports.facts import CALLS, TOOL_CALLS, TopGroups, text
from chalicelib.reports.filter_options import FILTER_OPTIONS
from chalicelib.reports.filters import (
    AGENTS,
    COST_SOURCE,
    COST_SOURCES,
    CUSTOMERS,
    MODELS,
    PRODUCTS,
    PROVIDERS,
    TOOL_PROVIDERS,
    TOOLS,
    USERS,
)
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
        shape=AnswerShape.SERIES,
        filters=filters,
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


def _earnings(by: Dimension) -> tuple[Report, Report, Report]:
    """What came in, what is left of it in percent, and all of it in USD, the least profit first."""
    revenue = Metric("Revenue", f"REVENUE_MONEY_BY_{_word(by.name)}", metrics.revenue())
    margin = Metric("Profit margin", f"PROFIT_MARGIN_BY_{_word(by.name)}", metrics.MARGIN)
    profit = (
        Metric("Profit", f"PROFIT_MONEY_BY_{_word(by.name)}", metrics.PROFIT),
        replace(revenue, formula=metrics.revenue(Measure.SUM)),
        Metric("Cost", f"COST_BY_{_word(by.name)}", Sum(facts.FULL_COST, Unit.USD)),
        margin,
    )
    return (
        Report(f"revenue-per-{by.name}", f"Revenue by {by.name}", (by,), (revenue,)),
        Report(f"profit-margin-per-{by.name}", f"Profit margin by {by.name}", (by,), (margin,)),
        Report(
            f"profit-per-{by.name}",
            f"Profit, revenue and cost by {by.name}",
            (by,),
            profit,
            order=GroupOrder.SMALLEST,
            asked=None,
        ),
    )


_USER_METRICS = (
    Metric("Cost", "COST_METRIC_BY_USER", cost(Measure.SUM)),
    Metric("Requests", "REQUEST_METRIC_BY_USER", RUNS),
    Metric("Tokens", "TOKEN_METRIC_BY_USER", metrics.tokens("total_tokens")),
)
_USER_FILTERS = (COST_SOURCES, AGENTS, PROVIDERS, MODELS, USERS)
_CUSTOMERS = (CUSTOMERS,)
_UNPRICED = Metric("Calls", "UNPRICED_CALLS_BY_REASON", RUNS)

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
    Report(
        "cost-by-user",
        "User cost, requests and tokens over time",
        (USER,),
        _USER_METRICS,
        shape=AnswerShape.SERIES,
        filters=_USER_FILTERS,
    ),
    Report(
        "cost-by-user-aggregated",
        "User cost, requests and tokens, window total",
        (USER,),
        _USER_METRICS,
        filters=_USER_FILTERS,
    ),
)

CUSTOMER_REPORTS = (
    _series(CUSTOMER, "Customer", _CUSTOMERS, "customer-cost"),
    _total(CUSTOMER, "Customer", _CUSTOMERS, "customer-cost-aggregated"),
    _total(CUSTOMER, "Customer", _CUSTOMERS, "cost-per-customer"),
    *_earnings(CUSTOMER),
    *_earnings(PRODUCT),
)

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
    Report(
        "cost-by-tool-aggregated",
        "Tool cost, window total",
        (TOOL,),
        (Metric("Cost", "COST_METRIC_BY_TOOL", TOOL_COST, attributes=_TOOL_KIND),),
    ),
    Report(
        "cost-by-tool-agent",
        "Tool cost by agent",
        (AGENT,),
        (Metric("Cost", "COST_METRIC_BY_TOOL_AGENT", TOOL_COST),),
    ),
    _series(TOOL_PROVIDER, "Tool provider", (TOOL_PROVIDERS,), formula=TOOL_COST),
    _total(TOOL_PROVIDER, "Tool provider", formula=TOOL_COST),
    Report(
        "token-vs-tool-cost",
        "Token cost against tool cost over time",
        (),
        _TOKENS_AND_TOOLS,
        shape=AnswerShape.SERIES,
    ),
    Report(
        "tool-latency",
        "Tool execution time",
        (TOOL,),
        (Metric("Latency, ms", "TOOL_LATENCY", TOOL_TIME),),
    ),
    Report(
        "tool-success-rate",
        "Tool success rate",
        (TOOL,),
        (Metric("Success rate", "TOOL_SUCCESS_RATE_PERCENTAGE", metrics.SUCCESS_RATE),),
        order=GroupOrder.SMALLEST,
    ),
    Report(
        "top-tools-by-call-count",
        "Most called tools",
        (TOOL,),
        (Metric("Calls", "TOP_TOOLS_BY_CALL_COUNT", TOOL_RUNS),),
        most=20,
    ),
    Report(
        "agent-tool-breakdown",
        "Cost per agent and tool pair",
        (AGENT, TOOL),
        (
            Metric(
                "Cost",
                "totalCost",
                TOOL_COST,
                attributes={"toolType": text(TOOL_CALLS, "tool_type")},
            ),
            Metric("Calls", "totalCalls", TOOL_RUNS),
        ),
        shape=AnswerShape.AGENT_TOOLS,
    ),
    Report(
        "iceberg-cost-by-agent",
        "Token cost above, tool cost below, per agent",
        (AGENT, TOOL),
        _TOKENS_AND_TOOLS,
        shape=AnswerShape.ICEBERG,
    ),
)


def _duration(by: Dimension, slug: str, label: str, unit: Unit = Unit.SECONDS) -> Report:
    """How long calls took; the mean unless asked otherwise."""
    title = "Duration, s" if unit is Unit.SECONDS else "Duration, ms"
    metric = Metric(title, _word(slug), duration(unit))
    return Report(slug, label, (by,), (metric,), asked=Measure.AVG)


_TASK_COUNT = Metric("Completed Tasks", "TASK_COMPLETION", RUNS)

PERFORMANCE = (
    _duration(AGENT, "avg-time-by-agent", "Call duration by agent"),
    _duration(MODEL, "response-time-by-model", "Response time by model"),
    _duration(VENDOR, "response-time-by-vendor", "Response time by vendor"),
    _duration(AGENT, "task-performance-by-agent", "Task duration by agent", Unit.PLAIN),
    Report(
        "task-completion",
        "Completed tasks over time",
        (),
        (_TASK_COUNT,),
        shape=AnswerShape.SERIES,
        filters=(AGENTS,),
    ),
    Report(
        "task-completion-aggregated",
        "Completed tasks, window total",
        (),
        (_TASK_COUNT,),
        filters=(AGENTS,),
    ),
    Report(
        "tasks-completed-by-agent",
        "Completed tasks by agent",
        (AGENT,),
        (Metric("Completed Tasks", "TASKS_COMPLETED_BY_AGENT", RUNS),),
    ),
    Report(
        "transaction-count-by-team",
        "Transactions, window total",
        (),
        (Metric("Transaction Count", "TRANSACTION_COUNT_BY_TEAM", RUNS),),
    ),
    Report("unpriced-calls-by-reason", "Calls without a known cost", (REASON,), (_UNPRICED,)),
)

TOKEN_TYPES = {
    "INPUT": "input_tokens",
    "OUTPUT": "output_tokens",
    "REASONING": "reasoning_tokens",
    "CACHED": "cache_read_tokens",
    "TOTAL": "total_tokens",
}


def _token_rate(kind: str) -> Metric:
    formula = metrics.tokens_per_minute(TOKEN_TYPES[kind])
    return Metric(
        "Tokens per minute", "TOKENS_PER_MINUTE_BY_PROVIDER", formula, {"tokenType": kind}
    )


_TOKEN_TYPE = Choice(
    "tokenType", "TOTAL", {kind: {"metrics": (_token_rate(kind),)} for kind in TOKEN_TYPES}
)
_RATE = (_token_rate("TOTAL"),)


def _token_count(kind: str) -> Metric:
    formula = metrics.tokens(TOKEN_TYPES[kind])
    return Metric(kind, "TOKEN_BREAKDOWN_BY_TYPE", formula, {"tokenType": kind})


_TOKENS_BY_TYPE = tuple(_token_count(kind) for kind in TOKEN_TYPES if kind != "TOTAL")

THROUGHPUT = (
    Report(
        "tokens-per-minute",
        "Token throughput by provider over time",
        (PROVIDER,),
        _RATE,
        shape=AnswerShape.SERIES,
        filters=(PROVIDERS,),
        asked=None,
        choice=_TOKEN_TYPE,
    ),
    Report(
        "tokens-per-minute-aggregated",
        "Mean token throughput by provider",
        (PROVIDER,),
        _RATE,
        filters=(PROVIDERS,),
        asked=None,
        choice=_TOKEN_TYPE,
    ),
    Report(
        "token-breakdown-by-type",
        "Tokens by type over time",
        (),
        _TOKENS_BY_TYPE,
        shape=AnswerShape.SERIES,
        filters=(PROVIDERS,),
    ),
)

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
    Report(
        "top-movers",
        "Largest cost changes against the previous period",
        (MODEL,),
        (Metric("Change", "TOP_MOVERS", cost(Measure.SUM)),),
        shape=AnswerShape.MOVERS,
        choice=Choice("groupBy", "model", {name: {"by": (by,)} for name, by in _MOVERS.items()}),
    ),
    Report(
        "trace-cost-distribution",
        "Cost of single traces with percentiles",
        (TRACE,),
        _TRACE_METRICS,
        shape=AnswerShape.TRACES,
        top=TopGroups(facts.FULL_COST, 500),
        parameters={"threshold": float},
    ),
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
