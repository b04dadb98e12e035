"""Retention, every day: events that are older than their tenant keeps them are removed."""

from dataclasses import asdict

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.DAYS), name="retain")  # type: ignore[untyped-decorator] # Chalice is not typed
def retain(event: CloudWatchEvent) -> dict[str, int]:
    """Remove what is past; what was done, in numbers."""
    from chalicelib.erasure.retention import (
        empty_due_days,
    )  # pyarrow: must not load in the API function

    remaining: int = event.context.get_remaining_time_in_millis()
    return asdict(empty_due_days(world(), until=world().now() + remaining // 2))
