"""Billing, every quarter of an hour: usage becomes charges, and invoices that are due are frozen
and sent."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.schedules.deadline import deadline_of
from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="bill")  # type: ignore[untyped-decorator]
def bill(event: CloudWatchEvent) -> dict[str, int]:
    """Bill all teams that have subscriptions; what was done, in numbers."""
    # Here, because pyarrow must not load in the API function.
    from chalicelib.invoicing.service import bill_due

    return bill_due(world(), until=deadline_of(world(), event))
