"""Return on investment by job type: the jobs that a window saw created, and all that they have
cost.

A job's costs count whole, whenever its calls were made, as its outcome does: cut at the ends of the
window, a job that runs over midnight would look cheaper than it was. Tool calls that name a job are
charged to it. Those that name none are charged to the types of jobs that their agent served
(ALLOCATED_BY_AGENT), where they fall into the window.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.directory.assistants import find_billed_assistants
from chalicelib.jobs.costs import read_spending
from chalicelib.jobs.queries import (
    ALL_JOBS,
    HUMAN,
    TOOL,
    SpendingRow,
    TableDays,
    of_jobs,
    paid_by_use,
    sum_spending,
    with_idle,
)
from chalicelib.jobs.ratios import roi, share, usd_each
from chalicelib.jobs.records import Job, created_between, days_of
from chalicelib.jobs.schemas import JobsRoiQuery
from chalicelib.jobs.tally import (
    COMPLETION,
    MODALITY,
    JobTally,
    JobType,
    covered_calls,
    type_of,
)
from chalicelib.jobs.values import Values
from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.kit.pages import link
from chalicelib.kit.windows import Window
from chalicelib.ports.documents import fold
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.service import PATH, Answer, Coverage, link_parameters

SLUG = "jobs/roi-summary"
_ASKED_BY_ID = 200
"""Of so many jobs the calls are asked for by their ids, of more those of all jobs."""
Row = dict[str, Any]


def roi_summary(world: World, tenant: Scope, team: Scope, query: JobsRoiQuery) -> Answer:
    """The answer, and its coverage: the calls that are in it. Raises Invalid, TooMany,
    EngineBusy."""
    window = query.window(world.now())
    jobs = created_between(world, team, window.start, window.end)
    tally = JobTally(jobs, Values(world, tenant, team), type_of)
    if jobs:
        tally.spend(read_spending_of(world, team, window, jobs))
    types = tally.types
    if query.jobType:
        wanted = fold(query.jobType)
        types = {name: each for name, each in types.items() if fold(name) == wanted}
    calls = covered_calls(types.values())
    body = {
        "id": SLUG,
        "resourceType": "jobs_roi_summary",
        "label": "Jobs ROI summary",
        "period": {"start": iso(window.start), "end": iso(window.end)},
        "_links": {"self": {"href": link(PATH + SLUG, link_parameters(query, window))}},
        "byJobType": [_row(name, each) for name, each in sorted(types.items(), key=_best_first)],
        "summary": _summary(types) | {"unpricedCount": calls.unpriced_calls},
    }
    return Answer(body, {"Calls": Coverage(calls.unpriced_calls, calls.calls)})


def read_spending_of(
    world: World, team: Scope, window: Window, jobs: Sequence[Job]
) -> Iterable[SpendingRow]:
    """What these jobs spent on their days, and idle agents in the window. Raises EngineBusy."""
    ours = ALL_JOBS
    if len(jobs) <= _ASKED_BY_ID:
        ours = of_jobs([job.agentic_id for job in jobs])
    ai = paid_by_use(ours, find_billed_assistants(world.documents, team))
    tools = with_idle(ours, window)

    def make_statement(days: Sequence[TableDays]) -> Statement:
        return sum_spending(team, days, ai, tools)

    days = sorted({*days_of(jobs), *window.days()})
    return read_spending(world, team, days, make_statement)


def _best_first(pair: tuple[str, JobType]) -> tuple[bool, Decimal, str]:
    """By value over cost; what earned without a cost stands before all."""
    name, job_type = pair
    ratio = share(job_type.value, job_type.cost)
    return not (job_type.value > 0 and not job_type.cost), -ratio, name


def _row(name: str, job_type: JobType) -> Row:
    cost = job_type.cost
    ends = job_type.conversions + job_type.deflections
    return {
        "jobType": name,
        "totalJobs": job_type.jobs,
        "completedJobs": job_type.finished,
        "successRate": share(job_type.successes, job_type.finished),
        "conversions": job_type.conversions,
        "deflections": job_type.deflections,
        "totalValue": to_usd(job_type.value),
        "averageValue": usd_each(job_type.value, job_type.jobs),
        "totalCost": to_usd(cost),
        "tokenCost": to_usd(job_type.spent[COMPLETION]),
        "modalityCost": to_usd(job_type.spent[MODALITY]),
        "externalToolCost": to_usd(job_type.spent[TOOL]),
        "humanCost": to_usd(job_type.spent[HUMAN]),
        "costPerConversion": usd_each(cost, job_type.conversions),
        "costPerOutcome": usd_each(cost, ends),
        "costPerCompletedJob": usd_each(cost, job_type.finished),
        "roi": roi(job_type.value, cost) or 0,
        "toolCostAttribution": "ALLOCATED_BY_AGENT",
        "unpricedCount": covered_calls([job_type]).unpriced_calls,
        "otherCurrencyOutcomes": job_type.foreign,
    }


def _summary(types: Mapping[str, JobType]) -> Row:
    cost = sum(each.cost for each in types.values())
    value = sum(each.value for each in types.values())
    return {
        "totalJobTypes": len(types),
        "totalJobs": sum(each.jobs for each in types.values()),
        "totalCost": to_usd(cost),
        "totalValue": to_usd(value),
        "overallROI": roi(value, cost) or 0,
        "otherCurrencyOutcomes": sum(each.foreign for each in types.values()),
    }
