"""What feeds the lake on a laptop: the work of the stream function."""

import math
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

from chalicelib.kit.logs import logger
from chalicelib.lake.writer import write
from chalicelib.ports.world import World
from infra.local.vitals import LAKE_READER
from infra.local.world import build

FEED_S = 0.4
"""Seconds between two looks at the feed."""

_BATCH = 20_000
_FEEDER_END_S = 600.0
"""How long the last feeding may take, once all is in the ledger."""


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
    arguments = (folder, ended, os.getpid())
    process = context.Process(target=_feed, args=arguments, daemon=True)
    process.start()
    try:
        yield
    finally:
        ended.set()
        process.join(_FEEDER_END_S)
        if process.is_alive():
            logger().error("the feeder did not end in time: the lake is fed on by the next one")
            process.kill()
        elif process.exitcode:
            logger().error("the feeder failed: the lake is fed on by the next one")


def _feed(folder: Path, ended: Event, parent: int) -> None:
    """The process: until it is told to end, or its parent was killed and will tell nothing."""
    world = build(folder)
    while not ended.wait(FEED_S):
        if os.getppid() != parent:
            return
        drain(world)
    drain(world, time.monotonic() + _FEEDER_END_S)
