"""Economics of job types: what is measured of their jobs, and what a unit of it is worth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.jobs.economics_schemas import JobTypeEconomicsRequest, JobTypeEconomicsResource
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend
from chalicelib.resources.checks import check_size
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.listing import read_all

ECONOMICS = "JOB_TYPE_ECONOMICS"
"""Kind of the declarations of a team, one a type of jobs, by the type."""
PER_JOB = "PER_JOB"
_LONGEST_TYPE = 128


@dataclass(frozen=True, slots=True)
class Economics:
    """What is declared of a type of jobs, as it is stored. `fact_keys` are the keys of facts that
    its jobs may have; `worth` is the fact that gives jobs their value, None where none does."""

    fact_keys: frozenset[str]
    worth: "Worth | None"

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "Economics":
        """The economics of a stored declaration."""
        metrics = doc["metrics"]
        rule = doc.get("monetization")
        return cls(
            frozenset(each["key"] for each in metrics if each["resolution"] == PER_JOB),
            Worth(rule["metricKey"], Decimal(rule["valuePerUnit"])) if rule else None,
        )


@dataclass(frozen=True, slots=True)
class Worth:
    """The key of the fact that gives jobs their value, and USD for one of it."""

    key: str
    usd: Decimal


def declare(
    world: World, team: Scope, job_type: str, body: JobTypeEconomicsRequest
) -> JobTypeEconomicsResource:
    """Replace what is declared of a type. Raises Invalid with every fault, and Stale."""
    faults = list(_faults(job_type, body))
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    doc = body.model_dump(mode="json", exclude_none=True)
    check_size("declaration", doc)
    amend(world.documents, team, ECONOMICS, _id_of(job_type), lambda _: doc)
    return JobTypeEconomicsResource(jobType=_id_of(job_type), **doc)


def read_declaration(world: World, team: Scope, job_type: str) -> JobTypeEconomicsResource:
    """What is declared of a type. Raises UnknownRecord."""
    record = world.documents.get(team, ECONOMICS, _id_of(job_type))
    if record is None:
        raise UnknownRecord("Economics", job_type, by="type")
    return JobTypeEconomicsResource(jobType=record.id, **record.doc)


def find_fact_keys(world: World, team: Scope, job_type: str | None) -> frozenset[str] | None:
    """The keys of facts that jobs of a type may have; None when nothing is declared of it, and any
    will do."""
    record = world.documents.get(team, ECONOMICS, job_type) if job_type else None
    return None if record is None else Economics.of(record.doc).fact_keys


def read_worths(world: World, team: Scope) -> Mapping[str, Worth]:
    """What gives jobs their value, by their type; types of which that is not declared are
    absent."""
    worths: dict[str, Worth] = {}
    for record in read_all(world, team, ECONOMICS):
        if worth := Economics.of(record.doc).worth:
            worths[record.id] = worth
    return worths


def _id_of(job_type: str) -> str:
    return job_type.strip().lower()


def _faults(job_type: str, body: JobTypeEconomicsRequest) -> Iterator[Fault]:
    """Everything that is wrong with a declaration."""
    if not 0 < len(_id_of(job_type)) <= _LONGEST_TYPE:
        yield Fault("type", f"has 1 to {_LONGEST_TYPE} characters")
    keys = [metric.key for metric in body.metrics]
    yield from _repetitions("metrics", keys)
    if body.unitMetricKey not in keys:
        yield Fault("unitMetricKey", f"{body.unitMetricKey} is none of the metrics")
    yield from _monetization_faults(body)
    yield from _repetitions("dimensions", [dimension.key for dimension in body.dimensions])
    if (body.overheadPerUnit is None) is not (body.overheadCurrency is None):
        yield Fault("overheadCurrency", "overheadPerUnit and overheadCurrency go together")


def _monetization_faults(body: JobTypeEconomicsRequest) -> Iterator[Fault]:
    per_job = [metric.key for metric in body.metrics if metric.resolution == PER_JOB]
    if body.monetization and body.monetization.metricKey not in per_job:
        message = f"{body.monetization.metricKey} is none of the metrics of each job"
        yield Fault("monetization.metricKey", message)


def _repetitions(member: str, keys: Sequence[str]) -> Iterator[Fault]:
    """A fault for each key of an array that stands in it before."""
    for at, key in enumerate(keys):
        if key in keys[:at]:
            yield Fault(f"{member}.{at}.key", f"{key} is declared twice")
