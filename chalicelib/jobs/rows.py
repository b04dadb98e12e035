"""Jobs as they are shown."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from chalicelib.jobs.costs import JobCosts
from chalicelib.jobs.records import Job
from chalicelib.kit.clock import iso
from chalicelib.resources.hal import self_link

PATH = "/profitstream/v2/api/jobs"
Row = dict[str, Any]
_PLAIN: Mapping[str, str] = {
    "agenticJobId": "agentic_id",
    "name": "name",
    "type": "type",
    "version": "version",
    "environment": "environment",
    "source": "source",
    "entityVersion": "entity_version",
    "hasOutcome": "has_outcome",
    "executionStatus": "execution_status",
    "outcomeType": "outcome_type",
    "outcomeValue": "outcome_value",
    "outcomeCurrency": "outcome_currency",
    "outcomeMetadata": "outcome_metadata",
    "outcomeReason": "outcome_reason",
    "outcomeUpdateCount": "outcome_update_count",
    "outcomeUpdatedBy": "outcome_updated_by",
    "label": "label",
}
"""Member of the wire → attribute of Job."""
_INSTANTS: Mapping[str, str] = {
    "outcomeReportedAt": "outcome_reported_at",
    "outcomeUpdatedAt": "outcome_updated_at",
    "created": "created_at",
    "updated": "updated_at",
}
"""The same of members that are instants."""
_SORTABLE = {**_PLAIN, **_INSTANTS}


def sort_value(job: Job, member: str) -> Any:  # noqa: ANN401 - any member
    """What a job has in a member of the wire, to put jobs in order by; None for a member that no
    order is known by."""
    attribute = _SORTABLE.get(member)
    return getattr(job, attribute) if attribute else None


def row(job: Job, costs: JobCosts | None = None) -> Row:
    """A job, with its costs where they are known."""
    shown: Row = {"id": job.shown_id, "resourceType": "job"}
    for member, attribute in _PLAIN.items():
        shown[member] = getattr(job, attribute)
    for member, attribute in _INSTANTS.items():
        instant = getattr(job, attribute)
        shown[member] = None if instant is None else iso(instant)
    shown["_links"] = self_link(f"{PATH}/{quote(job.agentic_id, safe='')}")
    if costs is not None:
        shown["totalCost"] = costs.ai.usd
        shown["toolCost"] = costs.tools.usd
        shown["transactionCount"] = costs.ai.calls
        shown["unpricedCount"] = costs.unpriced_calls
    return shown
