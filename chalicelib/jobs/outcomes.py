"""Outcomes: reported once, amended under a lock, with all their versions and the facts that were
measured."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chalicelib.directory.exchange import USD
from chalicelib.directory.job_records import check_job_id, require_job, rewrite_job
from chalicelib.identity.records import Principal
from chalicelib.jobs.errors import AlreadyReported, ChangedSince, NothingReported
from chalicelib.jobs.facts import find_faults, with_facts
from chalicelib.jobs.records import Job, read_job
from chalicelib.jobs.rows import Row
from chalicelib.jobs.schemas import (
    Fact,
    JobOutcomeAmendRequest,
    JobOutcomeReportRequest,
    OutcomeMembers,
    sent_members,
)
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_all
from chalicelib.resources.revisions import name_author

_MEMBERS = {
    "executionStatus": "executionStatus",
    "outcomeType": "outcomeType",
    "outcomeValue": "outcomeValue",
    "outcomeCurrency": "outcomeCurrency",
    "outcomeReason": "outcomeReason",
    "metadata": "outcomeMetadata",
}
"""Member of a report → member of a stored job."""
_MOST_AMENDMENTS = 1_000


def report(world: World, principal: Principal, job_id: str, body: JobOutcomeReportRequest) -> Job:
    """The job with its outcome. The first report stands: two that race are told apart by the store.

    Raises UnknownRecord, AlreadyReported, Invalid.
    """
    who, now = body.reportedBy or name_author(world, principal), world.now()
    outcome = {**_members_of(body), "outcomeReportedAt": now, "outcomeReportedBy": who}

    def change(before: Record | None) -> Record:
        record = require_job(before, job_id)
        job = Job.of(record)
        if job.has_outcome:
            raise AlreadyReported(job)
        return _with_outcome(world, principal, record, outcome, body.metrics)

    def revisions(record: Record) -> Sequence[Record]:
        return [_revision(record, who, now, None)]

    return Job.of(rewrite_job(world, principal.team, check_job_id(job_id), change, revisions))


def amend(world: World, principal: Principal, job_id: str, body: JobOutcomeAmendRequest) -> Job:
    """The job with its outcome changed; what it was stays in the history.

    Raises UnknownRecord, NothingReported, ChangedSince, Invalid.
    """
    who, now = body.reportedBy or name_author(world, principal), world.now()
    members = _members_of(body)

    def change(before: Record | None) -> Record:
        record = require_job(before, job_id)
        job = Job.of(record)
        if not job.has_outcome:
            raise NothingReported(job_id)
        if body.expectedEntityVersion not in (None, job.entity_version):
            raise ChangedSince(body.expectedEntityVersion, job.entity_version)
        count = job.outcome_update_count + 1
        if count > _MOST_AMENDMENTS:
            raise Invalid(f"an outcome can be amended {_MOST_AMENDMENTS} times", field="reason")
        outcome = {
            **members,
            "outcomeUpdateCount": count,
            "outcomeUpdatedAt": now,
            "outcomeUpdatedBy": who,
        }
        return _with_outcome(world, principal, record, outcome, body.metrics)

    def revisions(record: Record) -> Sequence[Record]:
        return [_revision(record, who, now, body.reason)]

    return Job.of(rewrite_job(world, principal.team, check_job_id(job_id), change, revisions))


def append_facts(world: World, principal: Principal, job_id: str, facts: Sequence[Fact]) -> None:
    """Record measured facts of a job; its version stays. Raises UnknownRecord, Invalid."""

    def change(before: Record | None) -> Record:
        record = require_job(before, job_id)
        _refuse(find_faults(world, principal.team, Job.of(record), facts, ""))
        return replace(record, doc=with_facts(world, principal, record.doc, facts))

    rewrite_job(world, principal.team, check_job_id(job_id), change)


def read_history(world: World, team: Scope, job_id: str) -> list[Row]:
    """All versions of the outcome, the oldest first; none before it was reported. Raises
    UnknownRecord."""
    job = read_job(world, team, job_id)
    rows: list[Row] = []
    for record in read_all(world, team, _kind(job)):
        value = record.doc.get("outcomeValue")
        row = {**record.doc, "reportedAt": iso(record.created_at)}
        row["outcomeValue"] = None if value is None else Decimal(value)
        rows.append(row)
    return rows


def _members_of(body: OutcomeMembers) -> dict[str, Any]:
    """What a body says of an outcome, by the members of a stored job; an empty text is none."""
    told = sent_members(body)
    return {own: told[name] or None for name, own in _MEMBERS.items() if name in told}


def _with_outcome(
    world: World,
    principal: Principal,
    record: Record,
    outcome: Mapping[str, Any],
    facts: Sequence[Fact] | None,
) -> Record:
    """The job with an outcome. A value needs a type, and is in USD unless it says otherwise.

    Raises Invalid with every fault.
    """
    job = Job.of(record)
    doc = {**record.doc, **outcome, "entityVersion": job.entity_version + 1}
    faults = find_faults(world, principal.team, job, facts or [], "metrics.")
    if doc.get("outcomeValue") is not None:
        if doc.get("outcomeType") is None:
            faults.insert(0, Fault("outcomeType", "is required when outcomeValue is given"))
        doc["outcomeCurrency"] = doc.get("outcomeCurrency") or USD
    _refuse(faults)
    if facts:
        doc = with_facts(world, principal, doc, facts)
    return replace(record, doc=doc, updated_at=world.now())


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)


def _revision(record: Record, who: str, now: int, reason: str | None) -> Record:
    """The version of the outcome that a job has now, under its sequence: two of one sequence cannot
    both be stored."""
    job = Job.of(record)
    sequence = job.outcome_update_count + 1
    doc: dict[str, Any] = {own: record.doc.get(own) for own in _MEMBERS.values()}
    doc |= {"sequence": sequence, "reportedBy": who, "reason": reason}
    return Record(
        _kind(job),
        str(sequence),
        doc,
        name=f"{sequence:06d}",
        created_at=now,
        updated_at=now,
    )


def _kind(job: Job) -> str:
    """The kind that the versions of a job's outcome stand in. A job that was deleted and came again
    begins anew."""
    return f"JOB_OUTCOME/{job.id}/{job.generation}"
