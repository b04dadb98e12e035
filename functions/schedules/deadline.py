"""The deadline of scheduled work."""

from chalice.app import CloudWatchEvent

from chalicelib.ports.world import World


def deadline_of(world: World, event: CloudWatchEvent) -> int:
    """The instant (UTC epoch ms) after which a function begins no further piece of work: half of
    its time is left then, so that the last piece can be finished."""
    remaining: int = event.context.get_remaining_time_in_millis()
    return world.now() + remaining // 2
