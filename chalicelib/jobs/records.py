"""Records of jobs: how they are identified, ordered and changed.

A job is known by the id that its owner gave it, and that id is compared exactly: ids are often
generated, and two that differ in case alone must not share an outcome or a bill. A slip in the case
shows as a job of its own; nothing is lost.

A job knows the first and the last UTC day that a call of it stands on in the lake (`firstDay`,
`lastDay`; absent while nothing was metered), so that asking what it cost reads these days only.
"""

from collections.abc import Callable, Sequence

from chalicelib.directory.jobs import (
    _BLOCKS,
    _DIGITS,
    _LAST,
    check_job_id,
    job_record_id,
    require_job,
)
from chalicelib.directory.registry import JOB
from chalicelib.kit.clock import day_start
from chalicelib.kit.ids import hashid
from chalicelib.kit.pages import PageRequest
from chalicelib.kit.windows import Window
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany
from chalicelib.resources.listing import read_page

MOST = 100_000
"""Jobs that are read to answer one question."""

_NARROW = "narrow the time with startDate and endDate"
_ID_BITS = 58


def shown_id(record: Record) -> str:
    """The hashid of a job."""
    return hashid(int(record.id, 16) >> (4 * len(record.id) - _ID_BITS))


def job_of(world: World, team: str, agentic_job_id: str) -> Record:
    """The job. Raises UnknownRecord, which clients repeat a request on, and Invalid for what can be
    no id."""
    record = world.documents.get(team, JOB, job_record_id(team, check_job_id(agentic_job_id)))
    return require_job(record, agentic_job_id)


def newest(world: World, team: str, request: PageRequest) -> tuple[Sequence[Record], int]:
    """One page of all jobs, the newest first, and how many there are: read as far as the page's
    end, and counted when there are more. Raises TooMany for a page that lies too deep."""
    begin = request.number * request.size
    if begin < MOST:
        return read_page(world, team, JOB, request, by="reference")
    total = world.documents.count(team, JOB)
    if begin < total:
        raise TooMany(f"pages end after {MOST} jobs: {_NARROW}")
    return [], total


def created_between(
    world: World, team: str, start: int, end: int, keep: Callable[[Record], bool] = bool
) -> list[Record]:
    """The jobs created in a window (epoch ms, both ends inclusive) that `keep` lets pass, the
    newest first.

    What the window holds is read. Raises TooMany when that is over MOST.
    """
    found, seen = list[Record](), 0
    for prefix in prefixes(start, end):
        for record in walk(world.documents, team, JOB, by="reference", prefix=prefix):
            if not start <= record.created_at <= end:
                continue
            seen += 1
            if seen > MOST:
                raise TooMany(f"there are over {MOST} jobs: {_NARROW}")
            if keep(record):
                found.append(record)
    return found


def prefixes(start: int, end: int) -> list[str]:
    """At most 12 prefixes that together hold every reference of a window, and little more; in the
    order of pages."""
    low, high = max(0, _LAST - end), min(_LAST, _LAST - start)
    if low > high:
        return []
    width = next(
        width for width in range(_DIGITS + 1) if high // 10**width - low // 10**width < _BLOCKS
    )
    digits = _DIGITS - width
    return [
        f"{block:0{digits}d}" if digits else ""
        for block in range(low // 10**width, high // 10**width + 1)
    ]


def days_of(records: Sequence[Record]) -> list[str]:
    """The UTC days that calls of some jobs may stand on, oldest first."""
    spans = {
        (record.doc["firstDay"], record.doc["lastDay"])
        for record in records
        if "firstDay" in record.doc
    }
    return sorted(
        {day for first, last in spans for day in Window(day_start(first), day_start(last)).days()}
    )
