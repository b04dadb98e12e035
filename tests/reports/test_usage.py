"""The usage dashboards against plain sums over the calls, in every state of the lake and on both
adapters."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from chalicelib.kit.clock import DAY, iso
from chalicelib.kit.windows import Window, floor
from chalicelib.reports import usage as usage_module
from chalicelib.reports.periods import bucket_of
from chalicelib.reports.usage import answer_usage
from chalicelib.reports.usage_declarations import USAGE_REPORTS, UsageQuery
from tests.reports.test_numbers import DAYS, END, FIRST, START, Ledger, Row, ledger

__all__ = ["ledger"]
BY_SLUG = {usage.slug: usage for usage in USAGE_REPORTS}
TOKENS = {
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "cacheReadTokenCount": "cache_read_tokens",
    "cacheCreationTokenCount": "cache_creation_tokens",
    "totalTokenCount": "total_tokens",
}
POINTS = {
    "INPUT_TOKENS": "input_tokens",
    "OUTPUT_TOKENS": "output_tokens",
    "CACHE_READ_TOKENS": "cache_read_tokens",
    "CACHE_CREATION_TOKENS": "cache_creation_tokens",
    "TOTAL_TOKENS": "total_tokens",
}
COLUMNS = {"user": "subscriber_email", "model": "model", "organization": "organization"}
NAMES = {"user": "userEmail", "model": "model", "organization": "organizationName"}
UNKNOWN = "UNCLASSIFIED"


def ask(ledger: Ledger, slug: str, **asked: Any) -> Any:
    given = {"teamId": "t", "start": iso(START), "end": iso(END), **asked}
    world = replace(ledger._world, now=lambda: FIRST + DAYS * DAY)
    query = UsageQuery.model_validate(given)
    return answer_usage(world, ledger.team, BY_SLUG[slug], query)


def total(rows: list[Row], column: str) -> int:
    return sum(row.get(column) or 0 for row in rows)


def usd(rows: list[Row]) -> Fraction:
    return Fraction(total(rows, "cost_nano"), 10**9)


def group(rows: list[Row], column: str) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.get(column) or UNKNOWN].append(row)
    return groups


def share(part: list[Row], whole: list[Row]) -> Fraction:
    return usd(part) * 100 / usd(whole) if usd(whole) else Fraction(0)


def near(value: Any, exact: Fraction) -> bool:
    return abs(Fraction(value) - exact) <= Fraction(1, 10**15)


def unpriced(rows: list[Row]) -> int:
    return sum(row.get("cost_nano") is None for row in rows)


@pytest.mark.parametrize("agent", [None, "x", "a'); drop table ai_events; --", "nobody"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_tables(ledger: Ledger, kind: str, agent: str | None) -> None:
    calls = [row for row in ledger.calls() if agent is None or row.get("agent") == agent]
    groups = group(calls, COLUMNS[kind])
    answer = ask(ledger, f"metrics-by-{kind}", agent=agent)
    names = [row[NAMES[kind]] for row in answer.body]
    assert names == sorted(groups, key=lambda name: (-usd(groups[name]), name))
    assert bool(names) == (agent != "nobody")
    for row in answer.body:
        rows = groups[row[NAMES[kind]]]
        assert {name: row[name] for name in TOKENS} == {
            name: total(rows, column) for name, column in TOKENS.items()
        }
        assert row["requestCount"] == len(rows)
        assert row["traceCount"] == len({each["trace_id"] for each in rows if "trace_id" in each})
        assert row["totalCost"] == usd(rows)
        assert row.get("unpricedCount", 0) == unpriced(rows)
        priced = len(rows) - unpriced(rows)
        assert near(row["averageCost"], usd(rows) / priced if priced else Fraction(0))
        assert near(row["percentage"], share(rows, calls))
        if kind == "user":
            assert row["lastActivity"] == iso(max(each["requested_at"] for each in rows))
            check_models(row["modelBreakdown"], rows)
        if kind == "model":
            assert row["provider"] == provider_of(rows)
        if kind == "organization":
            ids = {each.get("organization_id") for each in rows} - {None}
            assert row["organizationId"] == (ids.pop() if ids else None)
    if names:
        assert answer.coverage["Calls"] == (unpriced(calls), len(calls))


def provider_of(rows: list[Row]) -> str | None:
    names = {row.get("provider") for row in rows}
    return names.pop() if len(names) == 1 else None


def check_models(shown: list[dict[str, Any]], rows: list[Row]) -> None:
    models = group(rows, "model")
    assert [each["model"] for each in shown] == sorted(
        models, key=lambda name: (-usd(models[name]), name)
    )
    for each in shown:
        some = models[each["model"]]
        assert each["totalCost"] == usd(some)
        assert each["provider"] == provider_of(some)
        assert each["totalTokenCount"] == total(some, "total_tokens")
        assert each["requestCount"] == len(some)
        assert near(each["percentage"], share(some, rows))


WINDOWS = [(START, END), (START - 9 * DAY, END), (END - DAY // 3, END)]


@pytest.mark.parametrize("agent", [None, "x"])
@pytest.mark.parametrize(("start", "end"), WINDOWS, ids=["half days", "days", "half hours"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_series(ledger: Ledger, kind: str, start: int, end: int, agent: str | None) -> None:
    asked = {"start": None, "startDate": iso(start), "end": iso(end), "agent": agent}
    answer = ask(ledger, f"{kind}-metrics-over-time", **asked)
    window = Window(start, end)
    buckets: dict[int, list[Row]] = {each.start: [] for each in window.buckets(bucket_of(window))}
    for row in ledger.calls(start, end):
        if agent is None or row.get("agent") == agent:
            buckets[floor(row["requested_at"], bucket_of(window))].append(row)
    assert [each["startTimestamp"] for each in answer.body] == list(buckets)
    for shown in answer.body:
        groups = group(buckets[shown["startTimestamp"]], COLUMNS[kind])
        assert {each["groupName"] for each in shown["groups"]} == set(groups)
        for each in shown["groups"]:
            rows = groups[each["groupName"]]
            found = {point["metricType"]: point["metricResult"] for point in each["metrics"]}
            assert found == {
                "COST": usd(rows),
                "REQUESTS": len(rows),
                **{word: total(rows, column) for word, column in POINTS.items()},
            }
            assert each["metrics"][0].get("unpricedCount", 0) == unpriced(rows)


@pytest.mark.parametrize(("start", "end"), WINDOWS, ids=["half days", "days", "half hours"])
def test_tokens(ledger: Ledger, start: int, end: int) -> None:
    answer = ask(ledger, "tokens-over-time", start=iso(start), end=iso(end))
    width = bucket_of(Window(start, end))
    found = 0
    for shown in answer.body:
        rows = [
            row
            for row in ledger.calls(start, end)
            if floor(row["requested_at"], width) == shown["startTimestamp"]
        ]
        assert {name: shown[name] for name in TOKENS} == {
            name: total(rows, column) for name, column in TOKENS.items()
        }
        found += len(rows)
    assert found == len(ledger.calls(start, end))
    assert answer.coverage == {}


def test_the_many_are_one_group(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_module, "_MOST_ROWS", 1)
    monkeypatch.setattr(usage_module, "_MOST_SERIES", 1)
    for kind, column in COLUMNS.items():
        calls = ledger.calls()
        groups = group(calls, column)
        first = min(groups, key=lambda name: (-usd(groups[name]), name))
        rest = [row for row in calls if (row.get(column) or UNKNOWN) != first]
        rows = {row[NAMES[kind]]: row for row in ask(ledger, f"metrics-by-{kind}").body}
        (others,) = rows.keys() - {first}
        assert rows[others]["totalCost"] == usd(rest)
        assert rows[others]["requestCount"] == len(rest)
        assert rows[others]["traceCount"] == len(
            {each["trace_id"] for each in rest if "trace_id" in each}
        )
        assert rows[others].get("organizationId") is None
        if kind == "user":
            check_models(rows[others]["modelBreakdown"], rest)
        named = set()
        for window in ask(ledger, f"{kind}-metrics-over-time").body:
            named |= {each["groupName"] for each in window["groups"]}
        assert named == {first, others}
