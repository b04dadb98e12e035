"""Which usage a price dimension is for: no two of a model may be for the same."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.ports.documents import fold

USAGE = ("billingUnit", "modality", "costType", "direction", "operationSubtype", "attributes")
"""Members that say which usage is meant."""


def usage_key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same for two dimensions of one usage, however they are written."""
    *plain, subtype, attributes = (entry.get(member) for member in USAGE)
    return (*plain, fold(subtype or ""), json.dumps(conditions(attributes), sort_keys=True))


def conditions(attributes: str | None) -> dict[str, str]:
    """The conditions of a dimension's JSON text, as plain texts."""
    found: dict[str, Any] = json.loads(attributes) if attributes else {}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}
