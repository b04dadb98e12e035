"""Working: the jobs that a chart shows, and what came of them. A job, with its outcome, stands in
the bucket in which it was created, whenever that outcome was reported, as it does in other reports
on jobs."""

from chalicelib.charts.frames import Frame
from chalicelib.charts.metrics import (
    CONVERTED,
    FINISHED,
    JOBS,
    REPORTED,
    SUCCEEDED,
    UNRATED_VALUES,
    VALUE,
    VALUES,
    ChartMetric,
)
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Calculation, ChartDimension
from chalicelib.jobs.records import Job, created_between
from chalicelib.jobs.tally import JobType
from chalicelib.jobs.values import Values
from chalicelib.ports.scope import Scope
from chalicelib.reports.asking import Asker


def tally_jobs(
    asker: Asker, tenant: Scope, frame: Frame, metric: ChartMetric, calculation: Calculation
) -> Tally:
    """The jobs of a frame. Raises TooMany."""
    world, team = asker.world, asker.team
    values = Values(world, tenant, team)
    tally = Tally(metric.terms(calculation))
    for job in created_between(world, team, frame.window.start, frame.window.end):
        group = frame.group(names_of(job))
        if group is not None:
            tally.add(group, frame.bucket(job.created_at), _count(job, values))
    return tally


def names_of(job: Job) -> dict[ChartDimension, str]:
    """By what a job may be grouped; empty where it has none."""
    return {
        ChartDimension.JOB_TYPE: job.type or "",
        ChartDimension.JOB_ENVIRONMENT: job.environment or "",
        ChartDimension.EXECUTION_STATUS: job.execution_status or "",
        ChartDimension.OUTCOME_TYPE: job.outcome_type or "",
    }


def _count(job: Job, values: Values) -> dict[str, int]:
    """What one job counts for, by the name of the term."""
    one = JobType()
    one.add(job, values.value(job))
    valued = int(job.outcome_value is not None)
    return {
        JOBS.name: one.jobs,
        REPORTED.name: int(job.has_outcome),
        FINISHED.name: one.finished,
        SUCCEEDED.name: one.successes,
        CONVERTED.name: one.conversions,
        VALUE.name: one.value,
        UNRATED_VALUES.name: one.foreign,
        VALUES.rows.name: valued,
        VALUES.known.name: valued - one.foreign,
    }
