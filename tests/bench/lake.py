"""The lake: rows a second from stored events to Parquet on one core, and bytes a row once the day
is compacted."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from chalicelib.kit.clock import day_of, day_start
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.world import World
from infra.local.world import build
from tests.bench.generate import stored_events
from tests.bench.report import Row

_EVENTS, _BATCH = 120_000, 20_000
_DAY = day_start("2026-11-20")
_WRITE_GOAL, _SIZE_GOAL = 60_000, 140
_TEAM = "bench1"


def run() -> list[Row]:
    """Write a day in batches of the local feed's size, as its worker does, then compact it."""
    events = list(stored_events(_TEAM, _EVENTS, day=_DAY))
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    with TemporaryDirectory() as folder:
        world = build(Path(folder))
        rates = [
            _write(world, events[first : first + _BATCH], first)
            for first in range(0, _EVENTS, _BATCH)
        ]
        written = statistics.median(
            rates[1:]
        )  # the first one also loads the libraries and touches the memory
        fresh = _bytes(world) / _EVENTS
        start = time.process_time()
        compact_due(world, quiet_ms=0)
        compacted = _EVENTS / (time.process_time() - start)
        size = _bytes(world) / _EVENTS
    json_size = sum(len(event.body) for event in events) / _EVENTS
    return [
        Row(
            "lake writing",
            f"{written:,.0f} events a second",
            f"≥ {_WRITE_GOAL:,}",
            written >= _WRITE_GOAL,
            f"one core, from stored JSON of {json_size:,.0f} bytes, batches of {_BATCH:,}; best "
            f"{max(rates):,.0f}",
        ),
        Row(
            "lake size, compacted",
            f"{size:.1f} bytes an event",
            f"≤ {_SIZE_GOAL}",
            size <= _SIZE_GOAL,
            f"all {len(AI_EVENTS.columns)} columns, {_EVENTS:,} events of a day; {fresh:.1f} "
            "before",
        ),
        Row("compaction", f"{compacted:,.0f} events a second", note="one core"),
    ]


def _write(world: World, events: Sequence[EventRecord], first: int) -> float:
    """Events a second of CPU time."""
    start = time.process_time()
    write(world, FeedBatch("bench", f"{first:09d}", f"{first + len(events) - 1:09d}", events))
    return len(events) / (time.process_time() - start)


def _bytes(world: World) -> int:
    return sum(each.size for each in world.lake.list(_TEAM, AI_EVENTS.name, day_of(_DAY)))
