"""Spending: what the jobs that a chart shows cost, as the report on jobs has it."""

from collections import defaultdict
from collections.abc import Sequence

from chalicelib.charts.frames import Frame
from chalicelib.charts.metrics import (
    ENDED,
    FINISHED,
    JOBS,
    SPENDING,
    SPENT,
    SPENT_ON_KNOWN,
    ChartMetric,
)
from chalicelib.charts.tallying import Tally
from chalicelib.charts.vocabulary import Calculation
from chalicelib.charts.working import names_of
from chalicelib.jobs.costs import CallSum
from chalicelib.jobs.queries import SpendingRow
from chalicelib.jobs.records import Job, created_between
from chalicelib.jobs.summary import read_spending_of
from chalicelib.jobs.tally import JobTally, JobType, covered_calls, type_of
from chalicelib.jobs.values import Values
from chalicelib.ports.scope import Scope
from chalicelib.reports.asking import Asker
from chalicelib.reports.service import Coverage

_Place = tuple[str, bool, bool, str, int]
"""Of a job: its type, whether it is shown, whether its cost is known, its group and its bucket. The
type stands first because tools outside of jobs are charged to types: parts of a type add up to what
the report says of it."""


def tally_costs_of_jobs(
    asker: Asker, tenant: Scope, frame: Frame, metric: ChartMetric, calculation: Calculation
) -> Tally:
    """What the jobs of a frame cost. Raises TooMany, EngineBusy."""
    world, team = asker.world, asker.team
    jobs = created_between(world, team, frame.window.start, frame.window.end)
    rows = list(read_spending_of(world, team, frame.window, jobs)) if jobs else []
    calls = _calls_of(rows)

    def place(job: Job) -> _Place:
        group = frame.group(names_of(job))
        is_known = calls[job.agentic_id].usd is not None
        bucket = frame.bucket(job.created_at)
        return type_of(job), group is not None, is_known, group or "", bucket

    spent = JobTally(jobs, Values(world, tenant, team), place)
    spent.spend(rows)
    shown: list[JobType] = []
    tally = Tally(metric.terms(calculation))
    for (_, is_shown, is_known, group, bucket), each in spent.types.items():
        if is_shown:
            shown.append(each)
            tally.add(group, bucket, _count(each, is_known=is_known))
    covered = covered_calls(shown)
    tally.coverage = Coverage(covered.unpriced_calls, covered.calls)
    return tally


def _calls_of(rows: Sequence[SpendingRow]) -> defaultdict[str, CallSum]:
    """The calls of each job, by its id."""
    calls: defaultdict[str, CallSum] = defaultdict(CallSum)
    for row in rows:
        if row.job_id is not None:
            calls[row.job_id].add(row)
    return calls


def _count(each: JobType, *, is_known: bool) -> dict[str, int]:
    """What jobs count for, by the name of the term. Those of which no call has a known cost are in
    no mean: they would make the others look cheaper."""
    calls = covered_calls([each])
    return {
        SPENT.name: each.cost,
        SPENT_ON_KNOWN.name: each.cost if is_known else 0,
        JOBS.name: each.jobs if is_known else 0,
        FINISHED.name: each.finished if is_known else 0,
        ENDED.name: each.conversions + each.deflections if is_known else 0,
        SPENDING.rows.name: calls.calls,
        SPENDING.known.name: calls.priced,
    }
