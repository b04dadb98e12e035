"""Writers, compaction, rollups and readers at once: no report may miss or double what was written
before it began."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import FEED_PREFIX, write
from chalicelib.ports.engine import EngineBusy
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from chalicelib.reports.parameters import query_of
from chalicelib.reports.service import answer
from tests.lake.samples import DAY, batch, event
from tests.support.reports import BY_SLUG

BATCHES, EACH = 25, 4
AGENT_COST = BY_SLUG["cost-by-agent-aggregated"]
QUERY = query_of(AGENT_COST).model_validate(
    {"startDate": f"{DAY}T00:00:00Z", "endDate": f"{DAY}T23:59:59.999Z"}
)


class SlowLake:
    """A lake in which every change takes its time, so that readers meet all states in between."""

    def __init__(self, world: World) -> None:
        self._lake, self.get, self.list = world.lake, world.lake.get, world.lake.list

    def put(self, team: str, path: LakePath, data: bytes) -> None:
        self._lake.put(team, path, data)
        time.sleep(0.05 if path.name.startswith(FEED_PREFIX) else 0.005)

    def delete(self, team: str, paths: Sequence[LakePath]) -> None:
        for path in paths:
            self._lake.delete(team, [path])
            time.sleep(0.003)


def test_no_report_misses_or_doubles_a_call(world: World, team: str) -> None:
    world = replace(world, lake=SlowLake(world))
    written, over = [0], threading.Event()

    def feed() -> None:
        for number in range(BATCHES):
            events = [
                event(team, f"{number}/{index}", agent="a", cost_nano=1) for index in range(EACH)
            ]
            again = event(team, f"{number - 1}/0", agent="a", cost_nano=1)
            write(world, batch(*events, *([again] if number else []), first=f"{number:04d}"))
            written[0] = number + 1
            time.sleep(0.02)
        over.set()

    def upkeep() -> None:
        while not over.is_set():
            compact_day(world, team, "ai_events", DAY)
            roll_day(world, team, DAY)

    with Running(feed, upkeep):
        while not over.is_set():
            _read_once(world, team, written)
    assert answer(world, team, AGENT_COST, QUERY).coverage["Calls"].total == BATCHES * EACH


def _read_once(world: World, team: str, written: list[int]) -> None:
    before = written[0]
    try:
        calls = answer(world, team, AGENT_COST, QUERY).coverage["Calls"].total
    except EngineBusy:
        return  # an honest answer
    # A batch may be seen before its writer says so, never a part of it.
    assert before * EACH <= calls <= (written[0] + 1) * EACH
    assert calls % EACH == 0


class Running:
    """Threads that are over, and have not failed, when the context ends."""

    def __init__(self, *jobs: Callable[[], None]) -> None:
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._guarded, args=(job,)) for job in jobs]

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as failure:
            self._failures.append(failure)
            raise

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        assert self._failures == []
