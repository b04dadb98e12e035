"""Upkeep of the lake, every few minutes: compaction, then rollups of what became clean."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="compact")  # type: ignore[untyped-decorator]
def compact(event: CloudWatchEvent) -> dict[str, int]:
    """Make quiet days clean."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.lake.compaction import compact_due

    return {"compacted": compact_due(world(), until=deadline_of(world(), event))}


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="rollup")  # type: ignore[untyped-decorator]
def rollup(event: CloudWatchEvent) -> dict[str, int]:
    """Sum up clean days."""
    from chalicelib.lake.rolling import roll_due  # here, as above

    return {"rolled": roll_due(world(), until=deadline_of(world(), event))}
