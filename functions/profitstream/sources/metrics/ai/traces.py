"""/profitstream/v2/api/sources/metrics/ai/traces"""

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamNeeded
from chalicelib.traces.agent_queries import CircleQuery, InteractionQuery, MatrixQuery
from chalicelib.traces.agent_schemas import AgentInteractionMatrix, AgentInteractionPage
from chalicelib.traces.agent_service import EMBEDDED_INTERACTIONS, page_interactions, read_matrix
from chalicelib.traces.anomaly_schemas import AnomalyCounts, AnomalyPage
from chalicelib.traces.anomaly_service import EMBEDDED_ANOMALIES, page_anomalies, tell_counts
from chalicelib.traces.circle_schemas import CircularPatternPage
from chalicelib.traces.circle_service import EMBEDDED_CIRCLES, page_circles
from chalicelib.traces.detail_schemas import TraceDetail
from chalicelib.traces.path_schemas import CriticalPath
from chalicelib.traces.queries import AnomalyCountQuery, AnomalyQuery, TraceQuery
from chalicelib.traces.schemas import TracePage
from chalicelib.traces.service import EMBEDDED_TRACES, page_traces, read_path, read_trace
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, respond_page
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "traces_squads", query=TeamNeeded)
_PATH = "/sources/metrics/ai/traces"
_ONE = _PATH + "/{traceId}"
_BASE = PLATFORM.base + _PATH


@router.get(_PATH, query=TraceQuery, answer=TracePage, also=(CSV,), errors=ERRORS)
def list_ai_traces(call: Call[TraceQuery, None]) -> Response:
    """Page through traces."""
    found = page_traces(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EMBEDDED_TRACES)


@router.get(
    _PATH + "/anomalies",
    query=AnomalyQuery,
    answer=AnomalyPage,
    also=(CSV,),
    errors=ERRORS,
    aliases=(_BASE + "/anomalous",),
)
def get_anomalous_traces(call: Call[AnomalyQuery, None]) -> Response:
    """Page through the traces above a percentile of all, by cost, duration or number of calls."""
    found = page_anomalies(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EMBEDDED_ANOMALIES)


@router.get(
    _PATH + "/anomalies/metrics",
    query=AnomalyCountQuery,
    answer=AnomalyCounts,
    errors=ERRORS,
    aliases=(_BASE + "/anomaly-metrics",),
)
def get_anomaly_metrics(call: Call[AnomalyCountQuery, None]) -> Response:
    """Count the traces above each percentile of one metric."""
    return respond_json(tell_counts(call.world, call.team, call.query))


@router.get(
    _PATH + "/agent-interactions",
    query=InteractionQuery,
    answer=AgentInteractionPage,
    also=(CSV,),
    errors=ERRORS,
    aliases=(_BASE + "/agent-interactions/table", _BASE + "/agent-interactions-table"),
)
def get_agent_interactions_table(call: Call[InteractionQuery, None]) -> Response:
    """Page through the pairs of agents of which one calls the other."""
    found = page_interactions(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EMBEDDED_INTERACTIONS)


@router.get(
    _PATH + "/agent-interactions/matrix",
    query=MatrixQuery,
    answer=AgentInteractionMatrix,
    errors=ERRORS,
    aliases=(_BASE + "/agent-interaction-matrix",),
)
def get_agent_interaction_matrix(call: Call[MatrixQuery, None]) -> Response:
    """Read who calls whom as a matrix, a page of agents at a time."""
    return respond_json(read_matrix(call.world, call.team, call.query, call.request))


@router.get(
    _PATH + "/circular-patterns",
    query=CircleQuery,
    answer=CircularPatternPage,
    also=(CSV,),
    errors=ERRORS,
    aliases=(_BASE + "/patterns/circular",),
)
def get_circular_patterns(call: Call[CircleQuery, None]) -> Response:
    """Page through the circles that agents hand work around in, and what they wasted."""
    found = page_circles(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EMBEDDED_CIRCLES)


@router.get(_ONE, answer=TraceDetail, errors=(404, *ERRORS), aliases=(_BASE + "/{traceId}/detail",))
def get_ai_trace_detail(call: Call[TeamNeeded, None]) -> Response:
    """Read one trace: its calls, tools and agents as a tree, and what it was spent on."""
    return respond_json(read_trace(call.world, call.team, call.path["traceId"]))


@router.get(
    _ONE + "/critical-path",
    answer=CriticalPath,
    errors=(404, *ERRORS),
    aliases=(_BASE + "/critical-path/{traceId}",),
)
def get_critical_path(call: Call[TeamNeeded, None]) -> Response:
    """Read the critical path of one trace: what it waited for, and what could be saved."""
    return respond_json(read_path(call.world, call.team, call.path["traceId"]))


handler = gateway_handler(router)
