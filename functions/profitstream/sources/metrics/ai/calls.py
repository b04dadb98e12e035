"""/profitstream/v2/api/sources/metrics/ai: calls of all modalities"""

from chalicelib.events.listings import ALL_CALLS
from chalicelib.events.metric_queries import CallQuery, DeleteQuery, EventQuery
from chalicelib.events.metric_schemas import AiMetricSummary, AiMetricSummaryPage, EventIds
from chalicelib.events.presenting import Json
from chalicelib.events.service import read_event
from chalicelib.events.version_schemas import EventVersionPage, VersionQuery
from chalicelib.events.voiding import void_event, void_events
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list, answer_versions
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_PATH = "/sources/metrics/ai"
_ONE = _PATH + "/{id}"
_CHANGE = (404, 409, *ERRORS)


@router.get(_PATH, query=CallQuery, answer=AiMetricSummaryPage, also=(CSV,), errors=ERRORS)
def list_all_ai_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through AI calls of all modalities."""
    return answer_list(call, ALL_CALLS)


@router.delete(
    _PATH, query=DeleteQuery, body=EventIds, body_required=False, status=204, errors=_CHANGE
)
def bulk_delete_ai_metrics(call: Call[DeleteQuery, EventIds | None]) -> Response:
    """Take several AI calls back, of whatever modality."""
    ids = call.query.all_ids(call.body)
    void_events(call.world, call.principal, ALL_CALLS, ids, call.query.reason)
    return Response(204, b"")


@router.get(_ONE, answer=AiMetricSummary, errors=(404, *ERRORS))
def get_ai_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one AI call of any modality."""
    return read_event(call.world, call.principal, ALL_CALLS, call.path["id"])


@router.get(_ONE + "/versions", query=VersionQuery, answer=EventVersionPage, errors=(404, *ERRORS))
def list_ai_metric_versions(call: Call[VersionQuery, None]) -> Json:
    """Page through what became of one AI call since it was metered, the newest version first. Ours,
    not the contract's."""
    return answer_versions(call, ALL_CALLS)


@router.delete(_ONE, query=DeleteQuery, status=204, errors=_CHANGE)
def delete_ai_metric(call: Call[DeleteQuery, None]) -> Response:
    """Take one AI call back."""
    void_event(call.world, call.principal, ALL_CALLS, call.path["id"], call.query.reason)
    return Response(204, b"")


handler = gateway_handler(router)
