"""The same digits, however the lake stands: reports against a plain reading of what was written.

Random events, corrections, deletions and repeated batches; compaction and rollups of random days at
random moments; then random reports. The expectation is computed here from the written events alone,
without buckets, plans or SQL.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.directory.assistants import BILLING_SETTINGS
from chalicelib.kit.clock import day_of, iso, parse_instant
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.dimensions import USER
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.documents import Record
from chalicelib.ports.events import EventRecord
from chalicelib.ports.world import World
from chalicelib.reports.catalogue import COSTS
from chalicelib.reports.declarations import Report
from chalicelib.reports.parameters import WindowQuery, query_of
from chalicelib.reports.service import answer
from tests.lake.samples import batch, event

FIRST = parse_instant("2026-02-27T00:00:00Z")
HOUR, DAY, DAYS = 3_600_000, 86_400_000, 4
_teams = count(1)
REPORTS = [report for report in COSTS if report.by != (USER,)]
"""Those that show one cost a group, by whatever measure is asked for; the others are in
test_numbers.py."""

names = st.sampled_from(["x", "y", "Ünïcode '%_?", None])
edges = st.builds(
    lambda hour, off: FIRST + hour * HOUR + off,
    st.sampled_from([1, 24, 26, 27, 48, 72]),
    st.sampled_from([-1, 0, 1]),
)
"""A few full hours and the milliseconds around them, so that calls and the ends of windows meet
there."""
instants = st.one_of(edges, edges, st.integers(FIRST, FIRST + DAYS * DAY - 1))


@st.composite
def call(draw: st.DrawFn) -> dict[str, Any]:
    """One version of a call, without its identity."""
    return {
        "deleted": draw(st.integers(0, 9)) == 0,
        "cost_nano": draw(st.one_of(st.none(), st.integers(0, 10), st.integers(0, 10**15))),
        "cost_source": draw(st.sampled_from([None, "revenium_metered", "coding_assistant"])),
        "assistant": draw(st.sampled_from([None, None, None, "ClaudeCode", "CursorIde"])),
        **{
            column: draw(names)
            for column in ("agent", "model", "provider", "organization", "product", "subscriber")
        },
        "credential": draw(
            st.one_of(names, st.integers(1, 40).map(lambda number: f"key {number}"))
        ),
    }


@st.composite
def ledger(draw: st.DrawFn) -> list[tuple[str, int, int, dict[str, Any]]]:
    """(transaction, version, instant, columns) of up to 50 events in one to three versions."""
    found = []
    for number in range(draw(st.sampled_from([1, 4, 20, 50]))):
        at = draw(instants)
        versions = draw(st.sampled_from([1, 1, 1, 2, 3]))
        found += [(f"t{number}", version + 1, at, draw(call())) for version in range(versions)]
    return found


Step = tuple[str, int, int]
kinds = st.sampled_from(["write", "compact", "roll"])
day_sets = st.one_of(st.just(2**DAYS - 1), st.integers(0, 2**DAYS - 1))
steps = st.lists(st.tuples(kinds, day_sets, st.integers(1, 60)), max_size=8)


class Asked:
    """A report with its parameters."""

    def __init__(self, report: Report, parameters: dict[str, Any]) -> None:
        self.report, self.parameters = report, parameters

    def __repr__(self) -> str:
        return f"{self.report.slug} {self.parameters}"

    @property
    def query(self) -> WindowQuery:
        return query_of(self.report).model_validate(self.parameters)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    report = draw(st.sampled_from(REPORTS))
    days = st.sampled_from([FIRST + day * DAY - off for day in range(DAYS + 1) for off in (0, 1)])
    ends = st.one_of(instants, days)
    start, end = sorted((draw(ends), draw(ends)))
    measure = draw(
        st.sampled_from(["sum", "avg", "max", "min", "count", "median", "p50", "p90", "p95", "p99"])
    )
    parameters: dict[str, Any] = {
        "startDate": iso(start),
        "endDate": iso(end),
        "metricType": measure,
        "size": 100,
    }
    for parameter in (each.parameter for each in report.filters):
        options = (
            ["revenium_metered", "provider_billing"]
            if parameter == "costSource"
            else ["x", "Ünïcode '%_?", "no"]
        )
        parameters[parameter] = draw(
            st.one_of(st.just([]), st.lists(st.sampled_from(options), min_size=1))
        )
    return Asked(report, parameters)


def events_of(
    team: str, found: Sequence[tuple[str, int, int, dict[str, Any]]]
) -> list[EventRecord]:
    return [
        event(team, transaction, version, at, **columns)
        for transaction, version, at, columns in found
    ]


def play(
    world: World,
    team: str,
    events: Sequence[EventRecord],
    script: Sequence[Step],
    settled: tuple[int, int],
) -> None:
    """Write everything, in order and partly twice, with upkeep of the lake in between; at last
    the settled days are compacted and rolled up."""
    written, names_of_batches = 0, count(1)
    for what, which, size in script:
        if what == "compact":
            compact(world, team, which)
        elif what == "roll":
            roll(world, team, which)
        else:
            start = max(0, written - which % 3)
            chunk = events[start : written + size]
            written = min(len(events), written + size)
            if chunk:
                write(world, batch(*chunk, first=f"{next(names_of_batches):04d}"))
    if written < len(events):
        write(world, batch(*events[written:], first="9999"))
    compact(world, team, settled[0])
    roll(world, team, settled[1])


def chosen(days: int) -> list[str]:
    """The days whose bits are set."""
    return [day_of(FIRST + number * DAY) for number in range(DAYS) if days >> number & 1]


def compact(world: World, team: str, days: int) -> None:
    for day in chosen(days):
        compact_day(world, team, "ai_events", day)


def roll(world: World, team: str, days: int) -> None:
    for day in chosen(days):
        roll_day(world, team, day)


# The expectation.


def counted(events: Sequence[EventRecord], api_rate: set[str]) -> Iterator[dict[str, Any]]:
    newest: dict[str, EventRecord] = {}
    for each in events:
        if each.event_id not in newest or newest[each.event_id].version < each.version:
            newest[each.event_id] = each
    for each in newest.values():
        row = json.loads(each.body)
        if not row["deleted"] and (row.get("assistant") is None or row["assistant"] in api_rate):
            yield row


def bucket_of(instant: int, span: int) -> str:
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H" if span <= 48 * HOUR else "%Y-%m-%d")


def combine(measure: str, costs: Sequence[int | None]) -> Fraction:
    known = sorted(cost for cost in costs if cost is not None)
    if measure == "count":
        return Fraction(len(costs))
    if not known:
        return Fraction(0)
    ways: dict[str, Callable[[], Fraction]] = {
        "sum": lambda: Fraction(sum(known)),
        "avg": lambda: Fraction(sum(known), len(known)),
        "min": lambda: Fraction(known[0]),
        "max": lambda: Fraction(known[-1]),
    }
    if measure in ways:
        return ways[measure]() / 10**9
    rank = {"median": 50, "p50": 50, "p90": 90, "p95": 95, "p99": 99}[measure]
    return Fraction(known[max(1, math.ceil(Fraction(rank * len(known), 100))) - 1], 10**9)


def expected(rows: Sequence[dict[str, Any]], question: Asked) -> dict[str, dict[str, Fraction]]:
    """Figures by bucket and group; the bucket is empty in a total. Groups without calls in a bucket
    are left out."""
    query, report = question.parameters, question.report
    start, end = parse_instant(query["startDate"]), parse_instant(query["endDate"])
    groups: defaultdict[str, defaultdict[str, list[int | None]]] = defaultdict(
        lambda: defaultdict(list)
    )
    totals: defaultdict[str, int] = defaultdict(int)
    column, absent = report.by[0].column, report.by[0].absent
    narrowed = [(each.parameter, each.column) for each in report.filters]
    kept = []
    for row in rows:
        named = {
            **row,
            column: row.get(column) or absent,
            "cost_source": row.get("cost_source") or "revenium_metered",
        }
        passes = all(not query[name] or named.get(field) in query[name] for name, field in narrowed)
        if start <= row["requested_at"] <= end and passes:
            kept.append(named)
            totals[named[column]] += row.get("cost_nano") or 0
    best = sorted(totals, key=lambda name: (-totals[name], name))[:20]
    for row in kept:
        name = row[column]
        if report.by[0].name == "api-key" and name not in best:
            name = "Other API keys"
        bucket = bucket_of(row["requested_at"], end - start) if report.shape == "series" else ""
        groups[bucket][name].append(row.get("cost_nano"))
    measure = query["metricType"]
    return {
        bucket: {name: combine(measure, costs) for name, costs in by_name.items()}
        for bucket, by_name in groups.items()
    }


def near(value: Decimal, exact: Fraction, measure: str) -> bool:
    return abs(Fraction(value) - exact) <= (Fraction(1, 2 * 10**18) if measure == "avg" else 0)


def check(body: dict[str, Any], wanted: dict[str, dict[str, Fraction]], question: Asked) -> None:
    measure = question.parameters["metricType"]
    items = body["_embedded"]["items"]
    if question.report.shape != "series":
        items = [{"startTimestamp": "", "groups": items}]
    everyone = {name for by_name in wanted.values() for name in by_name}
    for item in items:
        length = len(next(iter(wanted), ""))
        there = wanted.get(item["startTimestamp"][:length], {})
        shown = {
            group["groupName"]: group["metrics"][0]["metricResult"] for group in item["groups"]
        }
        assert set(shown) == everyone
        assert len(shown) == len(item["groups"])
        assert all(
            near(value, there.get(name, Fraction(0)), measure) for name, value in shown.items()
        ), (shown, there)


@settings(max_examples=40)
@given(
    ledger(),
    steps,
    st.tuples(day_sets, day_sets),
    st.lists(asked(), min_size=4, max_size=10),
    st.sampled_from([(), ("ClaudeCode",)]),
)
def test_reports_say_what_was_written(
    built: World,
    found: list[Any],
    script: list[Step],
    settled: tuple[int, int],
    questions: list[Asked],
    api_rate: tuple[str, ...],
) -> None:
    team = f"digits{next(_teams)}"
    world = replace(built, now=lambda: FIRST + DAYS * DAY)
    if api_rate:
        doc = {"apiRateProviders": list(api_rate)}
        world.documents.create(team, Record(BILLING_SETTINGS, BILLING_SETTINGS, doc))
    events = events_of(team, found)
    play(world, team, events, script, settled)
    rows = list(counted(events, set(api_rate)))
    for question in questions:
        said = answer(world, team, question.report, question.query)
        wanted = expected(rows, question)
        check(said.body, wanted, question)
        calls = expected(
            rows, Asked(question.report, {**question.parameters, "metricType": "count"})
        )
        assert said.coverage["Calls"].total == sum(
            value for by_name in calls.values() for value in by_name.values()
        )
