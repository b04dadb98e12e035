"""The tally of jobs: what agents do outside of jobs is charged to the types that they served."""

from collections.abc import Mapping

import pytest

from chalicelib.jobs.queries import TOOL, SpendingRow
from chalicelib.jobs.records import Job
from chalicelib.jobs.tally import JobTally, covered_calls, type_of
from chalicelib.jobs.values import Values
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World


def job(name: str, kind: str) -> Job:
    doc = {
        "agenticJobId": name,
        "name": None,
        "type": kind,
        "source": "API",
        "entityVersion": 0,
        "outcomeUpdateCount": 0,
        "generation": 0,
    }
    return Job.of(Record("JOB", "0f", doc))


def calls(job_id: str | None, cost: int | None, spent_on: str = "COMPLETION") -> SpendingRow:
    """One call of the agent."""
    return SpendingRow(
        job_id=job_id,
        agent="agent",
        spent_on=spent_on,
        calls=1,
        priced=int(cost is not None),
        cost=cost,
        input_tokens=0,
        output_tokens=0,
        total_tokens=0,
    )


JOBS = [job("a1", "a"), job("a2", "a"), job("b1", "b")]


def spent(world: World, rows: list[SpendingRow]) -> Mapping[str, int]:
    tally = JobTally(JOBS, Values(world, "tenant", "team"), type_of)
    tally.spend(rows)
    return {name: kind.cost for name, kind in tally.types.items()}


@pytest.mark.parametrize("cost", [0, None])
def test_an_agent_whose_calls_cost_nothing_is_charged_by_its_jobs(
    local_world: World, cost: int | None
) -> None:
    served = [calls("a1", cost), calls("a2", cost), calls("b1", cost)]
    assert spent(local_world, [calls(None, 9, TOOL), *served]) == {"a": 6, "b": 3}


def test_an_agent_is_charged_by_what_its_calls_cost(local_world: World) -> None:
    served = [calls("a1", 0), calls("a2", 10), calls("b1", 30)]
    assert spent(local_world, [*served, calls(None, 8, TOOL)]) == {"a": 12, "b": 36}


def test_tools_of_a_job_give_no_weight(local_world: World) -> None:
    served = [calls("a1", 100, TOOL), calls("b1", 1)]
    assert spent(local_world, [*served, calls(None, 8, TOOL)]) == {"a": 100, "b": 9}


def test_an_agent_that_served_no_job_charges_nobody(local_world: World) -> None:
    stranger = SpendingRow(None, "stranger", TOOL, 1, 1, 9, 0, 0, 0)
    assert spent(local_world, [calls("a1", 5), stranger]) == {"a": 5, "b": 0}


def test_calls_that_types_share_count_once(local_world: World) -> None:
    tally = JobTally(JOBS, Values(local_world, "tenant", "team"), type_of)
    tally.spend([calls("a1", 1), calls("b1", 1), calls(None, 8, TOOL)])
    together = covered_calls(tally.types.values())
    assert (together.calls, together.priced, together.nano) == (3, 3, 10)
