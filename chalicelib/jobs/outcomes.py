"""Outcomes: reported once, amended under a lock, with all their versions and the facts that were
measured."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.directory.exchange import USD
from chalicelib.directory.jobs import check_job_id, require_job, rewrite_job
from chalicelib.identity.records import Principal
from chalicelib.jobs.economics import measured
from chalicelib.jobs.errors import AlreadyReported, ChangedSince, NothingReported
from chalicelib.jobs.records import job_of
from chalicelib.jobs.rows import Row, value_of
from chalicelib.jobs.schemas import (
    Fact,
    JobOutcomeAmendRequest,
    JobOutcomeReportRequest,
    OutcomeMembers,
    sent,
)
from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record
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
"""Member of a report → member of the job."""
_MOST_FACTS = 200
_MOST_AMENDMENTS = 1_000
_YEAR = 366 * DAY


def report(
    world: World, principal: Principal, job_id: str, body: JobOutcomeReportRequest
) -> Record:
    """The job with its outcome. The first report stands: two that race are told apart by the store.

    Raises UnknownRecord, AlreadyReported, Invalid.
    """
    who, now = body.reportedBy or name_author(world, principal), world.now()
    told = _told(body)

    def change(before: Record | None) -> Record:
        job = require_job(before, job_id)
        if job.doc.get("executionStatus") is not None:
            raise AlreadyReported(job)
        outcome = {**told, "outcomeReportedAt": now, "outcomeReportedBy": who}
        return _written(world, principal, job, outcome, body.metrics)

    return rewrite_job(
        world,
        principal.team,
        check_job_id(job_id),
        change,
        lambda job: [_revision(job, who, now, None)],
    )


def amend(world: World, principal: Principal, job_id: str, body: JobOutcomeAmendRequest) -> Record:
    """The job with its outcome changed; what it was stays in the history.

    Raises UnknownRecord, NothingReported, ChangedSince, Invalid.
    """
    who, now = body.reportedBy or name_author(world, principal), world.now()
    told = _told(body)

    def change(before: Record | None) -> Record:
        job = require_job(before, job_id)
        if job.doc.get("executionStatus") is None:
            raise NothingReported(job_id)
        if body.expectedEntityVersion not in (None, job.doc["entityVersion"]):
            raise ChangedSince(body.expectedEntityVersion, job.doc["entityVersion"])
        count = job.doc["outcomeUpdateCount"] + 1
        if count > _MOST_AMENDMENTS:
            raise Invalid(f"an outcome can be amended {_MOST_AMENDMENTS} times", field="reason")
        outcome = {
            **told,
            "outcomeUpdateCount": count,
            "outcomeUpdatedAt": now,
            "outcomeUpdatedBy": who,
        }
        return _written(world, principal, job, outcome, body.metrics)

    return rewrite_job(
        world,
        principal.team,
        check_job_id(job_id),
        change,
        lambda job: [_revision(job, who, now, body.reason)],
    )


def append_facts(world: World, principal: Principal, job_id: str, facts: Sequence[Fact]) -> None:
    """Record measured facts of a job; its version stays. Raises UnknownRecord, Invalid."""

    def change(before: Record | None) -> Record:
        job = require_job(before, job_id)
        _refuse(_faults(world, principal.team, job.doc, facts, ""))
        return replace(job, doc={**job.doc, "facts": _with_facts(world, principal, job.doc, facts)})

    rewrite_job(world, principal.team, check_job_id(job_id), change)


def history(world: World, team: str, job_id: str) -> list[Row]:
    """All versions of the outcome, the oldest first; none before it was reported. Raises
    UnknownRecord."""
    revisions = read_all(world, team, _kind(job_of(world, team, job_id)))
    return [
        {**record.doc, "reportedAt": iso(record.created_at), "outcomeValue": value_of(record.doc)}
        for record in revisions
    ]


def _told(body: OutcomeMembers) -> dict[str, Any]:
    """What a body says of an outcome, by the members of a job; an empty text is none."""
    members = sent(body)
    return {own: members[name] or None for name, own in _MEMBERS.items() if name in members}


def _written(
    world: World,
    principal: Principal,
    job: Record,
    outcome: Mapping[str, Any],
    facts: Sequence[Fact] | None,
) -> Record:
    """The job with an outcome. A value needs a type, and is in USD unless it says otherwise.

    Raises Invalid with every fault.
    """
    doc = {**job.doc, **outcome, "entityVersion": job.doc["entityVersion"] + 1}
    faults = _faults(world, principal.team, job.doc, facts or [], "metrics.")
    if doc.get("outcomeValue") is not None:
        if doc.get("outcomeType") is None:
            faults.insert(0, Fault("outcomeType", "is required when outcomeValue is given"))
        doc["outcomeCurrency"] = doc.get("outcomeCurrency") or USD
    _refuse(faults)
    if facts:
        doc["facts"] = _with_facts(world, principal, job.doc, facts)
    return replace(job, doc=doc, updated_at=world.now())


def _faults(
    world: World, team: str, doc: Mapping[str, Any], facts: Sequence[Fact], prefix: str
) -> list[Fault]:
    """What is wrong with facts for a job that has its own; `prefix` is the path of their array in
    the body."""
    now, old = world.now(), doc.get("facts", [])
    active = {fact["key"] for fact in old if fact["active"]}
    faults, keys = list[Fault](), [fact.key for fact in facts]
    known = measured(world, team, doc["type"]) if facts else None
    for at, fact in enumerate(facts):
        if known is not None and fact.key not in known:
            faults.append(
                Fault(
                    f"{prefix}{at}.key",
                    f"{fact.key} is not declared PER_JOB for job type {doc['type']}",
                )
            )
        if fact.key in keys[:at]:
            faults.append(Fault(f"{prefix}{at}.key", f"{fact.key} stands in the request twice"))
        if fact.key in active and not (fact.reason or "").strip():
            faults.append(
                Fault(
                    f"{prefix}{at}.reason",
                    f"{fact.key} is recorded already: replacing it needs a reason",
                )
            )
        if fact.recordedAt is not None and not now - _YEAR <= fact.recordedAt <= now:
            faults.append(
                Fault(f"{prefix}{at}.recordedAt", "must not be in the future, nor over a year ago")
            )
    if len(old) + len(facts) > _MOST_FACTS:
        faults.append(
            Fault(
                "metrics",
                f"a job has at most {_MOST_FACTS} facts, those that were replaced included",
            )
        )
    return faults


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)


def _with_facts(
    world: World, principal: Principal, doc: Mapping[str, Any], facts: Sequence[Fact]
) -> list[Row]:
    """All facts of a job: one a key is active, one that was replaced stays."""
    old, keys = doc.get("facts", []), [fact.key for fact in facts]
    own = {"recordedBy": name_author(world, principal), "recordedAt": world.now(), "active": True}
    new = [{**own, **fact.model_dump(mode="json", exclude_none=True)} for fact in facts]
    return [{**fact, "active": fact["active"] and fact["key"] not in keys} for fact in old] + new


def _revision(job: Record, who: str, now: int, reason: str | None) -> Record:
    """The version of the outcome that a job has now, under its sequence: two of one sequence cannot
    both be stored."""
    sequence = job.doc["outcomeUpdateCount"] + 1
    doc = {own: job.doc.get(own) for own in _MEMBERS.values()}
    doc |= {"sequence": sequence, "reportedBy": who, "reason": reason}
    return Record(_kind(job), str(sequence), doc, f"{sequence:06d}", created_at=now, updated_at=now)


def _kind(job: Record) -> str:
    """The kind that the versions of a job's outcome stand in. A job that was deleted and came again
    begins anew."""
    return f"JOB_OUTCOME/{job.id}/{job.doc['generation']}"
