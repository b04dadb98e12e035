"""Spending: what the jobs that a chart shows cost, as the report on jobs has it."""

from chalicelib.charts.frames import Frame
from chalicelib.charts.metrics import ENDED, FINISHED, JOBS, SPENT, ChartMetric
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Calculation
from chalicelib.charts.working import names_of
from chalicelib.jobs.records import Job, created_between
from chalicelib.jobs.summary import read_spending_of
from chalicelib.jobs.tally import JobTally, JobType, covered_calls, type_of
from chalicelib.jobs.values import Values
from chalicelib.ports.scope import Scope
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import Coverage

_Place = tuple[str, bool, str, int]
"""Of a job: its type, whether it is shown, its group and its bucket. The type stands first because
tools outside of jobs are charged to types: parts of a type add up to what the report says of it."""


def tally_costs_of_jobs(
    asker: Asker, tenant: Scope, frame: Frame, metric: ChartMetric, calculation: Calculation
) -> Tally:
    """What the jobs of a frame cost. Raises TooMany, EngineBusy."""
    world, team = asker.world, asker.team

    def place(job: Job) -> _Place:
        group = frame.group(names_of(job))
        return type_of(job), group is not None, group or "", frame.bucket(job.created_at)

    jobs = created_between(world, team, frame.window.start, frame.window.end)
    spent = JobTally(jobs, Values(world, tenant, team), place)
    if jobs:
        spent.spend(read_spending_of(world, team, frame.window, jobs))
    shown: list[JobType] = []
    # With the jobs beside it, a cost that is not there is one that nobody knows.
    tally = Tally(tuple(dict.fromkeys((*metric.terms(calculation), JOBS))))
    for (_, is_shown, group, bucket), each in spent.types.items():
        if is_shown:
            shown.append(each)
            tally.add(group, bucket, _count(each))
    calls = covered_calls(shown)
    tally.coverage = Coverage(calls.unpriced_calls, calls.calls)
    return tally


def _count(jobs: JobType) -> dict[str, int | None]:
    is_unknown = not jobs.cost and jobs.calls.usd is None
    return {
        SPENT.name: None if is_unknown else jobs.cost,
        JOBS.name: jobs.jobs,
        FINISHED.name: jobs.finished,
        ENDED.name: jobs.conversions + jobs.deflections,
    }
