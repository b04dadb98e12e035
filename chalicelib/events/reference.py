"""Reference data: what completions can be filtered by."""

from typing import Any

from chalicelib.events.unique import list_unique_names
from chalicelib.lake.dimensions import TRACE_TYPE
from chalicelib.metering.vocabulary import IngestStopReason
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def list_reference_data(world: World, team: Scope) -> dict[str, Any]:
    """What completions can be filtered by. Raises EngineBusy."""
    return {
        "traceTypes": list_unique_names(world, team, TRACE_TYPE),
        "stopReasons": list(IngestStopReason),
    }
