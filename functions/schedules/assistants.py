"""Coding assistants, every five minutes: pull requests and contributions that are due, or that
somebody asked for, are read."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(  # type: ignore[untyped-decorator]
    Rate(5, unit=Rate.MINUTES), name="sync_assistants"
)
def sync_assistants(event: CloudWatchEvent) -> dict[str, int]:
    """Read what was merged of all teams that have connected GitHub; what was done, in numbers."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.assistants.due import sync_assistants as read_all

    return read_all(world(), until=deadline_of(world(), event))
