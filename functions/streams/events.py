"""The events table's stream: every new version of an event goes to the lake."""

import os

from chalice.app import Blueprint, DynamoDBEvent

from functions.wiring import world

blueprint = Blueprint(__name__)
STREAM = os.environ.get(
    "METERLAKE_EVENTSSTREAM", "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/none"
)
"""Chalice needs the ARN when it packages; the stage's environment has it."""


@blueprint.on_dynamodb_record(  # type: ignore[untyped-decorator] # Chalice is not typed
    stream_arn=STREAM,
    name="write_lake",
    batch_size=3000,
    maximum_batching_window_in_seconds=20,
    starting_position="TRIM_HORIZON",
)
def write_lake(event: DynamoDBEvent) -> None:
    """Write the versions that one stream event carries. Raises only what another delivery may mend.

    A batch is as large as its 6 MB payload allows or 20 seconds of events: small files cost each
    later read.
    """
    # Imported here, because app.py imports this module in the API function too, which must not load
    # pyarrow.
    from chalicelib.aws.feed import batch_of
    from chalicelib.lake.writer import write

    batch = batch_of(event.to_dict())
    if batch is not None:
        write(world(), batch)


handler = write_lake
