"""Sums of jobs are those of plain arithmetic, and what they ask is of the SQL subset."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.jobs import queries
from chalicelib.jobs.ratios import roi
from chalicelib.jobs.records import prefixes
from chalicelib.jobs.tally import split
from chalicelib.kit.windows import Window
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS
from chalicelib.ports.world import World
from chalicelib.reports.lint import faults
from infra.local.feeder import drain
from tests.api.test_jobs import JOBS, METER, create, exact, report, tool
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

NAMES = ("a", "b", "c")
INSTANTS = st.integers(0, 10**13 - 1)
COSTS = st.decimals(0, 1000, places=9).map(float)
CALLS = st.tuples(st.just("call"), st.sampled_from(NAMES), COSTS, st.booleans())
TOOLS = st.tuples(st.just("tool"), st.sampled_from(NAMES), COSTS, st.booleans())
OUTCOMES = st.tuples(
    st.just("outcome"),
    st.sampled_from(NAMES),
    st.decimals(0, 1000, places=3).map(float),
    st.booleans(),
)


def play(client: Client, number: int, step: tuple[str, str, float, bool]) -> None:
    kind, job, amount, flag = step
    if kind == "outcome":
        good = {"outcomeType": "CONVERTED" if flag else "DEFLECTED", "outcomeValue": amount}
        assert report(client, job, **good).status in (200, 409)
        return
    path, body = (
        METER,
        completion(number, agenticJobId=job, totalCost=amount, retryNumber=int(flag)),
    )
    if kind == "tool":
        path, body = "/meter/v2/tool/events", tool(number, agenticJobId=job, costUsd=amount)
    for _ in range(1 + flag):  # sent twice, counted once
        assert client.post(path, body).status == 201


@settings(max_examples=8)
@given(st.lists(st.one_of(CALLS, TOOLS, OUTCOMES), max_size=12).flatmap(st.permutations))
def test_any_order_of_calls_and_outcomes_adds_up(local_world: World, steps: list[Any]) -> None:
    client = Client(local_world)
    for name in NAMES:
        create(client, name, type="t")
    for number, step in enumerate(steps):
        play(client, number, step)
    drain(client.world)
    values: dict[str, tuple[Decimal, bool]] = {}
    for kind, job, amount, flag in steps:
        if kind == "outcome":
            values.setdefault(job, (Decimal(str(amount)), flag))
    for name in NAMES:
        cost = sum((Decimal(str(s[2])) for s in steps if s[:2] == ("call", name)), Decimal(0))
        tools = sum((Decimal(str(s[2])) for s in steps if s[:2] == ("tool", name)), Decimal(0))
        found = exact(client.get(f"{JOBS}/{name}/roi"))
        assert (found["totalCost"], found["toolCost"]) == (cost, tools)
        value = values[name][0] if name in values else None
        assert found["roi"] == (None if value is None or not cost else (value - cost) * 100 / cost)
    funnel = exact(client.get(f"{JOBS}/conversion-funnel"))
    conversions = sum(flag for _, flag in values.values())
    counted = [
        funnel[name] for name in ("totalJobs", "successfulJobs", "convertedJobs", "deflectedJobs")
    ]
    assert counted == [3, len(values), conversions, len(values) - conversions]
    summary = exact(client.get("/api/v2/analytics/jobs/roi-summary"))["summary"]
    assert summary["totalCost"] == sum(
        (Decimal(str(s[2])) for s in steps if s[0] != "outcome"), Decimal(0)
    )
    assert summary["totalValue"] == sum((value for value, _ in values.values()), Decimal(0))


@given(
    st.integers(0, 10**18), st.dictionaries(st.text(max_size=3), st.integers(0, 10**15), min_size=1)
)
def test_a_split_charge_is_counted_once(amount: int, weights: dict[str, int]) -> None:
    if any(weights.values()):
        parts = split(amount, weights)
        assert sum(parts.values()) == amount
        assert all(
            0 <= parts[name] <= amount and (weights[name] or not parts[name]) for name in weights
        )


@given(INSTANTS, INSTANTS, INSTANTS)
def test_prefixes_hold_the_whole_window_and_are_few(one: int, other: int, instant: int) -> None:
    start, end = sorted((one, other))
    found = prefixes(start, end)
    assert len(found) <= 12
    assert found == sorted(found)
    reference = f"{10**13 - 1 - instant:013d}"
    hits = sum(reference.startswith(prefix) for prefix in found)
    assert hits == 1 if start <= instant <= end else hits <= 1


def test_nothing_spent_is_no_return() -> None:
    assert roi(5, 0) is None
    assert roi(3, 2) == 50


def test_what_jobs_ask_is_of_the_subset() -> None:
    ranges = [("2026-01-01", "2026-01-02"), ("2026-02-01", "2026-02-01")]
    days = [
        queries.TableDays(t.name, clean, ranges)
        for t in (AI_EVENTS, TOOL_EVENTS)
        for clean in (True, False)
    ]
    some = queries.of_jobs(["a", "b"])
    for statement in (
        queries.sum_spending("team", days, some, queries.of_jobs(["a"])),
        *(
            queries.sum_spending(
                "team",
                days,
                queries.paid_by_use(jobs, ["Claude Code"]),
                queries.with_idle(jobs, Window(NOON - 1, NOON)),
            )
            for jobs in (some, queries.ALL_JOBS)
        ),
        queries.first_calls("team", days[:2], "a", 10),
    ):
        assert faults(statement.sql) == []
        assert statement.sql.count("?") == len(statement.params)
