"""/profitstream/v2/api/sources/metrics/ai/…-by-trace-type…: traces by their type"""

from typing import Any

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from chalicelib.traces import type_queries, type_schemas
from chalicelib.traces.type_columns import (
    COST_TABLE,
    EFFICIENCY_TABLE,
    PERFORMANCE_TABLE,
    TypeTable,
)
from chalicelib.traces.type_queries import TraceSummaryQuery, TraceTypeQuery
from chalicelib.traces.type_series import (
    COST_SERIES,
    EFFICIENCY_SERIES,
    PERFORMANCE_SERIES,
    TypeSeries,
    answer_series,
)
from chalicelib.traces.type_tables import page_types, summarize_traces
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, respond_page
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_AI = "/sources/metrics/ai"
_SERIES = {"cost": COST_SERIES, "performance": PERFORMANCE_SERIES, "efficiency": EFFICIENCY_SERIES}
_TABLES = {
    "cost": (COST_TABLE, type_queries.TraceTypeCostQuery, type_schemas.TraceTypeCostPage),
    "performance": (
        PERFORMANCE_TABLE,
        type_queries.TraceTypePerformanceQuery,
        type_schemas.TraceTypePerformancePage,
    ),
    "efficiency": (
        EFFICIENCY_TABLE,
        type_queries.TraceTypeEfficiencyQuery,
        type_schemas.TraceTypeEfficiencyPage,
    ),
}


def _declare_series(word: str, series: TypeSeries) -> None:
    def handler(call: Call[TraceTypeQuery, None]) -> Response:
        return respond_json(answer_series(call.world, call.team, series, call.query))

    handler.__doc__ = f"{word.capitalize()} by trace type, over time."
    router.get(
        f"{_AI}/{word}-by-trace-type-over-time",
        operation_id=f"get_{word}_by_trace_type_over_time",
        query=TraceTypeQuery,
        answer=type_schemas.LegacyTraceTypeMetricWindows,
        errors=ERRORS,
    )(handler)


def _declare_table(word: str, table: TypeTable, query: Any, page: Any) -> None:  # noqa: ANN401
    def handler(call: Call[Any, None]) -> Response:
        found = page_types(call.world, call.team, table, call.query, call.request)
        return respond_page(call.request, found, table.embedded)

    handler.__doc__ = f"{word.capitalize()} by trace type."
    router.get(
        f"{_AI}/{word}-metrics-by-trace-type",
        operation_id=f"get_{word}_metrics_by_trace_type",
        query=query,
        answer=page,
        also=(CSV,),
        errors=ERRORS,
    )(handler)


for name, each in _SERIES.items():
    _declare_series(name, each)
for name, (of_type, asked, answered) in _TABLES.items():
    _declare_table(name, of_type, asked, answered)


@router.get(
    f"{_AI}/trace-metrics",
    query=TraceSummaryQuery,
    answer=type_schemas.AggregatedTraceMetrics,
    errors=ERRORS,
    aliases=(f"{PLATFORM.base}{_AI}/traces/metrics",),
)
def get_trace_metrics(call: Call[TraceSummaryQuery, None]) -> Response:
    """All traces of a window in one summary."""
    return respond_json(summarize_traces(call.world, call.team, call.query))


handler = gateway_handler(router)
