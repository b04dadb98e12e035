"""The events table's stream: every new version of an event goes to the lake."""

from collections.abc import Mapping
from typing import Any

from functions.wiring import world


def write_lake(event: Mapping[str, Any], context: object) -> None:
    """Write the versions that one stream event carries. Raises only what another delivery may mend."""
    # Imported here, because app.py imports this module in the API function too, which must not load pyarrow.
    from chalicelib.aws.feed import batch_of
    from chalicelib.lake.writer import write

    batch = batch_of(event)
    if batch is not None:
        write(world(), batch)


handler = write_lake
