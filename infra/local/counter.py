"""What counts for budgets on a laptop: the work of the stream function."""

from chalicelib.alerts.evaluating import evaluate_moved
from chalicelib.budgets.following import follow, renew_sets
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from infra.local.vitals import BUDGET_READER

_BATCH = 5_000


def count_feed(world: World) -> int:
    """Count what the feed holds, then make the sets of the teams anew and look at their budgets;
    how many versions that were."""
    counted = 0
    moved: set[Scope] = set()
    for shard in world.feed.shards():  # unscoped: the feed carries all teams
        after = world.feed.position(BUDGET_READER, shard)  # unscoped: as above
        while batch := world.feed.read(shard, after, _BATCH):  # unscoped: as above
            moved |= follow(world, batch)
            world.feed.advance(BUDGET_READER, shard, batch.last)  # unscoped: as above
            after = batch.last
            counted += len(batch.events)
    renew_sets(world, moved)
    evaluate_moved(world, moved)
    return counted
