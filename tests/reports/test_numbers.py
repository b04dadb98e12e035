"""The numbers of every report, on both worlds: against sums in plain Python over the written
events.

Null prices, corrections, deletions, two teams and several days; from fresh files, from clean days,
and from rollups.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import count
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from chalicelib.kit.clock import DAY, HOUR, MINUTE, day_of, iso, parse_instant
from chalicelib.kit.money import to_usd
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.tables import CHARGES
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.declarations import AnswerShape, Report
from chalicelib.reports.parameters import query_of
from chalicelib.reports.service import answer
from tests.lake.samples import batch, event
from tests.support.reports import BY_SLUG

FIRST, DAYS = parse_instant("2026-02-27T00:00:00Z"), 4
START, END = FIRST + DAY // 2 + 123, FIRST + 3 * DAY + 7 * HOUR + 5
NAMES = ["x", "=y", "Ünïcode '%_?", "a'); drop table ai_events; --", None]
Row = dict[str, Any]
_teams = count(1)


def call(rng: Random, version: int, at: int) -> Row:
    input_tokens, output_tokens = rng.randrange(500), rng.choice([None, rng.randrange(500)])
    return {
        "deleted": version > 1 and rng.random() < 0.3,
        "cost_nano": rng.choice([None, 0, rng.randrange(10**12), rng.randrange(10**9)]),
        "cost_source": rng.choice([None, "revenium_metered", "coding_assistant"]),
        "assistant": rng.choice([None, None, "CURSOR"]),
        "duration_ms": rng.choice([None, rng.randrange(90_000)]),
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "reasoning_tokens": rng.choice([None, 3]),
        "cache_read_tokens": rng.choice([None, 5]),
        "cache_creation_tokens": at % 7,
        "total_tokens": input_tokens + (output_tokens or 0),
        "trace_id": rng.choice([None, *(f"trace{n}" for n in range(12))]),
        "responded_at": rng.choice([None, at + 700]),
        "model_source": rng.choice(["openai", None]),
        "task_type": rng.choice(NAMES),
        "organization_id": rng.choice(["o1", None]),
        "subscriber_email": rng.choice(["a@x.io", "b@x.io", None]),
        **{
            name: rng.choice(NAMES)
            for name in ("agent", "model", "provider", "organization", "product", "subscriber")
        },
    }


def tool(rng: Random, version: int, at: int) -> Row:
    number = rng.randrange(5)
    return {
        "deleted": version > 1 and rng.random() < 0.3,
        "tool_id": f"tool{number}",
        "tool_type": ["MCP", None, "API", "API", None][number],
        "tool_provider": ["p", "q", None, "p", None][number],
        "agent": rng.choice(NAMES),
        "is_success": rng.random() < 0.7,
        "duration_ms": rng.randrange(5_000),
        "cost_nano": rng.choice([None, rng.randrange(10**9)]),
        "trace_id": rng.choice([None, "trace1", "trace2"]),
        "organization": rng.choice(NAMES),
        "product": rng.choice(NAMES),
    }


class Ledger:
    """What was written for one team, and what counts of it."""

    def __init__(self, world: World, team: str, seed: int) -> None:
        self.team, self._world, rng = team, world, Random(seed)
        self._events: list[EventRecord] = []
        for table, make, number in (("ai_events", call, 160), ("tool_events", tool, 90)):
            for index in range(number):
                at = FIRST + rng.choice(
                    [rng.randrange(DAYS * DAY), rng.randrange(4 * DAYS) * 6 * HOUR]
                )
                for version in range(1, rng.choice([2, 2, 3])):
                    made = event(team, f"{table}{index}", version, at, **make(rng, version, at))
                    self._events.append(replace(made, table=table))
        self.charges = [
            {
                "charge_id": f"c{index}",
                "earned_at": FIRST + rng.randrange(DAYS) * DAY,
                "organization": rng.choice(NAMES),
                "product": rng.choice(NAMES),
                "usd_nano": rng.choice([None, rng.randrange(10**12), -rng.randrange(10**9)]),
            }
            for index in range(30)
        ]

    def write(self) -> None:
        half = len(self._events) // 2
        write(self._world, batch(*self._events[:half], first="1"))
        write(self._world, batch(*self._events[half - 5 :], first="2"))
        for day in {charge["earned_at"] for charge in self.charges}:
            rows = [
                charge | {"earned_at": datetime.fromtimestamp(day / 1000, UTC).replace(tzinfo=None)}
                for charge in self.charges
                if charge["earned_at"] == day
            ]
            path = LakePath(CHARGES.name, day_of(day), "charges.parquet")
            self._world.lake.put(
                self.team, path, encode(pa.Table.from_pylist(rows, schema_of(CHARGES)))
            )

    def tend(self, *, compact: Iterable[int], roll: Iterable[int]) -> None:
        for table in ("ai_events", "tool_events"):
            for number in compact:
                assert compact_day(self._world, self.team, table, day_of(FIRST + number * DAY))
            for number in roll:
                assert roll_day(self._world, self.team, day_of(FIRST + number * DAY), table)

    def rows(self, table: str, start: int, end: int) -> list[Row]:
        newest: dict[str, EventRecord] = {}
        for each in self._events:
            known = newest.get(each.event_id)
            if each.table == table and (known is None or known.version < each.version):
                newest[each.event_id] = each
        bodies = [json.loads(each.body) for each in newest.values()]
        return [
            body for body in bodies if not body["deleted"] and start <= body["requested_at"] <= end
        ]

    def calls(self, start: int = START, end: int = END, *, money: bool = False) -> list[Row]:
        """Of money, what a flat plan covers is left out."""
        return [
            row
            for row in self.rows("ai_events", start, end)
            if not (money and row.get("assistant"))
        ]

    def earned(self) -> list[Row]:
        return [charge for charge in self.charges if START <= charge["earned_at"] <= END]


@pytest.fixture(scope="module", params=["fresh", "clean", "rolled", "mixed", "aws"])
def ledger(request: pytest.FixtureRequest, built: World) -> Ledger:
    """One team's events, in every state that a lake can be in; another team's beside them. On AWS
    in all at once."""
    world = request.getfixturevalue("deployment") if request.param == "aws" else built
    number = next(_teams)
    other, ledger = (
        Ledger(world, f"numbers{number}{suffix}", number * 2 + len(suffix))
        for suffix in ("other", "")
    )
    other.write()
    ledger.write()
    mixed = ((0, 1, 2), (1, 2))
    days = {"fresh": ((), ()), "clean": (range(DAYS), ()), "rolled": (range(DAYS), range(DAYS))}
    compact, roll = days.get(request.param, mixed)
    ledger.tend(compact=compact, roll=roll)
    return ledger


def ask(ledger: Ledger, slug: str, **parameters: Any) -> Any:
    report = BY_SLUG[slug]
    given = {"startDate": iso(START), "endDate": iso(END), "size": 100, **parameters}
    world = replace(ledger._world, now=lambda: FIRST + DAYS * DAY)
    return answer(world, ledger.team, report, query_of(report).model_validate(given))


# What is expected: (which rows, by which columns, the figures of a group's rows).

Figures = Callable[[list[Row]], list[Fraction]]
UNKNOWN = "UNCLASSIFIED"


def total(rows: Iterable[Row], column: str) -> int:
    return sum(row.get(column) or 0 for row in rows)


def usd(rows: list[Row]) -> list[Fraction]:
    return [Fraction(total(rows, "cost_nano"), 10**9)]


def usd_and_runs(rows: list[Row]) -> list[Fraction]:
    return [*usd(rows), *number(rows)]


def number(rows: list[Row]) -> list[Fraction]:
    return [Fraction(len(rows))]


def mean(rows: list[Row], unit: int) -> list[Fraction]:
    known = [row["duration_ms"] for row in rows if row.get("duration_ms") is not None]
    return [Fraction(sum(known), len(known) * unit) if known else Fraction(0)]


def per_minute(rows: list[Row]) -> list[Fraction]:
    minutes = {row["requested_at"] // MINUTE for row in rows}
    return [Fraction(total(rows, "total_tokens"), len(minutes)) if minutes else Fraction(0)]


def user(rows: list[Row]) -> list[Fraction]:
    return [*usd(rows), *number(rows), Fraction(total(rows, "total_tokens"))]


def success(rows: list[Row]) -> list[Fraction]:
    return [
        Fraction(100 * sum(row["is_success"] for row in rows), len(rows)) if rows else Fraction(0)
    ]


COLUMNS = {
    "agent": "agent",
    "model": "model",
    "organization": "organization",
    "product": "product",
    "provider": "provider",
    "task": "task_type",
    "team": "subscriber",
}
TABLE: Mapping[str, tuple[str, str, Figures]] = {
    **{f"cost-by-{by}": ("paid", column, usd) for by, column in COLUMNS.items()},
    **{
        f"cost-by-{by}-aggregated": ("paid", COLUMNS[by], usd)
        for by in ("agent", "model", "organization", "provider")
    },
    **{
        f"cost-by-{by}-aggregated": ("paid", COLUMNS[by], usd_and_runs)
        for by in ("product", "task")
    },
    "cost-by-user": ("assisted", "subscriber_email", user),
    "cost-by-user-aggregated": ("assisted", "subscriber_email", user),
    "cost-by-vendor": ("paid", "provider", usd),
    "customer-cost": ("paid", "organization", usd),
    "customer-cost-aggregated": ("paid", "organization", usd),
    "cost-per-customer": ("paid", "organization", usd),
    "cost-by-tool": ("tools", "tool_id", usd),
    "cost-by-tool-aggregated": ("tools", "tool_id", usd),
    "cost-by-tool-agent": ("tools", "agent", usd),
    "cost-by-tool-provider": ("tools", "tool_provider", usd),
    "cost-by-tool-provider-aggregated": ("tools", "tool_provider", usd),
    "tool-latency": ("tools", "tool_id", lambda rows: mean(rows, 1)),
    "tool-success-rate": ("tools", "tool_id", success),
    "top-tools-by-call-count": ("tools", "tool_id", number),
    "avg-time-by-agent": ("calls", "agent", lambda rows: mean(rows, 1_000)),
    "response-time-by-model": ("calls", "model", lambda rows: mean(rows, 1_000)),
    "response-time-by-vendor": ("calls", "provider", lambda rows: mean(rows, 1_000)),
    "task-performance-by-agent": ("calls", "agent", lambda rows: mean(rows, 1)),
    "tasks-completed-by-agent": ("calls", "agent", number),
    "tokens-per-minute": ("calls", "provider", per_minute),
    "tokens-per-minute-aggregated": ("calls", "provider", per_minute),
    "revenue-per-customer": (
        "charges",
        "organization",
        lambda rows: [Fraction(total(rows, "usd_nano"), 10**9)],
    ),
    "revenue-per-product": (
        "charges",
        "product",
        lambda rows: [Fraction(total(rows, "usd_nano"), 10**9)],
    ),
}


def rows_of(ledger: Ledger, what: str) -> list[Row]:
    if what == "tools":
        return ledger.rows("tool_events", START, END)
    if what == "charges":
        return [charge | {"requested_at": charge["earned_at"]} for charge in ledger.earned()]
    rows = ledger.calls(money=what != "calls")
    if what == "assisted":  # whoever names no sources gets those of coding assistants
        return [
            row
            for row in rows
            if row.get("cost_source") == "coding_assistant" and row.get("subscriber_email")
        ]
    return rows


def close(value: Decimal, exact: Fraction) -> bool:
    return abs(Fraction(value) - exact) <= Fraction(1, 10**15)


@pytest.mark.parametrize("slug", TABLE)
def test_tables(ledger: Ledger, slug: str) -> None:
    what, column, figures = TABLE[slug]
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    series = BY_SLUG[slug].shape is AnswerShape.SERIES
    for row in rows_of(ledger, what):
        bucket = iso(row["requested_at"])[:10] if series else ""
        groups[bucket, row.get(column) or UNKNOWN].append(row)
    everyone = {name for _, name in groups}
    for item in ask(ledger, slug).body["_embedded"]["items"]:
        bucket = item["startTimestamp"][:10] if series else ""
        shown = {
            each["groupName"]: each["metrics"] for each in (item["groups"] if series else [item])
        }
        assert shown.keys() == everyone if series else shown.keys() <= everyone
        for name, found in shown.items():
            wanted = figures(groups[bucket, name])
            assert len(found) == len(wanted)
            for metric, exact in zip(found, wanted, strict=True):
                assert close(metric["metricResult"], exact), (
                    slug,
                    bucket,
                    name,
                    metric["metricType"],
                )
    if not series:
        assert ask(ledger, slug).body["page"]["totalElements"] == len(everyone)


def first(item: Any) -> Decimal:
    value: Decimal = item["metrics"][0]["metricResult"]
    return value


@pytest.mark.parametrize("slug", ["profit-margin-per-customer", "profit-margin-per-product"])
def test_margins(ledger: Ledger, slug: str) -> None:
    column = "organization" if slug.endswith("customer") else "product"
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, rows, money in (
        (0, ledger.earned(), "usd_nano"),
        (1, ledger.calls(money=True), "cost_nano"),
        (1, ledger.rows("tool_events", START, END), "cost_nano"),
    ):
        for row in rows:
            sums[row.get(column) or UNKNOWN][place] += row.get(money) or 0
    said = ask(ledger, slug)
    shown = {item["groupName"]: first(item) for item in said.body["_embedded"]["items"]}
    used = [*ledger.calls(money=True), *ledger.rows("tool_events", START, END)]
    assert said.unassigned == (sum(not row.get(column) for row in used), len(used))
    unassigned = sums[UNKNOWN][1] if UNKNOWN in sums else 0
    earned = sums[UNKNOWN][0] if UNKNOWN in sums else 0
    assert said.unassigned_money == (unassigned, earned)
    assert unassigned > 0
    for item in said.body["_embedded"]["items"]:
        assert item["metrics"][0]["unassignedCost"] == to_usd(unassigned)
        assert item["metrics"][0].get("unassignedRevenue", 0) == to_usd(earned)
    assert shown.keys() == sums.keys()
    for name, (revenue, cost) in sums.items():
        assert close(
            shown[name], Fraction((revenue - cost) * 100, revenue) if revenue else Fraction(0)
        )


def test_groups_that_are_metrics(ledger: Ledger) -> None:
    tools, calls = ledger.rows("tool_events", START, END), ledger.calls()
    wanted = {
        "token-vs-tool-cost": {
            "Token Costs": usd(ledger.calls(money=True))[0],
            "Tool Costs": usd(tools)[0],
        },
        "task-completion": {"Completed Tasks": Fraction(len(calls))},
        "task-completion-aggregated": {"Completed Tasks": Fraction(len(calls))},
        "transaction-count-by-team": {"Transaction Count": Fraction(len(calls))},
        "token-breakdown-by-type": {
            kind: Fraction(total(calls, f"{kind.lower()}_tokens"))
            for kind in ("INPUT", "OUTPUT", "REASONING")
        }
        | {"CACHED": Fraction(total(calls, "cache_read_tokens"))},
    }
    for slug, groups in wanted.items():
        sums: defaultdict[str, Fraction] = defaultdict(Fraction)
        for item in ask(ledger, slug).body["_embedded"]["items"]:
            for group in item.get("groups", [item]):
                sums[group["groupName"]] += Fraction(first(group))
        assert sums == groups, slug


def test_filters_narrow_what_is_counted(ledger: Ledger) -> None:
    agents = ["x", "Ünïcode '%_?"]
    (item,) = ask(ledger, "task-completion-aggregated", agents=agents).body["_embedded"]["items"]
    assert first(item) == sum(row.get("agent") in agents for row in ledger.calls())
    sources = ["coding_assistant", "revenium_metered", "provider_billing"]
    asked = {"costSources": sources, "agents": agents, "models": ["x", "=y"], "users": ["a@x.io"]}
    users = ask(ledger, "cost-by-user-aggregated", **asked).body["_embedded"]["items"]
    kept = [
        row
        for row in ledger.calls(money=True)
        if row.get("agent") in agents
        and row.get("model") in ("x", "=y")
        and row.get("subscriber_email") == "a@x.io"
    ]
    assert sum(first(item) for item in users) == usd(kept)[0]
    tools = ask(ledger, "cost-by-tool", toolIds=["tool1"]).body["_embedded"]["items"]
    kept = [row for row in ledger.rows("tool_events", START, END) if row["tool_id"] == "tool1"]
    assert sum(Fraction(first(group)) for item in tools for group in item["groups"]) == usd(kept)[0]


def test_movers(ledger: Ledger) -> None:
    before = ledger.calls(START - (END - START) - 1, START - 1, money=True)
    for choice, column in (("model", "model"), ("customer", "organization")):
        found = ask(ledger, "top-movers", groupBy=choice).body["_embedded"]["items"]
        sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        for place, rows in ((0, ledger.calls(money=True)), (1, before)):
            for row in rows:
                sums[row.get(column) or UNKNOWN][place] += row.get("cost_nano") or 0
        assert {item["groupName"] for item in found} == set(sums)
        for item in found:
            current, previous = sums[item["groupName"]]
            (metric,) = item["metrics"]
            assert (metric["currentValue"] * 10**9, metric["previousValue"] * 10**9) == (
                current,
                previous,
            )
            change = (
                Fraction((current - previous) * 100, previous)
                if previous
                else Fraction(100 if current else 0)
            )
            assert close(metric["metricResult"], change)
            assert metric["trend"] == trend(current, previous, change)
        sizes = [abs(first(item)) for item in found]
        assert sizes == sorted(sizes, reverse=True)


def trend(current: int, previous: int, change: Fraction) -> str:
    if not previous or not current:
        return "neutral" if current == previous else "eliminated" if previous else "new"
    return "up" if change > 5 else "down" if change < -5 else "neutral"


def test_agents_and_their_tools(ledger: Ledger) -> None:
    tools = ledger.rows("tool_events", START, END)
    pairs: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in tools:
        pairs[row.get("agent") or UNKNOWN, row["tool_id"]].append(row)
    data = ask(ledger, "agent-tool-breakdown").body["data"]
    shown = {
        (row["agentName"], row["toolName"]): (row["totalCost"], row["totalCalls"]) for row in data
    }
    assert shown == {key: (usd(rows)[0], len(rows)) for key, rows in pairs.items()}
    assert [row["agentName"] for row in data] == sorted(row["agentName"] for row in data)
    assert {row["toolType"] for row in data if row["toolName"] == "tool0"} == {"MCP"}
    ice = ask(ledger, "iceberg-cost-by-agent").body["data"]
    paid = ledger.calls(money=True)
    assert {row["agentName"] for row in ice} == {
        row.get("agent") or UNKNOWN for row in (*paid, *tools)
    }
    for row in ice:
        name = row["agentName"]
        assert (
            row["tokenCost"]
            == usd([each for each in paid if (each.get("agent") or UNKNOWN) == name])[0]
        )
        assert (
            row["totalToolCost"]
            == -usd([each for each in tools if (each.get("agent") or UNKNOWN) == name])[0]
        )
        assert sum(each["cost"] for each in row["toolCosts"]) == row["totalToolCost"]


def test_traces(ledger: Ledger) -> None:
    by_trace: defaultdict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for place, rows in ((0, ledger.calls(money=True)), (1, ledger.rows("tool_events", START, END))):
        for row in rows:
            if row.get("trace_id"):
                by_trace[row["trace_id"]][place].append(row)
    body = ask(ledger, "trace-cost-distribution", threshold=1.5).body
    assert {point["transactionId"] for point in body["dataPoints"]} == set(by_trace)
    costs = []
    for point in body["dataPoints"]:
        calls, tools = by_trace[point["transactionId"]]
        costs.append(usd([*calls, *tools])[0])
        assert point["totalCost"] == costs[-1]
        assert point["totalCalls"] == len(calls)
        assert point["distinctTools"] == len({row["tool_id"] for row in tools})
        if calls:
            assert point["traceStart"] == iso(min(row["requested_at"] for row in calls))
            assert point["traceEnd"] == iso(
                max(row.get("responded_at") or row["requested_at"] for row in calls)
            )
    assert costs == sorted(costs, reverse=True)
    summary = body["summary"]
    assert close(summary["mean"], sum(costs) / len(costs))
    assert summary["p50"] == sorted(costs)[-(-len(costs) // 2) - 1]
    assert summary["tracesAboveThreshold"] == sum(cost > Fraction(3, 2) for cost in costs)


OPTIONS = {
    "agents": "agent",
    "models": "model",
    "providers": "provider",
    "vendors": "provider",
    "teams": "subscriber",
    "task-types": "task_type",
    "model-sources": "model_source",
    "customers": "organization",
    "organizations": "organization",
    "products": "product",
    "tools": "tool_id",
    "tool-providers": "tool_provider",
}


@pytest.mark.parametrize("slug", OPTIONS)
def test_options(ledger: Ledger, slug: str) -> None:
    column = OPTIONS[slug]
    rows = ledger.rows("tool_events", START, END) if column.startswith("tool") else ledger.calls()
    items = ask(ledger, f"filter-options/{slug}").body["_embedded"]["items"]
    assert [item if isinstance(item, str) else item["name"] for item in items] == sorted(
        {row[column] for row in rows if row.get(column)}
    )


MONEY = [
    report
    for report in REPORTS
    if report.is_money and report.shape is not AnswerShape.TRACES and "user" not in report.slug
]


@pytest.mark.parametrize("report", MONEY, ids=lambda report: report.slug)
def test_how_much_of_the_money_is_known_stands_beside_it(ledger: Ledger, report: Report) -> None:
    said = ask(ledger, report.slug).coverage
    counted: defaultdict[str, Sequence[Row]] = defaultdict(list)
    tables = {
        fact.table.name
        for metric in report.metrics
        for term in metric.formula.terms(report.asked or "sum")  # type: ignore[arg-type]
        for fact in term.facts
    }
    # What is compared with a period before must say how well that one is known.
    start = 2 * START - END - 1 if report.shape is AnswerShape.MOVERS else START
    calls = ledger.calls(start, money=True) if "ai_events" in tables else []
    tools = ledger.rows("tool_events", START, END) if "tool_events" in tables else []
    counted = {"Calls": [*calls, *tools], "Charges": ledger.earned() if "charges" in tables else []}
    for noun, rows in counted.items():
        money = "usd_nano" if noun == "Charges" else "cost_nano"
        if rows:
            assert said[noun] == (sum(row.get(money) is None for row in rows), len(rows))
    if calls:
        unpriced = [row for row in calls if row.get("cost_nano") is None]
        assert said["Tokens"] == (total(unpriced, "total_tokens"), total(calls, "total_tokens"))
