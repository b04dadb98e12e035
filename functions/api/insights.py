"""/api/v2/recommendations, and the same under /api/v2/insights, as today's clients call it"""

from typing import Any

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.jsontext import dumps
from chalicelib.recommendations import service
from chalicelib.recommendations.feedback_schemas import (
    RealizedSavingsList,
    RecommendationFeedback,
    RecommendationFeedbackList,
    RecommendationFeedbackRequest,
)
from chalicelib.recommendations.opening import SliceQuery, SliceSums, SliceWindow, open_slice
from chalicelib.recommendations.schemas import (
    FeedbackQuery,
    RecommendationInvestigatorList,
    RecommendationRun,
    RecommendationRunList,
    RecommendationRunRequest,
    RecommendationRunTrigger,
    RunListQuery,
    RunQuery,
)
from chalicelib.recommendations.showing import show_trigger
from chalicelib.recommendations.vocabulary import RunStatus
from chalicelib.reports.parameters import AnalyticsQuery
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "recommendations", query=AnalyticsQuery)
Json = dict[str, Any]
_FORMER, _TODAY = "/recommendations", "/insights"


def _twin(path: str) -> tuple[str, ...]:
    return (f"{ANALYTICS.base}{_TODAY}{path}",)


def _declare(path: str, operation_id: str, *errors: int, **more: Any) -> Json:  # noqa: ANN401
    """What the operations have in common."""
    return {
        "operation_id": operation_id,
        "aliases": _twin(path),
        "errors": (429, *errors),
        **more,
    }


_RULES, _RUNS, _RUN = "/investigators", "/runs", "/runs/{runId}"
_SAID, _SAY, _TAKEN = "/runs/{runId}/feedback", "/feedback", "/feedback/{feedbackId}"


@router.get(
    _FORMER + _RULES,
    answer=RecommendationInvestigatorList,
    **_declare(_RULES, "get_api-v2-recommendations-investigators"),
)
def list_investigators(call: Call[AnalyticsQuery, None]) -> list[Json]:
    """What runs look for."""
    return service.list_investigators(call.world)


@router.get(
    _FORMER + _RUNS,
    answer=RecommendationRunList,
    **_declare(_RUNS, "get_api-v2-recommendations-runs", query=RunListQuery),
)
def list_recommendation_runs(call: Call[RunListQuery, None]) -> Json:
    """Page through runs, the newest first."""
    return service.page_runs(call.world, call.team, call.query)


@router.post(
    _FORMER + _RUNS,
    body=RecommendationRunRequest,
    answer=RecommendationRunTrigger,
    **_declare(
        _RUNS, "post_api-v2-recommendations-runs", 409, 413, idempotent=True, further=(202,)
    ),
)
def start_recommendation_run(call: Call[AnalyticsQuery, RecommendationRunRequest]) -> Response:
    """Look for what could be done about the spend of a period, at once."""
    started = service.start_run(call.world, call.principal, call.body)
    shown = show_trigger(started.run, is_duplicate=started.is_duplicate)
    status = 202 if started.run.status is RunStatus.RUNNING else 200
    return Response(status, dumps(shown))


@router.get(
    _FORMER + _RUN,
    answer=RecommendationRun,
    **_declare(_RUN, "get_api-v2-recommendations-runs-runid", 404, query=RunQuery),
)
def get_recommendation_run(call: Call[RunQuery, None]) -> Json:
    """Read one run with its findings and advice."""
    run_id = call.path["runId"]
    return service.read_run(call.world, call.team, run_id, slim=call.query.slim)


@router.get(
    _FORMER + _SAID,
    answer=RecommendationFeedbackList,
    **_declare(_SAID, "get_api-v2-recommendations-runs-runid-feedback", query=FeedbackQuery),
)
def list_recommendation_feedback(call: Call[FeedbackQuery, None]) -> list[Json]:
    """All feedback about a run; none about one that is unknown."""
    return service.list_feedback(call.world, call.team, call.path["runId"])


@router.post(
    _FORMER + _SAY,
    body=RecommendationFeedbackRequest,
    answer=RecommendationFeedback,
    status=201,
    **_declare(_SAY, "post_api-v2-recommendations-feedback", 404, 409, 413, idempotent=True),
)
def record_recommendation_feedback(
    call: Call[AnalyticsQuery, RecommendationFeedbackRequest],
) -> Json:
    """Say what was done about an advice, and what it has saved."""
    return service.record_feedback(call.world, call.principal, call.body)


@router.delete(
    _FORMER + _TAKEN,
    answer=RecommendationFeedback,
    **_declare(_TAKEN, "delete_api-v2-recommendations-feedback-feedbackid", 404),
)
def take_back_recommendation_feedback(call: Call[AnalyticsQuery, None]) -> Json:
    """Take back what was said about an advice."""
    return service.take_back_feedback(call.world, call.team, call.path["feedbackId"])


@router.get(_TODAY + "/savings", answer=RealizedSavingsList, errors=(429,))
def get_realized_savings(call: Call[AnalyticsQuery, None]) -> Json:
    """What advice has saved, by the newest feedback on each."""
    return service.sum_realized(call.world, call.team)


@router.get(_TODAY + "/slice", query=SliceQuery, answer=SliceSums, errors=(429,))
def get_insight_slice(call: Call[SliceWindow, None]) -> Json:
    """What the calls of a slice come to: opens the figures of advice."""
    return open_slice(call.world, call.team, call.query)


handler = gateway_handler(router)
