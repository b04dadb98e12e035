"""Upkeep of the lake, every few minutes: compaction, then rollups of what became clean."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="compact")  # type: ignore[untyped-decorator] # Chalice is not typed
def compact(event: CloudWatchEvent) -> dict[str, int]:
    """Make quiet days clean."""
    from chalicelib.lake.compaction import compact_due  # pyarrow: must not load in the API function

    return {"compacted": compact_due(world(), until=_deadline(event))}


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="rollup")  # type: ignore[untyped-decorator] # Chalice is not typed
def rollup(event: CloudWatchEvent) -> dict[str, int]:
    """Sum up clean days."""
    from chalicelib.lake.rolling import roll_due  # pyarrow, as above

    return {"rolled": roll_due(world(), until=_deadline(event))}


def _deadline(event: CloudWatchEvent) -> int:
    """No day is begun in the second half of the time, so that the last one can be finished."""
    remaining: int = event.context.get_remaining_time_in_millis()
    return world().now() + remaining // 2
