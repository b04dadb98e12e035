"""Jobs as metered calls make them known: before a call is stored, its job is there and knows the
day of the call."""

from dataclasses import replace

from chalicelib.directory.job_records import Doc, build_job, rewrite_job
from chalicelib.directory.names import Names
from chalicelib.directory.registry import JOB, registry
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

JOB_TYPE = "JOB_TYPE"
"""Kind of the types that jobs of a team have had, one small record each."""


TELEMETRY = "TELEMETRY"
"""The source of jobs that metered calls have named first."""


def note_call(world: World, team: Scope, names: Names, day: str) -> None:
    """Note that a call of a UTC day (YYYY-MM-DD) names a job. Members that the job lacks are taken
    from the call, others stay. Reads and writes nothing while the process remembers the same of
    it."""
    registry(world).remember(
        (team, JOB, day, *names.job_key()), lambda: _note(world, team, names, day).id
    )


def _note(world: World, team: Scope, names: Names, day: str) -> Record:
    stated = {
        "agenticJobId": names.job_id,
        "name": names.job_name or None,
        "type": names.job_type.strip().lower() or None,
        "version": names.job_version or None,
        "environment": names.environment or None,
    }
    if stated["type"]:
        registry(world).obtain_id(team, JOB_TYPE, stated["type"])

    def change(before: Record | None) -> Record | None:
        job = before
        if job is None or job.deleted:
            job = build_job(world, team, stated, TELEMETRY, before)
        doc = job.doc
        learnt: Doc = {
            name: value for name, value in stated.items() if value and doc.get(name) is None
        }
        days = {
            "firstDay": min(doc.get("firstDay", day), day),
            "lastDay": max(doc.get("lastDay", day), day),
        }
        after = {**doc, **learnt, **days}
        if job is before and after == doc:
            return None
        return replace(job, doc=after, updated_at=world.now() if learnt else job.updated_at)

    return rewrite_job(world, team, names.job_id, change)
