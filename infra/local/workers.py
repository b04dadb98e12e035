"""What streams and EventBridge do when deployed: threads that feed the lake and keep it in
order."""

import multiprocessing
import threading
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
from infra.local.world import build

READER = "lake"
_BATCH = 20_000
_FEED_S, _UPKEEP_S, _PRICES_S, _BILLING_S, _RETENTION_S = 0.4, 20.0, 60.0, 60.0, 3_600.0


def drain(world: World) -> int:
    """Write everything that the feed holds to the lake; how many versions that were."""
    written = 0
    for shard in world.feed.shards():  # unscoped: the feed carries all teams
        after = world.feed.position(READER, shard)  # unscoped: as above
        while (batch := world.feed.read(shard, after, _BATCH)) is not None:  # unscoped: as above
            write(world, batch)
            world.feed.advance(READER, shard, batch.last)  # unscoped: as above
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
        process.join()


def _feed(folder: Path, ended: Event) -> None:
    world = build(folder)
    while not ended.wait(_FEED_S):
        drain(world)
    drain(world)


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
    """Runs the threads while its context is open; leaving it drains the feed one last time."""

    def __init__(self, world: World) -> None:
        self._world = world
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
        for thread in self._threads:
            thread.join()
        drain(self._world)

    def _repeat(self, job: Callable[[World], object], pause_s: float) -> None:
        while not self._stop.wait(pause_s):
            try:
                job(self._world)
            except Exception:  # noqa: BLE001 - a full disk must not end the feed for good
                logger().exception("the %s worker failed and will try again", job.__name__)
