"""Refusals of outcomes, in the places where each client looks for them."""

from chalicelib.jobs.records import Job
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, MeterlakeError

_GUIDANCE = "The outcome stands as it was reported first: PATCH the outcome of the job to amend it."


class AlreadyReported(MeterlakeError):
    """The job has an outcome, which a second report does not change (409).

    Clients read guidance, time and number of amendments either in `details`, as texts, or beside
    it.
    """

    status, code = 409, "OUTCOME_ALREADY_REPORTED"

    def __init__(self, job: Job) -> None:
        message = f"Job {job.agentic_id} already has an outcome"
        reported = iso(job.outcome_reported_at or 0)
        count = job.outcome_update_count
        super().__init__(message)
        self.shown = {
            "guidance": _GUIDANCE,
            "reportedAt": reported,
            "amendmentCount": count,
            "details": {
                "error": message,
                "guidance": _GUIDANCE,
                "reportedAt": reported,
                "updateCount": str(count),
            },
        }


class NothingReported(MeterlakeError):
    """There is no outcome that could be amended (422)."""

    status, code = 422, "OUTCOME_NOT_REPORTED"

    def __init__(self, agentic_job_id: str) -> None:
        super().__init__(
            f"Job {agentic_job_id} has no outcome to amend: report one first", field="agenticJobId"
        )


class ChangedSince(MeterlakeError):
    """The outcome is no longer what its amender has seen (409). Clients read the version out of the
    message."""

    status, code = 409, "CONFLICT"

    def __init__(self, expected: int, current: int) -> None:
        message = (
            f"Outcome has changed since entity version {expected}; "
            f"current version is {current}. Refetch and retry."
        )
        super().__init__(
            message, faults=[Fault("expectedEntityVersion", message, self.code, expected)]
        )
        self.shown = {"details": {"error": message, "currentEntityVersion": str(current)}}
