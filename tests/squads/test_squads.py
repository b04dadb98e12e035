"""Squads against a plain look at their calls, whatever state the lake is in."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import event_id
from chalicelib.kit.windows import Window
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.errors import UnknownRecord
from chalicelib.squads.queries import (
    ExecutionQuery,
    GroupExecutionQuery,
    GroupQuery,
    SquadQuery,
)
from chalicelib.squads.service import page_executions, page_group, page_groups, show_squad
from tests.lake.samples import NOON, batch

NAMES = ["Night shift", " night SHIFT ", "Research", "Ä%_'", "Ops", "deep dive", None]
AGENTS = ["planner", "coder", "critic", None]
DAYS = 5
REQUEST = Request("GET", "/squads", {}, (), b"", "request")
Call = dict[str, Any]


class Squads:
    """What was written for one team, and a plain look at it."""

    def __init__(self, world: World, team: str, seed: int = 5) -> None:
        self.world, self.team = replace(world, now=lambda: NOON + DAY), Scope(team)
        self.records: list[EventRecord] = []
        self.calls: list[Call] = []
        rng = Random(seed)
        for number in range(30):
            self._run(rng, f"run/{number:02}")

    def _run(self, rng: Random, execution: str) -> None:
        at = NOON - rng.randrange(DAYS) * DAY + rng.randrange(HOUR)
        name = rng.choice(NAMES)
        failing = rng.choice([0.0, 0.3, 1.0])
        for number in range(rng.choice([1, 3, 8])):
            if rng.random() < 0.15:
                name = rng.choice(NAMES)
            row = {
                "squad_id": execution,
                "squad_name": name,
                "squad_role": rng.choice(["root", "subagent", None]),
                "agent": rng.choice(AGENTS),
                "trace_id": rng.choice([f"{execution}/a", f"{execution}/b", "shared", None]),
                "trace_type": "chat",
                "model": rng.choice(["gpt", "opus", None]),
                "cost_nano": rng.choice([None, None, 0, 7, 2_000_000_000]),
                "input_tokens": rng.choice([None, 3]),
                "output_tokens": rng.choice([None, 2]),
                "total_tokens": rng.choice([None, 5]),
                "duration_ms": rng.choice([None, 40]),
                "responded_at": rng.choice([None, at + rng.randrange(9_000)]),
                "error_reason": "timeout" if rng.random() < failing else None,
            }
            self.add(f"{execution}:{number}", at, row, deleted=rng.random() < 0.1)
            at += 1 + rng.choice([0, MINUTE, 9 * HOUR])

    def add(self, transaction: str, at: int, row: Call, *, deleted: bool = False) -> None:
        """A call that was corrected once, and then taken back when it is `deleted`."""
        identity = event_id(self.team, "COMPLETION", transaction)
        for version in (1, 2, 3) if deleted else (1, 2):
            body = {
                "event_id": identity,
                "version": version,
                "deleted": version == 3,
                "transaction_id": transaction,
                "kind": "COMPLETION",
                "requested_at": at,
                "received_at": at,
                **row,
            }
            if version == 1:
                body |= {"squad_name": "wrong", "agent": "wrong", "cost_nano": 999}
            told = {name: value for name, value in body.items() if value is not None}
            text = json.dumps(told)
            self.records.append(
                EventRecord(self.team, identity, version, "ai_events", day_of(at), text)
            )
        if not deleted:
            self.calls.append(told)

    def write(self) -> None:
        half = len(self.records) // 2
        for number, some in enumerate((self.records[:half], self.records[half:])):
            write(self.world, batch(*some, first=str(number)))

    def settle(self, days: Sequence[str]) -> None:
        for day in days:
            compact_day(self.world, self.team, "ai_events", day)
            roll_day(self.world, self.team, day)

    def executions(self) -> dict[str, list[Call]]:
        """The calls by execution, in the order of time."""
        found: dict[str, list[Call]] = {}
        for call in sorted(self.calls, key=lambda call: call["requested_at"]):
            found.setdefault(call["squad_id"], []).append(call)
        return found

    def groups(self) -> dict[str, str]:
        """The group of each execution, by the rules, call by call."""
        by_execution: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for call in sorted(self.calls, key=lambda call: (call["requested_at"], call["squad_id"])):
            execution, name = call["squad_id"], call.get("squad_name", "").strip().lower()
            if execution not in by_execution:
                new = f"name {name}" if name else f"execution {execution}"
                by_execution[execution] = by_name.get(name, new) if name else new
            if name:
                by_name.setdefault(name, by_execution[execution])
        return by_execution


STATES: dict[str, Callable[[Squads], None]] = {
    "dirty": lambda _: None,
    "half settled": lambda it: it.settle([day_of(NOON - DAY), day_of(NOON - 3 * DAY)]),
    "settled": lambda it: it.settle([day_of(NOON + DAY - late * DAY) for late in range(DAYS + 2)]),
}
WINDOWS = {
    "SEVEN_DAYS": Window(NOON - 6 * DAY, NOON + DAY),
    "TWENTY_FOUR_HOURS": Window(NOON, NOON + DAY),
}


@pytest.fixture(params=STATES)
def squads(request: pytest.FixtureRequest, world: World, team: str) -> Squads:
    squads = Squads(world, team)
    squads.write()
    STATES[request.param](squads)
    return squads


def usd(calls: Sequence[Call]) -> Fraction | None:
    known = [call["cost_nano"] for call in calls if "cost_nano" in call]
    return Fraction(sum(known), 10**9) if known else None


def begun(calls: Sequence[Call]) -> int:
    return int(calls[0]["requested_at"])


def ended(calls: Sequence[Call]) -> int:
    return int(max(call.get("responded_at", call["requested_at"]) for call in calls))


def newest_name(calls: Sequence[Call]) -> str | None:
    names = [call["squad_name"] for call in calls if "squad_name" in call]
    return names[-1] if names else None


def status(calls: Sequence[Call]) -> str:
    failed = sum("error_reason" in call for call in calls)
    if not failed:
        return "SUCCESS"
    return "FAILED" if failed == len(calls) else "PARTIAL"


def distinct(calls: Sequence[Call], column: str) -> int:
    return len({call[column] for call in calls if column in call})


def unpriced(calls: Sequence[Call]) -> int:
    return sum("cost_nano" not in call for call in calls)


def expect_execution(execution: str, calls: list[Call]) -> dict[str, Any]:
    name = newest_name(calls)
    return {
        "id": execution,
        "label": name or execution,
        "squadName": name,
        "startTime": iso(begun(calls)),
        "endTime": iso(ended(calls)),
        "duration": ended(calls) - begun(calls),
        "agentCount": distinct(calls, "agent"),
        "traceCount": distinct(calls, "trace_id"),
        "totalCost": usd(calls),
        "status": status(calls),
        "unpricedCount": unpriced(calls),
    }


def shown(row: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name, 0) for name in expected}


def ran(calls: list[Call], window: Window) -> bool:
    return begun(calls) <= window.end and calls[-1]["requested_at"] >= window.start


def list_executions(squads: Squads, **asked: Any) -> Any:
    query = ExecutionQuery.model_validate({"teamId": "t", "size": 100, **asked})
    return page_executions(squads.world, squads.team, query, REQUEST)


def rows_of(answer: Any) -> list[dict[str, Any]]:
    (rows,) = answer.body["_embedded"].values()
    return list(rows)


@pytest.mark.parametrize("period", WINDOWS)
def test_executions(squads: Squads, period: str) -> None:
    expected = {
        name: calls for name, calls in squads.executions().items() if ran(calls, WINDOWS[period])
    }
    answer = list_executions(squads, period=period)
    rows = rows_of(answer)
    assert [row["id"] for row in rows] == sorted(
        expected, key=lambda name: (-begun(expected[name]), name)
    )
    for row in rows:
        wanted = expect_execution(row["id"], expected[row["id"]])
        assert shown(row, wanted) == wanted
    everything = [call for calls in expected.values() for call in calls]
    assert answer.coverage["Calls"] == (unpriced(everything), len(everything))
    assert {row["status"] for row in rows} <= {"SUCCESS", "PARTIAL", "FAILED"}


def test_executions_by_name_status_and_range(squads: Squads) -> None:
    whole = {name: expect_execution(name, calls) for name, calls in squads.executions().items()}
    assert {row["status"] for row in whole.values()} == {"SUCCESS", "PARTIAL", "FAILED"}
    for word in ("SUCCESS", "PARTIAL", "FAILED", "COMPLETED"):
        found = {row["id"] for row in rows_of(list_executions(squads, status=word))}
        assert found == {name for name, row in whole.items() if row["status"] == word}
    for asked in ("NIGHT shift", "ä%_'", "%"):
        found = {row["id"] for row in rows_of(list_executions(squads, squadName=asked))}
        assert found == {
            name
            for name, row in whole.items()
            if (row["squadName"] or "").strip().lower() == asked.lower()
        }
    window = Window(NOON - 3 * DAY, NOON - 2 * DAY + 7)
    ends = {"startDate": iso(window.start), "endDate": iso(window.end)}
    found = {row["id"] for row in rows_of(list_executions(squads, **ends))}
    assert found == {name for name, calls in squads.executions().items() if ran(calls, window)}


def test_pages_and_orders(squads: Squads) -> None:
    whole = {name: expect_execution(name, calls) for name, calls in squads.executions().items()}
    for member in ("totalCost", "duration", "agentCount", "id"):
        told = sorted(
            (name for name, row in whole.items() if row[member] is not None),
            key=lambda name: (whole[name][member], name),
        )
        ids: list[str] = []
        for number in range(-(-len(whole) // 7)):
            answer = list_executions(squads, sort=[f"{member},asc"], page=number, size=7)
            assert answer.body["page"]["totalElements"] == len(whole)
            ids += [row["id"] for row in rows_of(answer)]
        assert ids == told + sorted(whole.keys() - set(told))
    past = list_executions(squads, page=50, size=7)
    assert rows_of(past) == []
    assert past.body["page"]["totalElements"] == len(whole)


def list_groups(squads: Squads, **asked: Any) -> list[dict[str, Any]]:
    query = GroupQuery.model_validate({"teamId": "t", "size": 100, **asked})
    return rows_of(page_groups(squads.world, squads.team, query, REQUEST))


def list_group(squads: Squads, identity: str, **asked: Any) -> list[dict[str, Any]]:
    query = GroupExecutionQuery.model_validate({"teamId": "t", "size": 100, **asked})
    return rows_of(page_group(squads.world, squads.team, identity, query, REQUEST))


@pytest.mark.parametrize("period", WINDOWS)
def test_groups(squads: Squads, period: str) -> None:
    window, executions = WINDOWS[period], squads.executions()
    members: dict[str, list[str]] = {}
    for execution, group in squads.groups().items():
        members.setdefault(group, []).append(execution)
    rows = list_groups(squads, period=period)
    by_executions: dict[frozenset[str], dict[str, Any]] = {}
    for row in rows:
        some = list_group(squads, row["id"], period=period)
        by_executions[frozenset(each["id"] for each in some)] = row
    expected: dict[frozenset[str], list[str]] = {}
    for names in members.values():
        began = [each for each in names if window.start <= begun(executions[each]) <= window.end]
        if began:
            expected[frozenset(began)] = names
    assert by_executions.keys() == expected.keys()
    for began_here, names in expected.items():
        check_group(by_executions[began_here], executions, sorted(began_here), names)
    lasts = [row["lastExecutionTime"] for row in rows]
    assert lasts == sorted(lasts, reverse=True)


def check_group(
    row: dict[str, Any], executions: dict[str, list[Call]], began: list[str], names: list[str]
) -> None:
    calls = [call for each in began for call in executions[each]]
    ever = sorted(
        (call for each in names for call in executions[each]),
        key=lambda call: call["requested_at"],
    )
    statuses = Counter(status(executions[each]) for each in began)
    label = newest_name(ever)
    wanted = {
        "label": label or began[0],
        "executionCount": len(began),
        "successCount": statuses["SUCCESS"],
        "partialCount": statuses["PARTIAL"],
        "failedCount": statuses["FAILED"],
        "agentCount": distinct(calls, "agent"),
        "traceCount": distinct(calls, "trace_id"),
        "totalCost": usd(calls),
        "unpricedCount": unpriced(calls),
        "firstExecutionTime": iso(min(begun(executions[each]) for each in began)),
        "lastExecutionTime": iso(max(begun(executions[each]) for each in began)),
        "created": iso(begun(ever)),
        "updated": iso(ever[-1]["requested_at"]),
    }
    assert shown(row, wanted) == wanted


def test_a_group_is_found_by_its_executions_too(squads: Squads) -> None:
    for row in list_groups(squads):
        ids = [each["id"] for each in list_group(squads, row["id"])]
        for execution in ids:
            assert [each["id"] for each in list_group(squads, execution)] == ids
        newest = show_squad(squads.world, squads.team, row["id"], SquadQuery(teamId="t")).body
        assert newest["id"] == ids[0]
    with pytest.raises(UnknownRecord):
        list_group(squads, "nobody's")
    with pytest.raises(UnknownRecord):
        list_group(squads, "k3G7QA")


def test_detail(squads: Squads) -> None:
    for execution, calls in squads.executions().items():
        body = show_squad(squads.world, squads.team, execution, SquadQuery(teamId="t")).body
        wanted = expect_execution(execution, calls)
        assert shown(body, wanted) == wanted
        assert body["transactionCount"] == len(calls)
        assert body["errorCount"] == sum("error_reason" in call for call in calls)
        assert body["totalTokens"] == sum(call.get("total_tokens", 0) for call in calls)
        check_agents(body["agents"], calls)
        traces = {each["traceId"]: each for each in body["traces"]}
        assert len(traces) == distinct(calls, "trace_id")
        for name, each in traces.items():
            some = [call for call in calls if call.get("trace_id") == name]
            assert each["startTime"] == iso(begun(some))
            assert each["duration"] == ended(some) - begun(some)
            assert (each["transactionCount"], each["totalCost"]) == (len(some), usd(some))


def check_agents(agents: list[dict[str, Any]], calls: list[Call]) -> None:
    assert len(agents) == distinct(calls, "agent")
    whole = usd(calls) or Fraction(0)
    for each in agents:
        some = [call for call in calls if call.get("agent") == each["id"]]
        assert (each["transactionCount"], each["totalCost"]) == (len(some), usd(some))
        assert each["inputTokens"] == sum(call.get("input_tokens", 0) for call in some)
        assert each["errorCount"] == sum("error_reason" in call for call in some)
        roles = Counter(call["squad_role"] for call in some if "squad_role" in call)
        assert roles[each["role"]] == max(roles.values(), default=0)
        assert each["models"] == sorted({call["model"] for call in some if "model" in call})
        share = (usd(some) or 0) * 100 / whole if whole else Fraction(0)
        assert abs(Fraction(each["costPercentage"]) - share) < Fraction(1, 10**15)


def test_timeline(squads: Squads) -> None:
    for execution, calls in squads.executions().items():
        query = SquadQuery(teamId="t")
        body = show_squad(squads.world, squads.team, execution, query, timeline=True).body
        assert body["totalDuration"] == ended(calls) - begun(calls)
        assert [each["id"] for each in body["events"]] == [each["transaction_id"] for each in calls]
        for each, call in zip(body["events"], calls, strict=True):
            assert each["timestamp"] == call["requested_at"]
            assert each["startTime"] == iso(call["requested_at"])
            assert each["endTime"] == iso(call.get("responded_at", call["requested_at"]))
            assert each["cost"] == usd([call])
            assert (each["agent"], each["role"]) == (call.get("agent"), call.get("squad_role"))
            assert each["status"] == ("error" if "error_reason" in call else "success")


def test_what_did_not_run_in_the_window_is_unknown(squads: Squads) -> None:
    window = WINDOWS["TWENTY_FOUR_HOURS"]
    query = SquadQuery.model_validate({"teamId": "t", "period": "TWENTY_FOUR_HOURS"})
    old = [name for name, calls in squads.executions().items() if not ran(calls, window)]
    assert old
    for execution in old:
        with pytest.raises(UnknownRecord):
            show_squad(squads.world, squads.team, execution, query)
