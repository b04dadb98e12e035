"""Upkeep of the lake, every few minutes: compaction, then rollups of what became clean."""

from collections.abc import Mapping
from typing import Any, Protocol

from functions.wiring import world


class Context(Protocol):
    """Of Lambda's context, the one thing that is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""


def compact(event: Mapping[str, Any], context: Context) -> dict[str, int]:
    """Make quiet days clean."""
    from chalicelib.lake.compaction import compact_due  # pyarrow: must not load in the API function

    return {"compacted": compact_due(world(), until=_deadline(context))}


def rollup(event: Mapping[str, Any], context: Context) -> dict[str, int]:
    """Sum up clean days."""
    from chalicelib.lake.rollups import roll_due  # pyarrow, as above

    return {"rolled": roll_due(world(), until=_deadline(context))}


def _deadline(context: Context) -> int:
    """No day is begun in the second half of the time, so that the last one can be finished."""
    return world().now() + context.get_remaining_time_in_millis() // 2
