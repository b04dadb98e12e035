"""Which usage a price dimension is for: no two of a model may be for the same."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.directory.prices import read_conditions
from chalicelib.ports.documents import fold

USAGE = ("billingUnit", "modality", "costType", "direction", "operationSubtype", "attributes")
"""Members that say which usage is meant."""


def usage_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same for two dimensions of one usage, however they are written."""
    *plain, subtype, attributes = (entry.get(member) for member in USAGE)
    return (*plain, fold(subtype or ""), json.dumps(read_conditions(attributes), sort_keys=True))
