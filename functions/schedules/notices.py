"""Notices, every minute: what is to be told is sent."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from chalicelib.notices.service import deliver_due
from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="deliver")  # type: ignore[untyped-decorator]
def deliver(event: CloudWatchEvent) -> dict[str, int]:
    """Send mails and call webhooks that are due; how many."""
    return deliver_due(world(), until=deadline_of(world(), event))
