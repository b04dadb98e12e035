"""Jobs as metered calls make them known: before a call is stored, its job is there and knows the day of the call."""

from dataclasses import replace

from chalicelib.jobs.records import JOB_TYPE, fresh, settle
from chalicelib.metering.drafts import Names
from chalicelib.metering.registry import JOB, registry
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World

TELEMETRY = "TELEMETRY"


def seen(world: World, team: str, names: Names, day: str) -> None:
    """Note that a call of a UTC day (YYYY-MM-DD) names a job. What the job does not know of itself it learns from the
    call; what it knows stays. Reads and writes nothing while the process remembers the same of it."""
    registry(world).remember((team, JOB, day, *names[7:]), lambda: _note(world, team, names, day).id)


def _note(world: World, team: str, names: Names, day: str) -> Record:
    told = {
        "agenticJobId": names.job_id,
        "name": names.job_name or None,
        "type": names.job_type.strip().lower() or None,
        "version": names.job_version or None,
        "environment": names.environment or None,
    }
    if told["type"]:
        registry(world).named(team, JOB_TYPE, told["type"])

    def change(before: Record | None) -> Record | None:
        job = fresh(world, team, told, TELEMETRY, before) if before is None or before.deleted else before
        doc = job.doc
        learnt = {name: value for name, value in told.items() if value and doc.get(name) is None}
        days = {"firstDay": min(doc.get("firstDay", day), day), "lastDay": max(doc.get("lastDay", day), day)}
        after = {**doc, **learnt, **days}
        if job is before and after == doc:
            return None
        return replace(job, doc=after, updated_at=world.now() if learnt else job.updated_at)

    return settle(world, team, names.job_id, change)
