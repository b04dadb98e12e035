"""/profitstream/v2/api/sources/metrics/apis"""

from chalicelib.events.listings import APIS
from chalicelib.events.metric_queries import ApiCallQuery, EventQuery
from chalicelib.events.metric_schemas import ApiMetric, ApiMetricPage
from chalicelib.events.presenting import Json
from chalicelib.events.service import read_event
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_PATH = "/sources/metrics/apis"
_FORMER = f"{PLATFORM.base}/sources/metrics/api"
"""What early builds of the command line call."""


@router.get(
    _PATH,
    query=ApiCallQuery,
    answer=ApiMetricPage,
    also=(CSV,),
    errors=ERRORS,
    aliases=(_FORMER,),
)
def list_api_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through calls of APIs."""
    return answer_list(call, APIS)


@router.get(_PATH + "/{id}", answer=ApiMetric, errors=(404, *ERRORS), aliases=(_FORMER + "/{id}",))
def get_api_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one call of an API."""
    return read_event(call.world, call.principal, APIS, call.path["id"])


handler = gateway_handler(router)
