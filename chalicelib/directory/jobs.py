"""Jobs as metered calls make them known: before a call is stored, its job is there and knows the
day of the call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.directory.names import Names
from chalicelib.directory.registry import JOB, registry
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import event_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry
from chalicelib.resources.errors import UnknownRecord, check_size

JOB_TYPE = "JOB_TYPE"
"""Kind of the types that jobs of a team have had, one small record each."""

Doc = Mapping[str, Any]

Change = Callable[[Record | None], Record | None]

_LAST = 10**13 - 1
"""An instant in the year 2286: pages count down from it, so that they begin with the newest."""

_DIGITS, _BLOCKS = 13, 12

_NEVER = "/\\%;"
"""Characters that no id can have."""
TELEMETRY = "TELEMETRY"


def note_call(world: World, team: str, names: Names, day: str) -> None:
    """Note that a call of a UTC day (YYYY-MM-DD) names a job. What the job does not know of itself
    it learns from the call; what it knows stays. Reads and writes nothing while the process
    remembers the same of it."""
    registry(world).remember(
        (team, JOB, day, *names.job_key()), lambda: _note(world, team, names, day).id
    )


def _note(world: World, team: str, names: Names, day: str) -> Record:
    told = {
        "agenticJobId": names.job_id,
        "name": names.job_name or None,
        "type": names.job_type.strip().lower() or None,
        "version": names.job_version or None,
        "environment": names.environment or None,
    }
    if told["type"]:
        registry(world).obtain_id(team, JOB_TYPE, told["type"])

    def change(before: Record | None) -> Record | None:
        job = (
            build_job(world, team, told, TELEMETRY, before)
            if before is None or before.deleted
            else before
        )
        doc = job.doc
        learnt = {name: value for name, value in told.items() if value and doc.get(name) is None}
        days = {
            "firstDay": min(doc.get("firstDay", day), day),
            "lastDay": max(doc.get("lastDay", day), day),
        }
        after = {**doc, **learnt, **days}
        if job is before and after == doc:
            return None
        return replace(job, doc=after, updated_at=world.now() if learnt else job.updated_at)

    return rewrite_job(world, team, names.job_id, change)


def job_record_id(team: str, agentic_job_id: str) -> str:
    """The document of a job: the same however it comes to be known, so that finding it is one
    read."""
    return event_id(team, JOB, agentic_job_id)


def check_job_id(agentic_job_id: str) -> str:
    """The id. Raises Invalid for one that no job can have."""
    if any(character in agentic_job_id for character in _NEVER):
        raise Invalid(f"a job id has none of {' '.join(_NEVER)}", field="agenticJobId")
    return agentic_job_id


def require_job(record: Record | None, agentic_job_id: str) -> Record:
    """The record, when it is one. Raises UnknownRecord."""
    if record is None or record.deleted:
        raise UnknownRecord("Job", agentic_job_id, by="agenticJobId")
    return record


def build_job(world: World, team: str, members: Doc, source: str, before: Record | None) -> Record:
    """A new job. One that was deleted may come again: it keeps nothing but the days of its calls,
    which stayed."""
    now, old = world.now(), before.doc if before else {}
    doc = {
        **{
            name: members.get(name)
            for name in ("agenticJobId", "name", "type", "version", "environment")
        },
        "source": source,
        "entityVersion": 0,
        "outcomeUpdateCount": 0,
        "generation": old["generation"] + 1 if before else 0,
        **{name: old[name] for name in ("firstDay", "lastDay") if name in old},
    }
    job_id = doc["agenticJobId"]
    made = Record(
        JOB,
        job_record_id(team, job_id),
        doc,
        job_id,
        f"{_LAST - now:0{_DIGITS}d}",
        created_at=now,
        updated_at=now,
    )
    return replace(made, version=before.version) if before else made


def rewrite_job(
    world: World,
    team: str,
    agentic_job_id: str,
    change: Change,
    also: Callable[[Record], Sequence[Record]] = lambda _: (),
) -> Record:
    """Write what `change` makes of a job (None where there is none yet), again whenever somebody
    else was quicker.

    When it answers None nothing is written. `also` are records of the same transaction. Raises what
    `change` raises, TooLarge, and Stale when others were quicker a hundred times in a row.
    """
    key = job_record_id(team, agentic_job_id)

    def attempt() -> Record:
        before = world.documents.get(team, JOB, key)
        after = change(before)
        if after is None:
            return require_job(before, agentic_job_id)
        check_size("job", after.doc)
        write = world.documents.update if before else world.documents.create
        return write(team, after, also=also(after))

    return retry(attempt)
