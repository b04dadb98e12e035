"""Prices that arrive late, every hour: events that were waiting for one are rated."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="rerate")  # type: ignore[untyped-decorator] # Chalice is not typed
def rerate(event: CloudWatchEvent) -> dict[str, int]:
    """Rate what had no price when it came."""
    from chalicelib.metering.rerating import (
        rerate_due,
    )  # pyarrow: must not load in the API function

    remaining: int = event.context.get_remaining_time_in_millis()
    return {"rerated": rerate_due(world(), until=world().now() + remaining // 2)}
