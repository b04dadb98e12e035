"""Providers' bills: every minute those that are due, or that somebody asked for, are read, and
every hour it is looked whether they are explained, and whether limits at providers still stand."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(  # type: ignore[untyped-decorator]
    Rate(1, unit=Rate.MINUTES), name="sync_bills"
)
def sync_bills(event: CloudWatchEvent) -> dict[str, int]:
    """Read the bills of all teams that have connections to providers; what was done, in numbers."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.providers.syncing import sync_due

    return sync_due(world(), until=deadline_of(world(), event))


@blueprint.schedule(  # type: ignore[untyped-decorator]
    Rate(1, unit=Rate.HOURS), name="watch_bills"
)
def watch_bills(event: CloudWatchEvent) -> dict[str, int]:
    """Look whether bills are explained, and whether limits at providers still stand, and have
    people told where that is not so."""
    # Here, because the other functions start without it.
    from chalicelib.reconciliation.watching import watch_due
    from chalicelib.spend_limits.watching import look_due

    until = deadline_of(world(), event)
    return watch_due(world(), until=until) | look_due(world(), until=until)
