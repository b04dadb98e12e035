"""Refusals of recommendations."""

from chalicelib.kit.errors import Forbidden, MeterlakeError, NotFound


class AdviceDisabled(Forbidden):
    """This deployment makes no recommendations (403)."""

    code = problem = "AI_RECOMMENDATIONS_DISABLED"


class RunInProgress(MeterlakeError):
    """Another run of the team is under way (409, worth a retry)."""

    status, code, retry_after = 409, "RUN_IN_PROGRESS", 5


class UnknownRun(NotFound):
    """The team has no such run, or the run no such advice (404)."""
