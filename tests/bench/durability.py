"""kill -9 right after the last acknowledgement, time and again on one folder: nothing lost, nothing
double."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.kit.ids import event_id
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.lake import LakePath
from chalicelib.ports.world import World
from infra.local.feeder import drain
from infra.local.world import build
from tests.bench.client import transaction_id
from tests.bench.report import Row
from tests.bench.served import post, server

_ROUNDS, _POSTS = 10, 1_000


def run() -> list[Row]:
    """Ten rounds of a thousand posts; then the ledger, the lake's distinct events and its sums are
    counted."""
    acknowledged = 0
    team = key = ""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(_ROUNDS):
            with server(folder) as served:
                team, key = served.team, served.key or key
                acknowledged += post(served.url, key, number * _POSTS, _POSTS)[0]
                served.process.kill()
        world = build(folder)
        drain(world)
        expected = {
            event_id(team, "COMPLETION", transaction_id(number))
            for number in range(_ROUNDS * _POSTS)
        }
        kept, double = _ledger(world, team, expected)
        rows = _lake(world, team)
    lost = len(expected - kept)
    missing, strange = len(expected - rows.keys()), len(rows.keys() - expected)
    return [
        Row(
            "kill -9 after the last answer",
            f"{lost} lost, {double} double",
            "0 lost, 0 double",
            lost == double == 0 and acknowledged == len(expected),
            f"{_ROUNDS} × {_POSTS:,} posts, SIGKILL, restart; {acknowledged:,} acknowledged, "
            "counted in the ledger",
        ),
        Row(
            "… and in the lake, after it caught up",
            f"{missing} lost, {strange} double",
            "0 lost, 0 double",
            missing == strange == 0,
            f"distinct events; {rows.total() - len(rows):,} rows written twice, which readers "
            "and compaction remove",
        ),
    ]


def _ledger(world: World, team: str, expected: set[str]) -> tuple[set[str], int]:
    """The ids that the ledger holds, and how many entries it has beyond one for each."""
    entries: Counter[str] = Counter()
    for shard in world.feed.shards():  # unscoped: the feed carries all teams
        after: str | None = None
        while batch := world.feed.read(shard, after, 5_000):  # unscoped: as above
            entries.update(event.event_id for event in batch.events if event.team == team)
            after = batch.last
    return set(entries), entries.total() - len(entries) + len(entries.keys() - expected)


def _lake(world: World, team: str) -> Counter[str]:
    """How often each event stands in the lake's files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: Counter[str] = Counter()
    for stored in world.lake.list(team, AI_EVENTS.name):
        path: LakePath = stored.path
        data = pa.BufferReader(world.lake.get(team, path))
        found.update(pq.read_table(data, columns=["event_id"])["event_id"].to_pylist())
    return found
