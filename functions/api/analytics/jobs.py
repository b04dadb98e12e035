"""/api/v2/analytics/jobs: what jobs cost and earned."""

from chalicelib.jobs.schemas import AnalyticsJobsRoiResponse, JobsRoiQuery
from chalicelib.jobs.summary import SLUG, roi_summary
from chalicelib.kit.http.doors import Doors
from chalicelib.kit.http.messages import Response
from chalicelib.kit.jsontext import dumps
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

doors = Doors(ANALYTICS, "analytics")
UNPRICED = "X-Meterlake-Unpriced-Calls"
"""Coverage: how many of the calls have no known cost, as n/N."""


@doors.get(
    f"/analytics/{SLUG}",
    operation_id="get_api-v2-analytics-jobs-roi-summary",
    scope="read",
    query=JobsRoiQuery,
    answer=AnalyticsJobsRoiResponse,
)
def jobs_roi_summary(call: Call[JobsRoiQuery, None]) -> Response:
    """ROI per job type."""
    body, coverage = roi_summary(call.world, call.principal.tenant, call.team, call.query)
    return Response(200, dumps(body), headers={UNPRICED: f"{coverage.unpriced}/{coverage.calls}"})


handler = gateway_handler(doors)
