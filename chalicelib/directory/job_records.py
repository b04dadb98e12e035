"""Stored jobs: their ids, and the documents that telemetry and people make of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalicelib.directory.registry import JOB
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import event_id
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import retry
from chalicelib.resources.checks import check_size
from chalicelib.resources.errors import UnknownRecord

Doc = Mapping[str, Any]
Change = Callable[[Record | None], Record | None]
"""From a job (None where there is none yet) to what it becomes (None: it stays as it is)."""
LAST_INSTANT = 10**13 - 1
"""An instant in the year 2286: pages count down from it, so that they begin with the newest."""

INSTANT_DIGITS = 13
_NEVER_IN_ID = "/\\%;"
"""Characters that no id can have."""


_STATED = ("agenticJobId", "name", "type", "version", "environment")
"""Members that whoever names a job may state."""


def job_record_id(team: Scope, agentic_job_id: str) -> str:
    """The id of a job's record. It follows from the job's own id, so that finding a job is one
    read, however it came to be known."""
    return event_id(team, JOB, agentic_job_id)


def check_job_id(agentic_job_id: str) -> str:
    """The id itself. Raises Invalid for one that no job can have."""
    if any(character in agentic_job_id for character in _NEVER_IN_ID):
        raise Invalid(f"a job id has none of {' '.join(_NEVER_IN_ID)}", field="agenticJobId")
    return agentic_job_id


def require_job(record: Record | None, agentic_job_id: str) -> Record:
    """The record of a job. Raises UnknownRecord when there is none, or it was deleted."""
    if record is None or record.deleted:
        raise UnknownRecord("Job", agentic_job_id, by="agenticJobId")
    return record


def build_job(
    world: World, team: Scope, members: Doc, source: str, before: Record | None
) -> Record:
    """The record of a new job, with what `members` state of it; `source` says who named it first.
    One that was deleted (`before`) may come again: it keeps nothing but the first and the last day
    of its calls, which stayed."""
    now, old = world.now(), before.doc if before else {}
    doc = {name: members.get(name) for name in _STATED}
    doc |= {
        "source": source,
        "entityVersion": 0,
        "outcomeUpdateCount": 0,
        "generation": old["generation"] + 1 if before else 0,
    }
    doc |= {name: old[name] for name in ("firstDay", "lastDay") if name in old}
    job_id = members["agenticJobId"]
    return Record(
        kind=JOB,
        id=job_record_id(team, job_id),
        doc=doc,
        name=job_id,
        reference=f"{LAST_INSTANT - now:0{INSTANT_DIGITS}d}",
        version=before.version if before else 1,
        created_at=now,
        updated_at=now,
    )


def rewrite_job(
    world: World,
    team: Scope,
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
