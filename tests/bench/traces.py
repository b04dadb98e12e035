"""Traces: one of 10,000 calls, and 30 days of 50,000 traces whose agents call each other in chains
and in circles. Asked in this process, the answer written as JSON."""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.kit.clock import DAY, SECOND, day_of, day_start
from chalicelib.kit.http.messages import Request
from chalicelib.kit.jsontext import dumps
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.traces.agent_queries import CircleQuery, MatrixQuery
from chalicelib.traces.agent_service import read_matrix
from chalicelib.traces.circle_service import page_circles
from chalicelib.traces.queries import TraceQuery
from chalicelib.traces.service import page_traces, read_path, read_trace
from infra.local.world import build
from tests.bench.report import Row

_TEAM = Scope("bench")
_NOW = day_start("2026-11-22") + DAY // 2
_TRACES, _SPANS, _DAYS = 50_000, 10_000, 30
_AGENTS = ("planner", "coder", "critic", "searcher", "writer")
_LENGTHS = (1, 3, 6, 10, 20)
_LARGE = "large"
_REQUESTS = 11
_PAGE_MS, _ONE_MS, _ALL_MS = 150, 400, 2_000
_REQUEST = Request("GET", "/traces", {}, (), b"", "bench")
_SPAN = {"teamId": _TEAM, "period": "THIRTY_DAYS"}


def run() -> list[Row]:
    """All of them."""
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=lambda: _NOW)
        calls = _fill(world)
        return list(_measure(world, f"{_TRACES:,} traces, {calls:,} calls, 30 days"))


def _measure(world: World, note: str) -> Iterator[Row]:
    page, matrix = TraceQuery.model_validate(_SPAN), MatrixQuery.model_validate(_SPAN)
    circles = CircleQuery.model_validate(_SPAN)
    asked: Mapping[str, tuple[Callable[[], Any], int]] = {
        "newest 20 traces": (lambda: page_traces(world, _TEAM, page, _REQUEST), _PAGE_MS),
        f"trace of {_SPANS:,} spans": (lambda: read_trace(world, _TEAM, _LARGE), _ONE_MS),
        "its critical path": (lambda: read_path(world, _TEAM, _LARGE), _ONE_MS),
        "interactions": (lambda: read_matrix(world, _TEAM, matrix, _REQUEST), _ALL_MS),
        "circular patterns": (lambda: page_circles(world, _TEAM, circles, _REQUEST), _ALL_MS),
    }
    for name, (ask, most) in asked.items():
        times: list[float] = []
        for _ in range(1 + _REQUESTS):
            start = time.perf_counter()
            dumps(ask().body)
            times.append((time.perf_counter() - start) * SECOND)
        taken = statistics.median(times[1:])
        yield Row(name, f"{taken:.0f} ms", f"≤ {most} ms", taken <= most, note)


def _fill(world: World) -> int:
    """Write all traces, as upkeep leaves them; how many calls they have."""
    rng = Random(1)
    by_day: dict[str, list[EventRecord]] = {}
    for number in range(_TRACES):
        at = _NOW - rng.randrange(_DAYS * DAY)
        _add_trace(by_day, rng, f"trace-{number:08}", (at, rng.choice(_LENGTHS)))
    _add_trace(by_day, rng, _LARGE, (_NOW - 2 * DAY, _SPANS))
    for number, (day, records) in enumerate(sorted(by_day.items())):
        write(world, FeedBatch("bench", f"{number:05}", f"{number:05}", records))
        if day < day_of(_NOW):
            compact_day(world, _TEAM, "ai_events", day)
            roll_day(world, _TEAM, day)
    return sum(map(len, by_day.values()))


def _add_trace(
    by_day: dict[str, list[EventRecord]], rng: Random, trace: str, shape: tuple[int, int]
) -> None:
    """Add a trace of some shape: when it begins, and how many calls it has. Its calls are those of
    one agent, of one after the other, or of any."""
    at, length = shape
    kind, linked = rng.choice("1133577"), rng.random() < 0.6
    for number in range(length):
        any_agent = rng.choice(_AGENTS) if kind == "5" else _AGENTS[min(number // 3, 4)]
        row: dict[str, Any] = {
            "event_id": f"{trace}/{number}",
            "version": 1,
            "deleted": False,
            "kind": "COMPLETION",
            "transaction_id": f"{trace}/{number}",
            "trace_id": trace,
            "agent": _AGENTS[0] if kind == "1" else any_agent,
            "requested_at": at,
            "received_at": at,
            "responded_at": at + 500,
            "duration_ms": 500,
            "channel": "REST",
            "model": "gpt-4o",
            "provider": "OPENAI",
            "cost_nano": 1_000_000 * rng.randrange(100),
            "total_tokens": 100,
        }
        if linked and number:
            row["parent_transaction_id"] = f"{trace}/{rng.randrange(max(0, number - 3), number)}"
        day = day_of(at)
        record = EventRecord(_TEAM, row["event_id"], 1, "ai_events", day, json.dumps(row))
        by_day.setdefault(day, []).append(record)
        at += rng.randrange(2 * SECOND)
