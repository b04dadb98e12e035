"""The feed, read by all who read it."""

from chalicelib.ports.world import World
from infra.local.counter import count_feed
from infra.local.feeder import drain


def feed(world: World) -> None:
    """Have the lake and the budgets take what was metered."""
    drain(world)
    count_feed(world)
