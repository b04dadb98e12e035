"""Rows: from versions of events to rows of their table, the bad ones aside. Needs pyarrow."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from chalicelib.lake.parquet import MalformedRows, rows_of
from chalicelib.lake.tables import EVENT_TABLES
from chalicelib.ports.events import EventRecord


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be written, and why."""

    event: EventRecord
    reason: str


def sift_rows(
    table: str, day: str, events: Sequence[EventRecord]
) -> tuple[list[pa.Table], list[Reject]]:
    """The rows of events, and those events that cannot be rows: all are tried at once, and where
    that fails each half by itself, down to the bad ones."""
    try:
        return [rows_of(EVENT_TABLES[table], day, events)], []
    except MalformedRows as error:
        if len(events) == 1:
            return [], [Reject(events[0], str(error))]
    middle = len(events) // 2
    tables, rejects = sift_rows(table, day, events[:middle])
    more_tables, more_rejects = sift_rows(table, day, events[middle:])
    return tables + more_tables, rejects + more_rejects
