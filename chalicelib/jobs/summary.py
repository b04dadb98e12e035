"""Return on investment by job type: the jobs that a window saw created, and all that they have
cost.

A job's costs count whole, whenever its calls were made, as its outcome does: cut at the ends of the
window, a job that runs over midnight would look cheaper than it was. Tool calls that name a job are
charged to it. Those that name none are charged to the types of jobs that their agent served
(ALLOCATED_BY_AGENT), where they fall into the window.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.jobs.costs import Sum, lines
from chalicelib.jobs.queries import ALL_JOBS, HUMAN, TOOL, Line, of_jobs, paid, spending, with_idle
from chalicelib.jobs.ratios import each, roi, share
from chalicelib.jobs.reading import CONVERTED, DEFLECTED, SUCCESS
from chalicelib.jobs.records import created_between, days_of
from chalicelib.jobs.schemas import JobsRoiQuery
from chalicelib.jobs.values import Values
from chalicelib.kit.clock import iso
from chalicelib.kit.money import divide, to_usd
from chalicelib.kit.pages import link
from chalicelib.kit.windows import Window
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.world import World
from chalicelib.reports.assistants import counted
from chalicelib.reports.service import PATH, Answer, Coverage, repeated

SLUG = "jobs/roi-summary"
UNCLASSIFIED = "UNCLASSIFIED"
"""The type of jobs without one, as in other reports."""
_COMPLETION, _MODALITY = "COMPLETION", "MODALITY"
_FINISHED = (SUCCESS, "FAILED")
_NAMED = 200
"""Of so many jobs the calls are asked for by their ids, of more those of all jobs."""
Row = dict[str, Any]


@dataclass(slots=True)
class Kind:
    """Jobs of one type. `spent` is nano-USD by what it was spent on; `calls` are those that name
    one of the jobs."""

    jobs: int = 0
    finished: int = 0
    successes: int = 0
    conversions: int = 0
    deflections: int = 0
    value: int = 0
    foreign: int = 0
    """Outcomes whose value is in another currency, without an exchange rate for it: they are in no
    sum."""
    spent: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: Sum = field(default_factory=Sum)
    allocated: list[Line] = field(default_factory=list)
    """Tool calls that name no job, of which this type bears a part."""

    @property
    def cost(self) -> int:
        """All that was spent, in nano-USD."""
        return sum(self.spent.values())


def roi_summary(world: World, tenant: str, team: str, query: JobsRoiQuery) -> Answer:
    """The answer, and its coverage: the calls that are in it. Raises Invalid, TooMany,
    EngineBusy."""
    window = query.window(world.now())
    jobs = created_between(world, team, window.start, window.end)
    found = tallied(
        jobs, _lines(world, team, window, jobs) if jobs else [], Values(world, tenant, team)
    )
    if query.jobType:
        found = {name: kind for name, kind in found.items() if fold(name) == fold(query.jobType)}
    calls = covered(found.values())
    body = {
        "id": SLUG,
        "resourceType": "jobs_roi_summary",
        "label": "Jobs ROI summary",
        "period": {"start": iso(window.start), "end": iso(window.end)},
        "_links": {"self": {"href": link(PATH + SLUG, repeated(query, window))}},
        "byJobType": [_row(name, kind) for name, kind in sorted(found.items(), key=_best_first)],
        "summary": _summary(found) | {"unpricedCount": calls.unpriced},
    }
    return Answer(body, {"Calls": Coverage(calls.unpriced, calls.calls)})


def _lines(world: World, team: str, window: Window, jobs: Sequence[Record]) -> Iterable[Line]:
    """What these jobs spent on their days, and idle agents in the window."""
    days = sorted({*days_of(jobs), *window.days()})
    ours = (
        of_jobs([record.doc["agenticJobId"] for record in jobs])
        if len(jobs) <= _NAMED
        else ALL_JOBS
    )
    ai, tools = paid(ours, counted(world.documents, team)), with_idle(ours, window)
    return lines(world, team, days, lambda known: spending(team, known, ai, tools))


def tallied(jobs: Sequence[Record], spending: Iterable[Line], values: Values) -> dict[str, Kind]:
    """Jobs and what they spent, by type."""
    types = {record.doc["agenticJobId"]: record.doc["type"] or UNCLASSIFIED for record in jobs}
    found: defaultdict[str, Kind] = defaultdict(Kind)
    for record in jobs:
        _count(found[types[record.doc["agenticJobId"]]], record.doc, values.usd(record.doc))
    served: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    worked: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    idle: list[Line] = []
    for line in spending:
        if line.job_id is None:
            idle.append(line)
        elif line.job_id in types:
            name, is_tool = types[line.job_id], line.spent_on in (TOOL, HUMAN)
            kind = found[name]
            kind.calls.add(line)
            on = line.spent_on if is_tool or line.spent_on == _COMPLETION else _MODALITY
            kind.spent[on] += line.cost or 0
            if line.agent is not None:
                served[line.agent][name] += 0 if is_tool else line.cost or 0
                worked[line.agent][name].add(line.job_id)
    for line in idle:
        costs = served.get(line.agent or "")
        if costs:
            counts = {name: len(ids) for name, ids in worked[line.agent or ""].items()}
            for name, part in split(
                line.cost or 0, costs if any(costs.values()) else counts
            ).items():
                found[name].spent[line.spent_on] += part
                found[name].allocated.append(line)
    return dict(found)


def covered(kinds: Collection[Kind]) -> Sum:
    """The calls that these types are charged with; one that several share counts once."""
    total = added(kind.calls for kind in kinds)
    for line in {line for kind in kinds for line in kind.allocated}:
        total.add(line)
    return total


def added(sums: Iterable[Sum]) -> Sum:
    """Sums as one."""
    total = Sum()
    for one in sums:
        total.calls += one.calls
        total.priced += one.priced
        total.nano += one.nano
    return total


def split(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount in proportion to weights, of which one at least is not 0; the parts add up to it
    exactly."""
    whole, passed, given, parts = sum(weights.values()), 0, 0, {}
    for name in sorted(weights):
        passed += weights[name]
        parts[name] = divide(amount * passed, whole) - given
        given += parts[name]
    return parts


def _count(kind: Kind, doc: Mapping[str, Any], value: int | None) -> None:
    status, outcome = doc.get("executionStatus"), doc.get("outcomeType")
    kind.jobs += 1
    kind.finished += status in _FINISHED
    kind.successes += status == SUCCESS
    kind.conversions += outcome == CONVERTED
    kind.deflections += outcome == DEFLECTED
    kind.value += value or 0
    kind.foreign += value is None and doc.get("outcomeValue") is not None


def _best_first(pair: tuple[str, Kind]) -> tuple[bool, Decimal, str]:
    """By value over cost; what earned without a cost stands before all."""
    name, kind = pair
    ratio = share(kind.value, kind.cost)
    return not (kind.value > 0 and not kind.cost), -ratio, name


def _row(name: str, kind: Kind) -> Row:
    cost = kind.cost
    return {
        "jobType": name,
        "totalJobs": kind.jobs,
        "completedJobs": kind.finished,
        "successRate": share(kind.successes, kind.finished),
        "conversions": kind.conversions,
        "deflections": kind.deflections,
        "totalValue": to_usd(kind.value),
        "averageValue": each(kind.value, kind.jobs),
        "totalCost": to_usd(cost),
        "tokenCost": to_usd(kind.spent[_COMPLETION]),
        "modalityCost": to_usd(kind.spent[_MODALITY]),
        "externalToolCost": to_usd(kind.spent[TOOL]),
        "humanCost": to_usd(kind.spent[HUMAN]),
        "costPerConversion": each(cost, kind.conversions),
        "costPerOutcome": each(cost, kind.conversions + kind.deflections),
        "costPerCompletedJob": each(cost, kind.finished),
        "roi": roi(kind.value, cost) or 0,
        "toolCostAttribution": "ALLOCATED_BY_AGENT",
        "unpricedCount": covered([kind]).unpriced,
        "otherCurrencyOutcomes": kind.foreign,
    }


def _summary(found: Mapping[str, Kind]) -> Row:
    cost, value = (
        sum(kind.cost for kind in found.values()),
        sum(kind.value for kind in found.values()),
    )
    return {
        "totalJobTypes": len(found),
        "totalJobs": sum(kind.jobs for kind in found.values()),
        "totalCost": to_usd(cost),
        "totalValue": to_usd(value),
        "overallROI": roi(value, cost) or 0,
        "otherCurrencyOutcomes": sum(kind.foreign for kind in found.values()),
    }
