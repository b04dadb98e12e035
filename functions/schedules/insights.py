"""Recommendations, every hour: a run for each team that has had none for a week."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="advise")  # type: ignore[untyped-decorator]
def advise(event: CloudWatchEvent) -> dict[str, int]:
    """Make the weekly runs that are due; how many."""
    # Here, because the other functions start without it.
    from chalicelib.recommendations.scheduling import advise_due

    return advise_due(world(), until=deadline_of(world(), event))
