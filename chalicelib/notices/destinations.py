"""What the two kinds of destinations share."""

from collections.abc import Collection, Mapping
from typing import Any


def keep_members(
    doc: Mapping[str, Any], before: Mapping[str, Any], cleared: Collection[str]
) -> dict[str, Any]:
    """The document that a write leaves, where null makes the `cleared` members empty and keeps what
    is there of any other."""
    kept = dict(doc)
    for name, value in doc.items():
        if value is None and name not in cleared:
            kept[name] = before.get(name)
    return kept
