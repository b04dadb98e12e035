"""Budgets, every minute: cost controls are held against what has been used, and alert rules against
what calls are like."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="enforce")  # type: ignore[untyped-decorator]
def enforce(event: CloudWatchEvent) -> dict[str, int]:
    """Look at the cost controls of all teams, and mail what is new."""
    # Here, because app.py imports this module in the API function too.
    from chalicelib.budgets.enforcing import enforce_due

    return enforce_due(world(), until=deadline_of(world(), event))


@blueprint.schedule(  # type: ignore[untyped-decorator]
    Rate(1, unit=Rate.MINUTES), name="evaluate_alerts"
)
def evaluate_alerts(event: CloudWatchEvent) -> dict[str, int]:
    """Look at the alert rules of all teams."""
    # Here, because the other functions start without it.
    from chalicelib.alerts.evaluating import evaluate_due

    return evaluate_due(world(), until=deadline_of(world(), event))
