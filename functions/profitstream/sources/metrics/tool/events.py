"""/profitstream/v2/api/sources/metrics/tool/events"""

from chalicelib.events.listings import TOOL_EVENTS
from chalicelib.events.metric_queries import EventQuery, ToolEventQuery
from chalicelib.events.metric_schemas import ToolEventLogPage
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list
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


handler = gateway_handler(router)
