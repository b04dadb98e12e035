"""Economics of job types: what is measured of their jobs, and what a unit of it is worth."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from chalicelib.jobs.economics_schemas import JobTypeEconomicsRequest, JobTypeEconomicsResource
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend
from chalicelib.resources.errors import UnknownRecord, check_size
from chalicelib.resources.listing import read_all

ECONOMICS = "JOB_TYPE_ECONOMICS"
"""Kind of the declarations of a team, one a type of jobs, by the type."""
PER_JOB = "PER_JOB"
_LONGEST_TYPE = 128


def declare(
    world: World, team: str, job_type: str, body: JobTypeEconomicsRequest
) -> JobTypeEconomicsResource:
    """Replace what is declared of a type. Raises Invalid with every fault, and Stale."""
    faults = list(_faults(job_type, body))
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    doc = body.model_dump(mode="json", exclude_none=True)
    check_size("declaration", doc)
    amend(world.documents, team, ECONOMICS, _named(job_type), lambda _: doc)
    return JobTypeEconomicsResource(jobType=_named(job_type), **doc)


def declared(world: World, team: str, job_type: str) -> JobTypeEconomicsResource:
    """What is declared of a type. Raises UnknownRecord."""
    record = world.documents.get(team, ECONOMICS, _named(job_type))
    if record is None:
        raise UnknownRecord("Economics", job_type, by="type")
    return JobTypeEconomicsResource(jobType=record.id, **record.doc)


def measured(world: World, team: str, job_type: str | None) -> frozenset[str] | None:
    """The keys of facts that jobs of a type may have; None when nothing is declared of it, and any
    will do."""
    record = world.documents.get(team, ECONOMICS, job_type) if job_type else None
    return None if record is None else _per_job(record)


def worths(world: World, team: str) -> Mapping[str, tuple[str, Decimal]]:
    """The metric that gives jobs their value, and USD for one of it, by type of jobs."""
    return {
        record.id: (rule["metricKey"], Decimal(rule["valuePerUnit"]))
        for record in read_all(world, team, ECONOMICS)
        if (rule := record.doc.get("monetization"))
    }


def _per_job(record: Record) -> frozenset[str]:
    return frozenset(
        metric["key"] for metric in record.doc["metrics"] if metric["resolution"] == PER_JOB
    )


def _named(job_type: str) -> str:
    return job_type.strip().lower()


def _faults(job_type: str, body: JobTypeEconomicsRequest) -> Iterator[Fault]:
    keys = [metric.key for metric in body.metrics]
    if not 0 < len(_named(job_type)) <= _LONGEST_TYPE:
        yield Fault("type", f"has 1 to {_LONGEST_TYPE} characters")
    for at, key in enumerate(keys):
        if key in keys[:at]:
            yield Fault(f"metrics.{at}.key", f"{key} is declared twice")
    if body.unitMetricKey not in keys:
        yield Fault("unitMetricKey", f"{body.unitMetricKey} is none of the metrics")
    per_job = [metric.key for metric in body.metrics if metric.resolution == PER_JOB]
    if body.monetization and body.monetization.metricKey not in per_job:
        yield Fault(
            "monetization.metricKey",
            f"{body.monetization.metricKey} is none of the metrics of each job",
        )
    dimensions = [dimension.key for dimension in body.dimensions]
    for at, key in enumerate(dimensions):
        if key in dimensions[:at]:
            yield Fault(f"dimensions.{at}.key", f"{key} is declared twice")
    if (body.overheadPerUnit is None) is not (body.overheadCurrency is None):
        yield Fault("overheadCurrency", "overheadPerUnit and overheadCurrency go together")
