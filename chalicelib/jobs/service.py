"""Verbs of jobs, but for their outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.directory.job_records import (
    build_job,
    check_job_id,
    job_record_id,
    require_job,
    rewrite_job,
)
from chalicelib.directory.jobs import JOB_TYPE, TELEMETRY
from chalicelib.directory.registry import JOB, registry
from chalicelib.jobs.costs import read_costs
from chalicelib.jobs.records import Job, created_between, page_of_newest
from chalicelib.jobs.rows import Row, row, sort_value
from chalicelib.jobs.schemas import (
    FunnelQuery,
    JobPageQuery,
    JobResource,
    JobUpdateRequest,
    sent_members,
)
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.errors import Duplicate
from chalicelib.resources.filters import contains_text
from chalicelib.resources.listing import read_all, read_many
from chalicelib.resources.schemas import PageQuery, plain_members

API = "API"
"""The source of jobs that were created here: whoever calls holds an API key."""
PENDING = "PENDING"
_LATEST = 10**13
_NEWEST = [("created", True)]
_FILTERS = sorted(JobPageQuery.model_fields.keys() - PageQuery.model_fields.keys())


def create(world: World, team: Scope, members: Mapping[str, Any]) -> Job:
    """A new job; one that only metered calls have named becomes what is stated of it. Raises
    Duplicate when somebody has created one of the id."""
    told, job_id = _with_known_type(world, team, members), members["agenticJobId"]

    def change(before: Record | None) -> Record:
        if before is not None and not before.deleted:
            if before.doc.get("source") != TELEMETRY:
                raise Duplicate("Job", "agenticJobId", job_id)
            stated = {name: value for name, value in told.items() if value is not None}
            doc = {**before.doc, **stated, "source": API}
            return replace(before, doc=doc, updated_at=world.now())
        return build_job(world, team, told, API, before)

    return Job.of(rewrite_job(world, team, job_id, change))


def update(world: World, team: Scope, job_id: str, body: JobUpdateRequest) -> Job:
    """The job with what was sent; nothing is written when all of it is so already. Its version
    stays: that is of its outcome, whose amenders would be refused for a new name. Raises
    UnknownRecord, Invalid."""
    told = _with_known_type(world, team, sent_members(body))

    def change(before: Record | None) -> Record | None:
        job = require_job(before, job_id)
        after = {**job.doc, **told}
        if after == job.doc:
            return None
        return replace(job, doc=after, updated_at=world.now())

    return Job.of(rewrite_job(world, team, check_job_id(job_id), change))


def delete(world: World, team: Scope, job_id: str) -> Row:
    """Take a job out of sight; the calls that name it stay, and cost what they cost. The next one
    that names it brings it back, within minutes where another process takes it. Raises
    UnknownRecord, Invalid."""

    def change(before: Record | None) -> Record:
        return replace(require_job(before, job_id), deleted=True, updated_at=world.now())

    rewrite_job(world, team, check_job_id(job_id), change)
    registry(world).forget(team, JOB, job_id)
    return {"id": job_id, "message": f"Job {job_id} was deleted"}


def delete_many(world: World, team: Scope, job_ids: Sequence[str]) -> Row:
    """Delete several jobs; ids that no job has are skipped."""
    keys = {job_record_id(team, job_id): job_id for job_id in job_ids}
    records = read_many(world, team, JOB, keys)
    gone: list[str] = []
    for key, job_id in keys.items():
        if key in records and not records[key].deleted:
            gone.append(job_id)
    for job_id in gone:
        delete(world, team, job_id)
    return {
        "requestedCount": len(job_ids),
        "deletedCount": len(gone),
        "deletedIds": gone,
        "message": f"{len(gone)} of {len(job_ids)} jobs were deleted",
    }


def page(world: World, team: Scope, query: JobPageQuery, asked: Request) -> Row:
    """A HAL page of jobs with what each has cost so far. Raises Invalid, TooMany, EngineBusy."""
    order = hal.parse_sort(query.sort, plain_members(JobResource), "job")
    if order == _NEWEST and all(getattr(query, name) is None for name in _FILTERS):
        jobs, total = page_of_newest(world, team, query.request)
    else:
        jobs, total = _search(world, team, query, order)
    costs = read_costs(world, team, jobs)
    rows = [row(job, costs[job.agentic_id]) for job in jobs]
    answer = hal.build_page(asked, query.request, "jobResourceList", rows, total)
    if not rows:
        return {name: member for name, member in answer.items() if name != "_embedded"}
    return answer


def _search(
    world: World, team: Scope, query: JobPageQuery, order: Sequence[tuple[str, bool]]
) -> tuple[Sequence[Job], int]:
    """A page of the jobs that pass a filter or stand in another order, and how many they are: all
    of the time asked for are read, for no index knows what came of jobs."""
    start, end = _window(query.startDate, query.endDate)
    jobs: Sequence[Job] = created_between(world, team, start, end, lambda job: _passes(job, query))
    if order != _NEWEST:
        jobs = hal.sort_rows(jobs, order, sort_value)
    return query.request.cut(jobs), len(jobs)


def list_types(world: World, team: Scope) -> list[str]:
    """The types that jobs of the team have had, ascending."""
    return sorted(record.doc["name"] for record in read_all(world, team, JOB_TYPE))


def find_funnel_jobs(world: World, team: Scope, query: FunnelQuery) -> list[Job]:
    """The jobs that a funnel counts. Raises TooMany."""
    start, end = _window(query.startDate, query.endDate)

    def keep(job: Job) -> bool:
        of_type = _is_same(job.type, query.jobType)
        return of_type and _is_same(job.environment, query.environment)

    return created_between(world, team, start, end, keep)


def _with_known_type(world: World, team: Scope, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members with the type in lower case (a blank one is none), which is then one of the
    team's types."""
    told = dict(members)
    kind = (told.pop("type", None) or "").strip().lower()
    if kind:
        registry(world).obtain_id(team, JOB_TYPE, kind)
        told["type"] = kind
    return told


def _window(start: int | None, end: int | None) -> tuple[int, int]:
    """The first and the last instant (UTC epoch ms), both inclusive; without ends all of the
    time."""
    return start or 0, _LATEST if end is None else end


def _is_same(value: str | None, wanted: str | None) -> bool:
    """Whether a value is the one that was asked for, whatever the case; any is when none was."""
    return not wanted or fold(value or "") == fold(wanted)


def _passes(job: Job, query: JobPageQuery) -> bool:
    if query.search is not None and not contains_text(query.search, job.agentic_id, job.name):
        return False
    if not _is_same(job.type, query.type):
        return False
    if not _is_same(job.environment, query.environment):
        return False
    if query.executionStatus not in (None, job.execution_status):
        return False
    return _has_outcome_type(job, query.outcomeType) and _has_value_within(job, query)


def _has_outcome_type(job: Job, wanted: str | None) -> bool:
    if wanted == PENDING:
        return job.outcome_type is None
    return wanted in (None, job.outcome_type)


def _has_value_within(job: Job, query: JobPageQuery) -> bool:
    low, high = query.outcomeValueMin, query.outcomeValueMax
    if low is None and high is None:
        return True
    value = job.outcome_value
    if value is None:
        return False
    return (low is None or value >= low) and (high is None or value <= high)
