"""Interactions and circular patterns against a plain look at the calls, on days that are dirty,
clean and rolled up."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.windows import Window
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany
from chalicelib.traces import circles, interactions
from chalicelib.traces.agent_queries import CircleQuery, InteractionQuery, MatrixQuery
from chalicelib.traces.agent_service import page_interactions, read_matrix
from chalicelib.traces.chains import link_calls
from chalicelib.traces.circle_service import page_circles
from tests.lake.samples import NOON
from tests.traces.runs import STATES, Runs, add_up, begun, has_failed
from tests.traces.test_cycles import walk_chains

NANO = 10**9
REQUEST = Request("GET", "/agents", {}, (), b"", "id")
Rows = list[dict[str, Any]]


def hops_of(calls: Rows) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(source, target, call): written without the code that is tested."""
    by_id = {row["transaction_id"]: row for row in calls}
    ordered = sorted(calls, key=lambda row: (row["requested_at"], row["transaction_id"]))
    told = any("parent_transaction_id" in row for row in calls)
    before: dict[str, Any] = {}
    for row in ordered:
        source = by_id.get(row.get("parent_transaction_id"), {}) if told else before
        before = row
        agents = source.get("agent"), row.get("agent")
        if None not in agents and agents[0] != agents[1]:
            yield (*agents, row)


def window_of(runs: Runs, window: Window | None) -> dict[str, Rows]:
    traces = runs.traces
    if window is None:
        return traces
    begins = {trace: begun(calls) for trace, calls in traces.items()}
    inside = [trace for trace, at in begins.items() if window.start <= at <= window.end]
    return {trace: traces[trace] for trace in inside}


def ask(window: Window | None) -> dict[str, Any]:
    return {"startDate": iso(window.start), "endDate": iso(window.end)} if window else {}


WINDOWS = [None, Window(NOON - 3 * DAY + 1_000_000, NOON - DAY)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("window", WINDOWS)
def test_interactions_are_those_of_the_calls(
    world: World, team: str, state: str, window: Window | None
) -> None:
    runs = Runs(world, team, traces=60)
    runs.write()
    STATES[state](runs)
    pairs: dict[tuple[str, str], Rows] = {}
    agents: dict[str, set[str]] = {}
    for trace, calls in window_of(runs, window).items():
        for source, target, row in hops_of(calls):
            pairs.setdefault((source, target), []).append(row)
            agents.setdefault(source, set()).add(trace)
            agents.setdefault(target, set()).add(trace)
    query = InteractionQuery.model_validate({"teamId": team, "size": 100, **ask(window)})
    answer = page_interactions(world, runs.team, query, REQUEST)
    rows = answer.body["_embedded"]["agentInteractionResourceList"]
    assert len(rows) == len(pairs) > 4
    assert [row["interactionCount"] for row in rows] == sorted(
        (len(each) for each in pairs.values()), reverse=True
    )
    for row in rows:
        calls = pairs[row["sourceAgent"], row["targetAgent"]]
        priced = [each["cost_nano"] for each in calls if "cost_nano" in each]
        assert row["interactionCount"] == len(calls)
        assert row["traceCount"] == len({each["trace_id"] for each in calls})
        assert row["totalCost"] == Decimal(sum(priced)) / NANO
        assert row["unpricedCount"] == len(calls) - len(priced)
        assert row["totalTokens"] == add_up(calls, "total_tokens")
        assert row["totalDuration"] == add_up(calls, "duration_ms")
        assert row["errorCount"] == sum(map(has_failed, calls))
        assert row["lastInteractionTime"] == iso(max(each["requested_at"] for each in calls))
    matrix_query = MatrixQuery.model_validate({"teamId": team, "size": 3, **ask(window)})
    matrix = read_matrix(world, runs.team, matrix_query, REQUEST).body
    total = sum(map(len, pairs.values()))
    assert answer.coverage["Calls"][1] == matrix["metadata"]["totalInteractions"] == total
    assert matrix["metadata"]["totalAgents"] == matrix["page"]["totalElements"] == len(agents)
    assert matrix["metadata"]["totalTraces"] == len(set().union(*agents.values()))
    assert matrix["metadata"]["maxInteractionCount"] == max(map(len, pairs.values()))
    assert len(matrix["agents"]) == 3
    names = {each["agent"] for each in matrix["agents"]}
    for each in matrix["agents"]:
        came = [
            row for (_, target), some in pairs.items() for row in some if target == each["agent"]
        ]
        went = [
            row for (source, _), some in pairs.items() for row in some if source == each["agent"]
        ]
        told = (each["incomingInteractions"], each["outgoingInteractions"], each["traceCount"])
        assert told == (len(came), len(went), len(agents[each["agent"]]))
        assert each["totalCost"] == Decimal(add_up(came, "cost_nano")) / NANO
    cells = {(row["sourceAgent"], row["targetAgent"]) for row in matrix["interactions"]}
    assert cells == {pair for pair in pairs if set(pair) <= names}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("window", WINDOWS)
def test_circles_are_those_of_the_calls(
    world: World, team: str, state: str, window: Window | None
) -> None:
    runs = Runs(world, team, traces=80)
    runs.write()
    STATES[state](runs)
    occurrences: Counter[Any] = Counter()
    traces: dict[Any, set[str]] = {}
    wasted: dict[Any, Rows] = {}
    everything: Rows = []
    all_calls: Rows = []
    for trace, calls in window_of(runs, window).items():
        ordered = sorted(calls, key=lambda row: (row["requested_at"], row["transaction_id"]))
        filled = [{"parent_transaction_id": None, **row} for row in ordered]
        closings, waste = walk_chains(link_calls(filled), [row.get("agent") for row in ordered])
        for _, pattern in closings:  # type: ignore[misc]
            occurrences[pattern] += 1
            traces.setdefault(pattern, set()).add(trace)
        for node, patterns in waste.items():
            everything.append(ordered[node])
            for pattern in patterns:
                wasted.setdefault(pattern, []).append(ordered[node])
        all_calls += calls
    query = CircleQuery.model_validate({"teamId": team, "size": 100, **ask(window)})
    body = page_circles(world, runs.team, query, REQUEST).body
    rows = body["_embedded"]["circularPatternResourceList"]
    assert len(rows) == len(occurrences) > 2
    for row in rows:
        pattern = tuple(row["agents"])
        assert row["occurrences"] == occurrences[pattern]
        assert row["affectedTraces"] == len(traces[pattern])
        assert set(row["traceIds"]) <= traces[pattern]
        cost = Decimal(add_up(wasted[pattern], "cost_nano")) / NANO
        assert row["wastedCost"] == cost
        assert row["wastedTokens"] == add_up(wasted[pattern], "total_tokens")
        assert row["wastedDuration"] == add_up(wasted[pattern], "duration_ms")
        assert row["severity"] == severity(cost, occurrences[pattern])
        assert row["firstDetected"] <= row["lastDetected"]
    summary = body["summary"]
    assert summary["totalOccurrences"] == sum(occurrences.values())
    assert summary["affectedTraces"] == len(set().union(*traces.values()))
    waste_nano = add_up(everything, "cost_nano")
    assert summary["totalWastedCost"] == Decimal(waste_nano) / NANO
    share = Decimal(100 * waste_nano) / add_up(all_calls, "cost_nano")
    assert abs(summary["wastedCostPercentage"] - share) < Decimal("1e-15")
    assert sum(summary["severityBreakdown"].values()) == len(rows)


def severity(cost: Decimal, occurrences: int) -> str:
    for word, least, times in (("CRITICAL", 50, 100), ("HIGH", 10, 25), ("MEDIUM", 1, 5)):
        if cost >= least or occurrences >= times:
            return word
    return "LOW"


def test_circles_and_interactions_are_narrowed(world: World, team: str) -> None:
    runs = Runs(world, team, traces=80)
    runs.write()

    def circles_of(**asked: Any) -> Rows:
        query = CircleQuery.model_validate({"teamId": team, "size": 100, **asked})
        body = page_circles(world, runs.team, query, REQUEST).body
        rows: Rows = body["_embedded"]["circularPatternResourceList"]
        assert body["summary"]["totalPatterns"] == len(rows)
        return rows

    rows = circles_of()
    for asked, passes in (
        ({"agents": ["critic"]}, lambda row: "critic" in row["agents"]),
        ({"severity": "CRITICAL"}, lambda row: row["severity"] == "CRITICAL"),
        ({"minOccurrences": 2}, lambda row: row["occurrences"] >= 2),
    ):
        wanted = {row["id"] for row in rows if passes(row)}  # type: ignore[no-untyped-call]
        assert {row["id"] for row in circles_of(**asked)} == wanted
        assert 0 < len(wanted) < len(rows)
    chat = circles_of(traceType="chat")
    assert 0 < sum(row["occurrences"] for row in chat) < sum(row["occurrences"] for row in rows)
    order = [row["severity"] for row in circles_of(sort=["severity,desc"])]
    assert order == sorted(order, key=["CRITICAL", "HIGH", "MEDIUM", "LOW"].index)
    query = InteractionQuery.model_validate({"teamId": team, "agents": ["critic"], "size": 100})
    body = page_interactions(world, runs.team, query, REQUEST).body
    pairs = [
        (row["sourceAgent"], row["targetAgent"])
        for row in body["_embedded"]["agentInteractionResourceList"]
    ]
    assert pairs
    assert all("critic" in pair for pair in pairs)


def test_nothing_is_found_where_no_agents_meet(world: World, team: str) -> None:
    runs = Runs(world, team, traces=0)
    query = MatrixQuery.model_validate({"teamId": team})
    empty = read_matrix(world, runs.team, query, REQUEST).body
    assert (empty["agents"], empty["metadata"]["totalInteractions"]) == ([], 0)
    circle_query = CircleQuery.model_validate({"teamId": team})
    body = page_circles(world, runs.team, circle_query, REQUEST).body
    assert body["summary"]["wastedCostPercentage"] == 0


def test_more_than_can_be_looked_at_is_told(
    world: World, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(world, team, traces=30)
    runs.write()
    monkeypatch.setattr(circles, "MOST_CALLS", 3)
    monkeypatch.setattr(interactions, "MOST_PAIRS", 3)
    with pytest.raises(TooMany):
        page_circles(world, runs.team, CircleQuery.model_validate({"teamId": team}), REQUEST)
    with pytest.raises(TooMany):
        read_matrix(world, runs.team, MatrixQuery.model_validate({"teamId": team}), REQUEST)
