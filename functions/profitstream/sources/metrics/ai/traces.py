"""/profitstream/v2/api/sources/metrics/ai/traces"""

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamNeeded
from chalicelib.traces.queries import TraceQuery
from chalicelib.traces.schemas import TracePage
from chalicelib.traces.service import EMBEDDED_TRACES, page_traces
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, respond_page
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "traces_squads", query=TeamNeeded)
_PATH = "/sources/metrics/ai/traces"
_BASE = PLATFORM.base + _PATH


@router.get(_PATH, query=TraceQuery, answer=TracePage, also=(CSV,), errors=ERRORS)
def list_ai_traces(call: Call[TraceQuery, None]) -> Response:
    """Page through traces."""
    found = page_traces(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EMBEDDED_TRACES)


handler = gateway_handler(router)
