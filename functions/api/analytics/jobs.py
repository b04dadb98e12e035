"""/api/v2/analytics/jobs: what jobs cost and earned."""

from chalicelib.jobs.schemas import AnalyticsJobsRoiResponse, JobsRoiQuery
from chalicelib.jobs.summary import SLUG, roi_summary
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from functions.api.analytics.reporting import respond
from functions.families import ANALYTICS
from functions.negotiation import CSV
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(ANALYTICS, "analytics")


@router.get(
    f"/analytics/{SLUG}",
    operation_id="get_api-v2-analytics-jobs-roi-summary",
    scope="read",
    query=JobsRoiQuery,
    answer=AnalyticsJobsRoiResponse,
    also=(CSV,),
)
def jobs_roi_summary(call: Call[JobsRoiQuery, None]) -> Response:
    """ROI per job type."""
    return respond(
        call.request, roi_summary(call.world, call.principal.tenant, call.team, call.query)
    )


handler = gateway_handler(router)
