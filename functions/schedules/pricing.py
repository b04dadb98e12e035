"""Prices that arrive late, every hour: events that were waiting for one are rated."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="rerate")  # type: ignore[untyped-decorator]
def rerate(event: CloudWatchEvent) -> dict[str, int]:
    """Rate what had no price when it came."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.metering.rerating import rerate_due

    return {"rerated": rerate_due(world(), until=deadline_of(world(), event))}
