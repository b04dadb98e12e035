"""Rows: what the engine answers about traces, by column."""

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.kit.clock import millis

_INSTANTS = frozenset(("begun", "ended", "requested_at", "responded_at", "last"))


def read_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows of the engine by column, their times in UTC epoch ms."""
    instants = [name for name in columns if name in _INSTANTS]
    found = [dict(zip(columns, row, strict=False)) for row in rows]
    for row in found:
        for name in instants:
            if row[name] is not None:
                row[name] = millis(row[name])
    return found
