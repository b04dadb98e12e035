"""Verbs of jobs, but for their outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.directory.jobs import (
    JOB_TYPE,
    build_job,
    check_job_id,
    job_record_id,
    require_job,
    rewrite_job,
)
from chalicelib.directory.registry import JOB, registry
from chalicelib.jobs.costs import spent_by
from chalicelib.jobs.records import created_between, newest
from chalicelib.jobs.rows import Row, label, row, value_of
from chalicelib.jobs.schemas import FunnelQuery, JobPageQuery, JobResource, JobUpdateRequest, sent
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.errors import Duplicate
from chalicelib.resources.listing import read_all
from chalicelib.resources.schemas import PageQuery, plain_members

API = "API"
"""The source of jobs that were created here: whoever calls holds an API key."""
PENDING = "PENDING"
_LATEST = 10**13
_AT_ONCE = 100
_NEWEST = [("created", True)]
_FILTERS = sorted(JobPageQuery.model_fields.keys() - PageQuery.model_fields.keys())


def create(world: World, team: str, members: Mapping[str, Any]) -> Record:
    """A new job. Raises Duplicate when the team has one of the id."""
    told, job_id = _typed(world, team, members), members["agenticJobId"]

    def change(before: Record | None) -> Record:
        if before is not None and not before.deleted:
            raise Duplicate("Job", "agenticJobId", job_id)
        return build_job(world, team, told, API, before)

    return rewrite_job(world, team, job_id, change)


def update(world: World, team: str, job_id: str, body: JobUpdateRequest) -> Record:
    """The job with what was sent; nothing is written when all of it is so already. Its version
    stays: that is of its outcome, whose amenders would be refused for a new name. Raises
    UnknownRecord, Invalid."""
    told = _typed(world, team, sent(body))

    def change(before: Record | None) -> Record | None:
        job = require_job(before, job_id)
        after = {**job.doc, **told}
        if after == job.doc:
            return None
        return replace(job, doc=after, updated_at=world.now())

    return rewrite_job(world, team, check_job_id(job_id), change)


def delete(world: World, team: str, job_id: str) -> Row:
    """Take a job out of sight; the calls that name it stay, and cost what they cost. The next one
    that names it brings it back, within minutes where another process takes it. Raises
    UnknownRecord, Invalid."""

    def change(before: Record | None) -> Record:
        return replace(require_job(before, job_id), deleted=True, updated_at=world.now())

    rewrite_job(world, team, check_job_id(job_id), change)
    registry(world).forget(team, JOB, job_id)
    return {"id": job_id, "message": f"Job {job_id} was deleted"}


def delete_many(world: World, team: str, job_ids: Sequence[str]) -> Row:
    """Delete several jobs; ids that no job has are skipped."""
    keys = {job_record_id(team, job_id): job_id for job_id in job_ids}
    order, there = list(keys), dict[str, Record]()
    for start in range(0, len(order), _AT_ONCE):
        there |= world.documents.get_many(team, JOB, order[start : start + _AT_ONCE])
    gone = [keys[key] for key in order if key in there and not there[key].deleted]
    for job_id in gone:
        delete(world, team, job_id)
    return {
        "requestedCount": len(job_ids),
        "deletedCount": len(gone),
        "deletedIds": gone,
        "message": f"{len(gone)} of {len(job_ids)} jobs were deleted",
    }


def page(world: World, team: str, query: JobPageQuery, asked: Request) -> Row:
    """A HAL page of jobs with what each has cost so far. Raises Invalid, TooMany, EngineBusy."""
    order = hal.parse_sort(query.sort, plain_members(JobResource), "job")
    plain = order == _NEWEST and all(getattr(query, name) is None for name in _FILTERS)
    records, total = (
        newest(world, team, query.request) if plain else _searched(world, team, query, order)
    )
    spent = spent_by(world, team, records)
    rows = [row(record, spent[record.doc["agenticJobId"]]) for record in records]
    answer = hal.build_page(asked, query.request, "jobResourceList", rows, total)
    return (
        answer if rows else {name: member for name, member in answer.items() if name != "_embedded"}
    )


def _searched(
    world: World, team: str, query: JobPageQuery, order: Sequence[tuple[str, bool]]
) -> tuple[Sequence[Record], int]:
    """A page of the jobs that pass a filter or stand in another order, and how many they are: all
    of the time asked for are read, for no index knows what came of jobs."""
    span = _window(query.startDate, query.endDate)
    found: Sequence[Record] = created_between(
        world, team, *span, lambda record: _passes(record.doc, query)
    )
    if order != _NEWEST:
        found = hal.sort_rows(found, order, _sorted_by)
    return query.request.cut(found), len(found)


def types(world: World, team: str) -> list[str]:
    """The types that jobs of the team have had, ascending."""
    return sorted(record.doc["name"] for record in read_all(world, team, JOB_TYPE))


def funnel_jobs(world: World, team: str, query: FunnelQuery) -> list[Mapping[str, Any]]:
    """The jobs that a funnel counts. Raises TooMany."""
    wanted = {"type": query.jobType, "environment": query.environment}
    span = _window(query.startDate, query.endDate)
    return [
        record.doc
        for record in created_between(world, team, *span, lambda record: _same(record.doc, wanted))
    ]


def _typed(world: World, team: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members with the type in lower case (a blank one is none), which is then one of the
    team's types."""
    kind = (members.get("type") or "").strip().lower()
    if kind:
        registry(world).obtain_id(team, JOB_TYPE, kind)
    return (
        {**members, "type": kind}
        if kind
        else {name: each for name, each in members.items() if name != "type"}
    )


def _window(start: int | None, end: int | None) -> tuple[int, int]:
    return start or 0, _LATEST if end is None else end


def _same(doc: Mapping[str, Any], wanted: Mapping[str, str | None]) -> bool:
    return all(
        not text or fold(doc.get(member) or "") == fold(text) for member, text in wanted.items()
    )


def _passes(doc: Mapping[str, Any], query: JobPageQuery) -> bool:
    value = value_of(doc)
    kind = query.outcomeType and (None if query.outcomeType == PENDING else query.outcomeType)
    return (
        (query.search is None or hal.contains_text(query.search, doc["agenticJobId"], doc["name"]))
        and _same(doc, {"type": query.type, "environment": query.environment})
        and query.executionStatus in (None, doc.get("executionStatus"))
        and (query.outcomeType is None or doc.get("outcomeType") == kind)
        and (
            query.outcomeValueMin is None or (value is not None and value >= query.outcomeValueMin)
        )
        and (
            query.outcomeValueMax is None or (value is not None and value <= query.outcomeValueMax)
        )
    )


def _sorted_by(record: Record, member: str) -> Any:  # noqa: ANN401 - any member
    doc = record.doc
    own = {
        "label": label(doc),
        "created": record.created_at,
        "updated": record.updated_at,
        "hasOutcome": doc.get("executionStatus") is not None,
        "outcomeValue": value_of(doc),
    }
    return own[member] if member in own else doc.get(member)
