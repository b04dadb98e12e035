"""Billing, every quarter of an hour: usage becomes charges, and invoices that are due are frozen
and sent."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

from functions.wiring import world

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(15, unit=Rate.MINUTES), name="bill")  # type: ignore[untyped-decorator] # Chalice is not typed
def bill(event: CloudWatchEvent) -> dict[str, int]:
    """Bill all teams that have subscriptions; what was done, in numbers."""
    from chalicelib.invoicing.service import bill_due  # pyarrow: must not load in the API function

    remaining: int = event.context.get_remaining_time_in_millis()
    return bill_due(world(), until=world().now() + remaining // 2)
