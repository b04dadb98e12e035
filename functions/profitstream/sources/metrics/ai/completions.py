"""/profitstream/v2/api/sources/metrics/ai/completions"""

from chalicelib.events.listings import COMPLETIONS
from chalicelib.events.metric_queries import (
    CompletionQuery,
    DeleteQuery,
    EventQuery,
    names_transactions,
)
from chalicelib.events.metric_schemas import (
    AiCompletionMetric,
    AiCompletionMetricPage,
    AiCompletionPrompts,
    AiCompletionReferenceData,
    EventIds,
)
from chalicelib.events.presenting import Json
from chalicelib.events.prompts import read_prompts
from chalicelib.events.reference import list_reference_data
from chalicelib.events.service import read_event
from chalicelib.events.voiding import void_event, void_events
from chalicelib.identity.keys import Permission
from chalicelib.kit.errors import Forbidden
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, answer_list
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=TeamQuery)
_PATH = "/sources/metrics/ai/completions"
_ONE = _PATH + "/{id}"
_READ, _CHANGE = (404, *ERRORS), (404, 409, *ERRORS)


@router.get(
    _PATH,
    or_scope=Permission.METERING,
    query=CompletionQuery,
    answer=AiCompletionMetricPage,
    also=(CSV,),
    errors=ERRORS,
)
def list_ai_completion_metrics(call: Call[EventQuery, None]) -> Response:
    """Page through completions. A key that only meters may look for what it has sent, by
    transaction id: middlewares poll for the cost with the key that they meter with."""
    may_read = Permission.READ in call.principal.scopes
    if not may_read and not names_transactions(call.query):
        raise Forbidden("this key only meters: it may ask for transactionId or transactionIds")
    return answer_list(call, COMPLETIONS)


@router.delete(
    _PATH, query=DeleteQuery, body=EventIds, body_required=False, status=204, errors=_CHANGE
)
def delete_ai_completion_metrics_bulk(call: Call[DeleteQuery, EventIds | None]) -> Response:
    """Take several completions back."""
    ids = call.query.all_ids(call.body)
    void_events(call.world, call.principal, COMPLETIONS, ids, call.query.reason)
    return Response(204, b"")


@router.get(f"{_PATH}/reference-data", answer=AiCompletionReferenceData, errors=ERRORS)
def get_ai_completion_reference_data(call: Call[TeamQuery, None]) -> Json:
    """What completions can be filtered by."""
    return list_reference_data(call.world, call.team)


@router.get(_ONE, answer=AiCompletionMetric, errors=_READ)
def get_ai_completion_metric(call: Call[TeamQuery, None]) -> Json:
    """Read one completion."""
    return read_event(call.world, call.principal, COMPLETIONS, call.path["id"])


@router.delete(_ONE, query=DeleteQuery, status=204, errors=_CHANGE)
def delete_ai_completion_metric(call: Call[DeleteQuery, None]) -> Response:
    """Take one completion back."""
    void_event(call.world, call.principal, COMPLETIONS, call.path["id"], call.query.reason)
    return Response(204, b"")


@router.get(_ONE + "/prompts", answer=AiCompletionPrompts, errors=_READ)
def get_ai_completion_prompts(call: Call[TeamQuery, None]) -> Json:
    """Read the texts of one completion."""
    return read_prompts(call.world, call.principal, call.path["id"])


handler = gateway_handler(router)
