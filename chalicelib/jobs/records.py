"""Records of jobs: how they are identified, ordered and changed.

A job is known by the id that its owner gave it, and that id is compared exactly: ids are often
generated, and two that differ in case alone must not share an outcome or a bill. A slip in the case
shows as a job of its own; nothing is lost.

A job knows the first and the last UTC day that a call of it stands on in the lake (`firstDay`,
`lastDay`; absent while nothing was metered), so that asking what it cost reads these days only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.directory.job_records import (
    INSTANT_DIGITS,
    LAST_INSTANT,
    check_job_id,
    job_record_id,
    require_job,
)
from chalicelib.directory.registry import JOB
from chalicelib.kit.days import list_days
from chalicelib.kit.ids import hashid
from chalicelib.kit.pages import PageRequest
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany
from chalicelib.resources.listing import read_page

MOST = 100_000
"""Jobs that are read to answer one question."""

_BLOCKS = 12
"""Prefixes that a range of instants is read by, at most."""
_NARROW = "narrow the time with startDate and endDate"
_ID_BITS = 58


@dataclass(frozen=True, slots=True)
class JobFact:
    """A measured fact of a job. One that was replaced is kept, and no longer `active`."""

    key: str
    value: Decimal
    active: bool
    recorded_at: int = 0
    """UTC epoch ms."""

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "JobFact":
        """The fact of a stored job."""
        return cls(doc["key"], Decimal(doc["value"]), doc["active"], doc.get("recordedAt") or 0)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is stored, read once from its record. Instants are UTC epoch milliseconds.

    `agentic_id` is the id that its owner gave it. `execution_status` is None until an outcome was
    reported. `entity_version` counts changes of the outcome; `generation` counts how often the job
    was deleted and came again. `first_day` and `last_day` are empty while nothing was metered.
    """

    id: str
    agentic_id: str
    name: str | None
    type: str | None
    version: str | None
    environment: str | None
    source: str
    entity_version: int
    generation: int
    first_day: str
    last_day: str
    execution_status: str | None
    outcome_type: str | None
    outcome_value: Decimal | None
    outcome_currency: str | None
    outcome_metadata: str | None
    outcome_reason: str | None
    outcome_reported_at: int | None
    outcome_updated_at: int | None
    outcome_updated_by: str | None
    outcome_update_count: int
    facts: Sequence[JobFact]
    created_at: int
    updated_at: int

    @classmethod
    def of(cls, record: Record) -> "Job":
        """The job of its record."""
        doc = record.doc
        value = doc.get("outcomeValue")
        return cls(
            id=record.id,
            agentic_id=doc["agenticJobId"],
            name=doc["name"],
            type=doc["type"],
            version=doc.get("version"),
            environment=doc.get("environment"),
            source=doc["source"],
            entity_version=doc["entityVersion"],
            generation=doc["generation"],
            first_day=doc.get("firstDay", ""),
            last_day=doc.get("lastDay", ""),
            execution_status=doc.get("executionStatus"),
            outcome_type=doc.get("outcomeType"),
            outcome_value=None if value is None else Decimal(value),
            outcome_currency=doc.get("outcomeCurrency"),
            outcome_metadata=doc.get("outcomeMetadata"),
            outcome_reason=doc.get("outcomeReason"),
            outcome_reported_at=doc.get("outcomeReportedAt"),
            outcome_updated_at=doc.get("outcomeUpdatedAt"),
            outcome_updated_by=doc.get("outcomeUpdatedBy"),
            outcome_update_count=doc["outcomeUpdateCount"],
            facts=[JobFact.of(fact) for fact in doc.get("facts", ())],
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    @property
    def label(self) -> str:
        """What it is called: its name, else the id that its owner gave it."""
        return str(self.name or self.agentic_id)

    @property
    def has_outcome(self) -> bool:
        """Whether its outcome was reported."""
        return self.execution_status is not None

    @property
    def shown_id(self) -> str:
        """Its hashid."""
        return hashid(int(self.id, 16) >> (4 * len(self.id) - _ID_BITS))

    @property
    def active_facts(self) -> list[JobFact]:
        """The facts that hold, at most one a key."""
        return [fact for fact in self.facts if fact.active]


def read_job(world: World, team: Scope, agentic_job_id: str) -> Job:
    """The job. Raises UnknownRecord, which clients repeat a request on, and Invalid for what can be
    no id."""
    record = world.documents.get(team, JOB, job_record_id(team, check_job_id(agentic_job_id)))
    return Job.of(require_job(record, agentic_job_id))


def page_of_newest(world: World, team: Scope, request: PageRequest) -> tuple[Sequence[Job], int]:
    """One page of all jobs, the newest first, and how many there are: read as far as the page's
    end, and counted when there are more. Raises TooMany for a page that lies too deep."""
    begin = request.number * request.size
    if begin < MOST:
        records, total = read_page(world, team, JOB, request, by="reference")
        return [Job.of(record) for record in records], total
    total = world.documents.count(team, JOB)
    if begin < total:
        raise TooMany(f"pages end after {MOST} jobs: {_NARROW}")
    return [], total


def created_between(
    world: World, team: Scope, start: int, end: int, keep: Callable[[Job], bool] | None = None
) -> list[Job]:
    """The jobs created in a window (UTC epoch ms, both ends inclusive) that `keep` lets pass, the
    newest first.

    What the window holds is read. Raises TooMany when that is over MOST.
    """
    jobs: list[Job] = []
    seen = 0
    for prefix in prefixes(start, end):
        for record in walk(world.documents, team, JOB, by="reference", prefix=prefix):
            if not start <= record.created_at <= end:
                continue
            seen += 1
            if seen > MOST:
                raise TooMany(f"there are over {MOST} jobs: {_NARROW}")
            job = Job.of(record)
            if keep is None or keep(job):
                jobs.append(job)
    return jobs


def prefixes(start: int, end: int) -> list[str]:
    """At most 12 prefixes that together hold every reference of a window, and little more; in the
    order of pages."""
    low, high = max(0, LAST_INSTANT - end), min(LAST_INSTANT, LAST_INSTANT - start)
    if low > high:
        return []
    width = 0
    while high // 10**width - low // 10**width >= _BLOCKS:
        width += 1
    digits = INSTANT_DIGITS - width
    blocks = range(low // 10**width, high // 10**width + 1)
    return [f"{block:0{digits}d}" if digits else "" for block in blocks]


def days_of(jobs: Sequence[Job]) -> list[str]:
    """The UTC days (YYYY-MM-DD) that calls of some jobs may stand on, oldest first."""
    days: set[str] = set()
    for first, last in {(job.first_day, job.last_day) for job in jobs if job.first_day}:
        days.update(list_days(first, last))
    return sorted(days)
