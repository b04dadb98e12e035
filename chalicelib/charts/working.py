"""Working: the jobs that a chart shows, and what came of them. A job, with its outcome, stands in
the bucket in which it was created, whenever that outcome was reported, as it does in other reports
on jobs."""

from collections.abc import Sequence

from chalicelib.charts.frames import Frame
from chalicelib.charts.metrics import (
    CONVERTED,
    ENDED,
    FINISHED,
    JOBS,
    REPORTED,
    SPENT,
    SUCCEEDED,
    UNRATED_VALUES,
    VALUE,
    ChartMetric,
)
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Calculation, ChartDimension
from chalicelib.jobs.records import Job, created_between
from chalicelib.jobs.summary import read_spending_of
from chalicelib.jobs.tally import JobTally, JobType, covered_calls, type_of
from chalicelib.jobs.values import Values
from chalicelib.ports.scope import Scope
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import Coverage

_Place = tuple[str, bool, str, int]
"""Of a job: its type, whether it is shown, its group and its bucket."""


def tally_jobs(
    asker: Asker, tenant: Scope, frame: Frame, metric: ChartMetric, calculation: Calculation
) -> Tally:
    """The jobs of a frame. Raises TooMany, EngineBusy."""
    world, team = asker.world, asker.team
    values = Values(world, tenant, team)
    jobs = created_between(world, team, frame.window.start, frame.window.end)
    tally = Tally(metric.terms(calculation))
    if metric.is_money:
        return _add_costs(asker, frame, tally, (jobs, values))
    for job in jobs:
        group = frame.group(_names_of(job))
        if group is not None:
            tally.add(group, frame.bucket(job.created_at), _count(job, values))
    return tally


def _add_costs(
    asker: Asker, frame: Frame, tally: Tally, told: tuple[Sequence[Job], Values]
) -> Tally:
    """What jobs cost. By their type first, because tools outside of jobs are charged to types: so
    that a type costs what it does in the report on jobs."""
    jobs, values = told

    def place(job: Job) -> _Place:
        group = frame.group(_names_of(job))
        return type_of(job), group is not None, group or "", frame.bucket(job.created_at)

    spent = JobTally(jobs, values, place)
    if jobs:
        spent.spend(read_spending_of(asker.world, asker.team, frame.window, jobs))
    shown: list[JobType] = []
    for (_, is_shown, group, bucket), each in spent.types.items():
        if is_shown:
            shown.append(each)
            tally.add(group, bucket, _count_costs(each))
    calls = covered_calls(shown)
    tally.coverage = Coverage(calls.unpriced_calls, calls.calls)
    return tally


def _count_costs(jobs: JobType) -> dict[str, int]:
    return {
        SPENT.name: jobs.cost,
        JOBS.name: jobs.jobs,
        FINISHED.name: jobs.finished,
        ENDED.name: jobs.conversions + jobs.deflections,
    }


def _names_of(job: Job) -> dict[ChartDimension, str]:
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
    return {
        JOBS.name: one.jobs,
        REPORTED.name: int(job.has_outcome),
        FINISHED.name: one.finished,
        SUCCEEDED.name: one.successes,
        CONVERTED.name: one.conversions,
        VALUE.name: one.value,
        UNRATED_VALUES.name: one.foreign,
    }
