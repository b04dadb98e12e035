"""/profitstream/v2/api/jobs"""

from typing import Any

from chalicelib.jobs import economics, outcomes, reading, service
from chalicelib.jobs.economics_schemas import JobTypeEconomicsRequest, JobTypeEconomicsResource
from chalicelib.jobs.records import read_job
from chalicelib.jobs.rows import row
from chalicelib.jobs.schemas import (
    Facts,
    FunnelQuery,
    JobBulkDeleteRequest,
    JobBulkDeleteResponse,
    JobConversionFunnelResource,
    JobCreateRequest,
    JobDeletionResult,
    JobOutcomeAmendRequest,
    JobOutcomeReportRequest,
    JobOutcomeRevisions,
    JobPagedModel,
    JobPageQuery,
    JobResource,
    JobRoiResource,
    JobTimelineResource,
    JobTypes,
    JobUpdateRequest,
    TimelineQuery,
    sent_members,
)
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "jobs", query=TeamQuery)
Json = dict[str, Any]
JOB = "/jobs/{agenticJobId}"
ECONOMICS = "/jobs/types/{type}/economics"


@router.get("/jobs", query=JobPageQuery, answer=JobPagedModel, errors=(503,))
def list_jobs(call: Call[JobPageQuery, None]) -> Json:
    """Page through jobs."""
    return service.page(call.world, call.team, call.query, call.request)


@router.post("/jobs", body=JobCreateRequest, answer=JobResource, errors=(409,))
def create_job(call: Call[TeamQuery, JobCreateRequest]) -> Json:
    """Create a job."""
    return row(service.create(call.world, call.team, sent_members(call.body)))


@router.delete("/jobs", body=JobBulkDeleteRequest, answer=JobBulkDeleteResponse)
def bulk_delete_jobs(call: Call[TeamQuery, JobBulkDeleteRequest]) -> Json:
    """Delete several jobs."""
    return service.delete_many(call.world, call.team, call.body.ids)


@router.get("/jobs/conversion-funnel", query=FunnelQuery, answer=JobConversionFunnelResource)
def get_conversion_funnel(call: Call[FunnelQuery, None]) -> Json:
    """Funnel counts and rates."""
    return reading.funnel(service.find_funnel_jobs(call.world, call.team, call.query))


@router.get("/jobs/types", answer=JobTypes)
def get_job_types(call: Call[TeamQuery, None]) -> list[str]:
    """Distinct job types."""
    return service.list_types(call.world, call.team)


@router.get(ECONOMICS, answer=JobTypeEconomicsResource)
def get_job_type_economics(call: Call[TeamQuery, None]) -> Json:
    """What is declared of a type of jobs."""
    return economics.read_declaration(call.world, call.team, call.path["type"]).model_dump()


@router.put(ECONOMICS, body=JobTypeEconomicsRequest, answer=JobTypeEconomicsResource, errors=(413,))
def put_job_type_economics(call: Call[TeamQuery, JobTypeEconomicsRequest]) -> Json:
    """Declare what is measured of a type of jobs, and what it is worth."""
    return economics.declare(call.world, call.team, call.path["type"], call.body).model_dump()


@router.get(JOB, answer=JobResource)
def get_job(call: Call[TeamQuery, None]) -> Json:
    """Read one job."""
    return row(read_job(call.world, call.team, call.path["agenticJobId"]))


@router.patch(JOB, body=JobUpdateRequest, answer=JobResource, errors=(404,))
def update_job(call: Call[TeamQuery, JobUpdateRequest]) -> Json:
    """Change some fields of a job."""
    return row(service.update(call.world, call.team, call.path["agenticJobId"], call.body))


@router.delete(JOB, answer=JobDeletionResult, errors=(404,))
def delete_job(call: Call[TeamQuery, None]) -> Json:
    """Delete one job."""
    return service.delete(call.world, call.team, call.path["agenticJobId"])


@router.post(JOB + "/outcome", body=JobOutcomeReportRequest, answer=JobResource)
def report_job_outcome(call: Call[TeamQuery, JobOutcomeReportRequest]) -> Json:
    """Report the final outcome."""
    return row(outcomes.report(call.world, call.principal, call.path["agenticJobId"], call.body))


@router.patch(
    JOB + "/outcome", body=JobOutcomeAmendRequest, answer=JobResource, errors=(404, 409, 422)
)
def amend_job_outcome(call: Call[TeamQuery, JobOutcomeAmendRequest]) -> Json:
    """Amend a reported outcome."""
    return row(outcomes.amend(call.world, call.principal, call.path["agenticJobId"], call.body))


@router.get(JOB + "/outcome/history", answer=JobOutcomeRevisions)
def get_job_outcome_history(call: Call[TeamQuery, None]) -> list[Json]:
    """All versions of an outcome, the oldest first."""
    return outcomes.read_history(call.world, call.team, call.path["agenticJobId"])


@router.post(JOB + "/outcome/metrics", body=Facts, status=201, errors=(404,))
def append_job_outcome_metrics(call: Call[TeamQuery, Facts]) -> Response:
    """Append measured facts to a job."""
    outcomes.append_facts(call.world, call.principal, call.path["agenticJobId"], call.body.root)
    return Response(201, b"")


@router.get(JOB + "/roi", answer=JobRoiResource, errors=(404, 503))
def get_job_roi(call: Call[TeamQuery, None]) -> Json:
    """Cost, outcome and ROI of one job."""
    return reading.job_roi(call.world, call.principal.tenant, call.team, call.path["agenticJobId"])


@router.get(
    JOB + "/transactions", query=TimelineQuery, answer=JobTimelineResource, errors=(404, 503)
)
def get_job_transactions(call: Call[TimelineQuery, None]) -> Json:
    """AI calls of one job."""
    return reading.read_transactions(call.world, call.team, call.path["agenticJobId"], call.query)


handler = gateway_handler(router)
