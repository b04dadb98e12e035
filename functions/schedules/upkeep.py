"""Retention, every day: events that are older than their tenant keeps them are removed.
Before that, what has vanished from the lake is noticed."""

from dataclasses import asdict

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.DAYS), name="retain")  # type: ignore[untyped-decorator]
def retain(event: CloudWatchEvent) -> dict[str, int]:
    """Remove what is past; what was done, in numbers."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.erasure.retention import empty_due_days
    from chalicelib.lake.damage import inspect_due

    until = deadline_of(world(), event)
    vanished = inspect_due(world(), until=until)
    return {"vanished": vanished, **asdict(empty_due_days(world(), until=until))}
