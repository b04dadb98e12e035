"""Budgets, every minute: cost controls are held against what has been used."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.budgets.enforcing import enforce_due
from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="enforce")  # type: ignore[untyped-decorator]
def enforce(event: CloudWatchEvent) -> dict[str, int]:
    """Look at the cost controls of all teams, and mail what is new."""
    return enforce_due(world(), until=deadline_of(world(), event))
