"""Records of jobs: how they are identified, ordered and changed.

A job is known by the id that its owner gave it, and that id is compared exactly: ids are often generated, and two that
differ in case alone must not share an outcome or a bill. A slip in the case shows as a job of its own; nothing is lost.

A job knows the first and the last UTC day that a call of it stands on in the lake (`firstDay`, `lastDay`; absent while
nothing was metered), so that asking what it cost reads these days only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chalicelib.catalog.errors import TooMany, UnknownRecord, check_size
from chalicelib.catalog.listing import each, ordered
from chalicelib.kit.clock import day_start
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import event_id, hashid
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.metering.registry import JOB
from chalicelib.ports.documents import Record, Stale, Taken
from chalicelib.ports.world import World

JOB_TYPE = "JOB_TYPE"
"""Kind of the types that jobs of a team have had, one small record each."""
MOST = 100_000
"""Jobs that are read to answer one question."""
Doc = Mapping[str, Any]
Change = Callable[[Record | None], Record | None]

_LAST = 10**13 - 1
"""An instant in the year 2286: pages count down from it, so that they begin with the newest."""
_DIGITS, _BLOCKS, _ATTEMPTS = 13, 12, 100
_NARROW = "narrow the time with startDate and endDate"
_NEVER = "/\\%;"
"""Characters that no id can have."""
_ID_BITS = 58


def record_id(team: str, agentic_job_id: str) -> str:
    """The document of a job: the same however it comes to be known, so that finding it is one read."""
    return event_id(team, JOB, agentic_job_id)


def shown_id(record: Record) -> str:
    """The hashid of a job."""
    return hashid(int(record.id, 16) >> (4 * len(record.id) - _ID_BITS))


def job_of(world: World, team: str, agentic_job_id: str) -> Record:
    """The job. Raises UnknownRecord, which clients repeat a request on, and Invalid for what can be no id."""
    record = world.documents.get(team, JOB, record_id(team, checked(agentic_job_id)))
    return known(record, agentic_job_id)


def checked(agentic_job_id: str) -> str:
    """The id. Raises Invalid for one that no job can have."""
    if any(character in agentic_job_id for character in _NEVER):
        raise Invalid(f"a job id has none of {' '.join(_NEVER)}", field="agenticJobId")
    return agentic_job_id


def known(record: Record | None, agentic_job_id: str) -> Record:
    """The record, when it is one. Raises UnknownRecord."""
    if record is None or record.deleted:
        raise UnknownRecord("Job", agentic_job_id, by="agenticJobId")
    return record


def fresh(world: World, team: str, members: Doc, source: str, before: Record | None) -> Record:
    """A new job. One that was deleted may come again: it keeps nothing but the days of its calls, which stayed."""
    now, old = world.now(), before.doc if before else {}
    doc = {
        **{name: members.get(name) for name in ("agenticJobId", "name", "type", "version", "environment")},
        "source": source,
        "entityVersion": 0,
        "outcomeUpdateCount": 0,
        "generation": old["generation"] + 1 if before else 0,
        **{name: old[name] for name in ("firstDay", "lastDay") if name in old},
    }
    job_id = doc["agenticJobId"]
    made = Record(
        JOB, record_id(team, job_id), doc, job_id, f"{_LAST - now:0{_DIGITS}d}", created_at=now, updated_at=now
    )
    return replace(made, version=before.version) if before else made


def settle(
    world: World,
    team: str,
    agentic_job_id: str,
    change: Change,
    also: Callable[[Record], Sequence[Record]] = lambda _: (),
) -> Record:
    """Write what `change` makes of a job (None where there is none yet), again whenever somebody else was quicker.

    When it answers None nothing is written. `also` are records of the same transaction. Raises what `change` raises,
    TooLarge, and Stale when others were quicker a hundred times in a row.
    """
    key = record_id(team, agentic_job_id)
    for _ in range(_ATTEMPTS):
        before = world.documents.get(team, JOB, key)
        after = change(before)
        if after is None:
            return known(before, agentic_job_id)
        check_size("job", after.doc)
        write = world.documents.update if before else world.documents.create
        try:
            return write(team, after, also=also(after))
        except (Stale, Taken):
            continue
    raise Stale(JOB, agentic_job_id)


def newest(world: World, team: str, request: PageRequest) -> tuple[Sequence[Record], int]:
    """One page of all jobs, the newest first, and how many there are: read as far as the page's end, and counted when
    there are more. Raises TooMany for a page that lies too deep."""
    begin = request.number * request.size
    if begin < MOST:
        return ordered(world, team, JOB, request, by="reference")
    total = world.documents.count(team, JOB)
    if begin < total:
        raise TooMany(f"pages end after {MOST} jobs: {_NARROW}")
    return [], total


def created_between(
    world: World, team: str, start: int, end: int, keep: Callable[[Record], bool] = bool
) -> list[Record]:
    """The jobs created in a window (epoch ms, both ends inclusive) that `keep` lets pass, the newest first.

    What the window holds is read. Raises TooMany when that is over MOST.
    """
    found, seen = list[Record](), 0
    for prefix in prefixes(start, end):
        for record in each(world, team, JOB, by="reference", prefix=prefix):
            if not start <= record.created_at <= end:
                continue
            seen += 1
            if seen > MOST:
                raise TooMany(f"there are over {MOST} jobs: {_NARROW}")
            if keep(record):
                found.append(record)
    return found


def prefixes(start: int, end: int) -> list[str]:
    """At most 12 prefixes that together hold every reference of a window, and little more; in the order of pages."""
    low, high = max(0, _LAST - end), min(_LAST, _LAST - start)
    if low > high:
        return []
    width = next(width for width in range(_DIGITS + 1) if high // 10**width - low // 10**width < _BLOCKS)
    digits = _DIGITS - width
    return [f"{block:0{digits}d}" if digits else "" for block in range(low // 10**width, high // 10**width + 1)]


def days_of(records: Sequence[Record]) -> list[str]:
    """The UTC days that calls of some jobs may stand on, oldest first."""
    spans = {(record.doc["firstDay"], record.doc["lastDay"]) for record in records if "firstDay" in record.doc}
    return sorted({day for first, last in spans for day in Window(day_start(first), day_start(last)).days()})
