"""/profitstream/v2/api/sources/metrics/tool/events"""

from chalicelib.events.listings import TOOL_EVENTS
from chalicelib.events.metric_queries import EventQuery, ToolEventQuery
from chalicelib.events.metric_schemas import ToolEventLogPage
from chalicelib.events.presenting import Json
from chalicelib.events.version_schemas import EventVersionPage, VersionQuery
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list, answer_versions
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics")


@router.get(
    "/sources/metrics/tool/events",
    operation_id="listtoolevents",
    query=ToolEventQuery,
    answer=ToolEventLogPage,
    also=(CSV,),
    errors=ERRORS,
)
def list_tool_events(call: Call[EventQuery, None]) -> Response:
    """Page through calls of tools."""
    return answer_list(call, TOOL_EVENTS)


@router.get(
    "/sources/metrics/tool/events/{id}/versions",
    query=VersionQuery,
    answer=EventVersionPage,
    errors=(404, *ERRORS),
)
def list_tool_event_versions(call: Call[VersionQuery, None]) -> Json:
    """Page through what became of one call of a tool since it was metered, the newest version
    first. Ours, not the contract's."""
    return answer_versions(call, TOOL_EVENTS)


handler = gateway_handler(router)
