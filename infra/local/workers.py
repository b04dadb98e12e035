"""What streams and EventBridge do when deployed: threads that feed the lake and keep it in
order."""

import math
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from types import TracebackType

from chalicelib.erasure.retention import empty_due_days
from chalicelib.invoicing.service import bill_due
from chalicelib.kit.telemetry import logger
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.rolling import roll_due
from chalicelib.lake.writer import write
from chalicelib.metering.rerating import rerate_due
from chalicelib.ports.world import World
from infra.local.vitals import LAKE_READER
from infra.local.world import build

_BATCH = 20_000
_END_S = 2.0
"""How long ending may take. What is under way is broken off: it is done again after the next start,
as after a kill -9."""
_FEEDER_END_S = 600.0
_MOST_TOLD = 300
_FEED_S, _UPKEEP_S, _PRICES_S, _BILLING_S, _RETENTION_S = 0.4, 20.0, 60.0, 60.0, 3_600.0


def drain(world: World, deadline: float = math.inf) -> int:
    """Write what the feed holds to the lake; how many versions that were.

    No batch is begun after the deadline (time.monotonic), and no more is written than waited in
    the beginning: on a busy machine there is always more.
    """
    written = 0
    waiting = world.vitals.read().feed_lag  # unscoped: of the whole deployment
    for shard in world.feed.shards():  # unscoped: the feed carries all teams
        after = world.feed.position(LAKE_READER, shard)  # unscoped: as above
        while waiting is None or written < waiting:
            batch = world.feed.read(shard, after, _BATCH)  # unscoped: as above
            if batch is None or time.monotonic() > deadline:
                break
            write(world, batch)
            world.feed.advance(LAKE_READER, shard, batch.last)  # unscoped: as above
            after = batch.last
            written += len(batch.events)
    return written


@contextmanager
def feeder(folder: Path) -> Iterator[None]:
    """Feed the lake of a folder from a process of its own, while this one fills the ledger; all is
    fed on leaving."""
    # Forking would copy open databases; a fresh interpreter has none.
    context = multiprocessing.get_context("spawn")
    ended = context.Event()
    process = context.Process(target=_feed, args=(folder, ended), daemon=True)
    process.start()
    try:
        yield
    finally:
        ended.set()
        process.join(_FEEDER_END_S)
        if process.is_alive():
            logger().error("the feeder did not end in time: the lake is fed on by the next one")
            process.kill()


def _feed(folder: Path, ended: Event) -> None:
    world = build(folder)
    while not ended.wait(_FEED_S):
        drain(world)
    drain(world, time.monotonic() + _FEEDER_END_S)


def upkeep(world: World) -> None:
    """Compact what has been quiet, then roll up what is clean."""
    compact_due(world)
    roll_due(world)


_JOBS: Sequence[tuple[Callable[[World], object], float]] = (
    (drain, _FEED_S),
    (upkeep, _UPKEEP_S),
    (rerate_due, _PRICES_S),
    (bill_due, _BILLING_S),
    (empty_due_days, _RETENTION_S),
)
"""What the threads do, and the seconds between two times."""


class Workers(AbstractContextManager["Workers"]):
    """Runs the threads while its context is open; leaving it drains the feed one last time, if that
    is done soon."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failures: dict[str, str] = {}
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(job, pause), name=job.__name__, daemon=True)
            for job, pause in _JOBS
        ]

    def __enter__(self) -> "Workers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        deadline = time.monotonic() + _END_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads):
            drain(self._world, deadline)

    def _repeat(self, job: Callable[[World], object], pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            failure = ""
            try:
                job(self._world)
            except Exception as error:  # noqa: BLE001 - a full disk must not end the feed for good
                failure = f"{type(error).__name__}: {error}"[:_MOST_TOLD]
                if failure != self._failures.get(job.__name__):
                    logger().exception("the %s worker failed and will try again", job.__name__)
            self._failures[job.__name__] = failure
            self._world.vitals.note(job.__name__, failure)  # unscoped: of the whole deployment
