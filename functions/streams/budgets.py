"""The events table's stream, once more: every new version of an event moves the counters of
budgets."""

from typing import Any

from chalice.app import Blueprint, DynamoDBEvent

from functions.streams.events import STREAM
from functions.wiring import world

blueprint = Blueprint(__name__)


class ShardUnknown(RuntimeError):
    """Lambda does not tell the shard, without which a batch cannot be counted exactly once: the
    stream's mapping to this function needs a tumbling window, which `meterlake deploy` sets."""


@blueprint.on_dynamodb_record(  # type: ignore[untyped-decorator] # Chalice is not typed
    stream_arn=STREAM,
    name="count_budgets",
    batch_size=3000,
    maximum_batching_window_in_seconds=2,
    starting_position="TRIM_HORIZON",
)
def count_budgets(event: DynamoDBEvent) -> dict[str, Any]:
    """Count the versions that one stream event carries, and make the sets of their teams anew.
    Raises ShardUnknown, and what another delivery may mend."""
    # Imported here, because app.py imports this module in the API function too.
    from chalicelib.alerts.evaluating import evaluate_moved
    from chalicelib.aws.feed import batch_of
    from chalicelib.budgets.following import follow, renew_sets

    told = event.to_dict()
    if "shardId" not in told:
        raise ShardUnknown(ShardUnknown.__doc__)
    batch = batch_of(told)
    if batch is not None:
        moved = follow(world(), batch)
        renew_sets(world(), moved)
        evaluate_moved(world(), moved)
    # What functions with a tumbling window answer.
    return {"state": {}}


handler = count_budgets
