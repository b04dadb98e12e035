"""Parquet: from stored event bodies to columns, and between columns and files. Batch functions
only: needs pyarrow."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json
import pyarrow.parquet as pq

from chalicelib.kit.clock import DAY, day_start
from chalicelib.lake.tables import Table, Type
from chalicelib.ports.events import EventRecord

ROW_GROUP = 100_000
_AT_ONCE = 1_000
"""Bodies that are parsed at once: a few megabytes, which are still in the processor's cache when
they are read."""
_UNIQUE = frozenset(("event_id", "transaction_id", "trace_id", "parent_transaction_id", "extras"))
"""Columns whose texts hardly repeat. A dictionary of these, or of numbers, costs a seventh more
bytes."""
_FAILURES = (pa.ArrowException, OSError, UnicodeDecodeError)
"""What reading a damaged file raises; memory that does not suffice is no damage."""
_ARROW = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.REAL: pa.float64(),
    Type.FLAG: pa.bool_(),
    Type.INSTANT: pa.timestamp("ms"),
}


class MalformedRows(ValueError):
    """Stored bodies that are not rows of their table."""


class UnreadableFile(ValueError):
    """Bytes that are no Parquet file, or one of which something was changed or cut off."""


def schema_of(table: Table) -> pa.Schema:
    """The schema of a table's files."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in table.columns.items()])


def _json_schema(table: Table) -> pa.Schema:
    # pyarrow reads instants from ISO text only; ours are integers, which take on their type without
    # a copy afterwards.
    plain = {Type.INSTANT: pa.int64()}
    return pa.schema(
        [(name, plain.get(kind, _ARROW[kind])) for name, kind in table.columns.items()]
    )


def rows_of(table: Table, day: str, events: Sequence[EventRecord]) -> pa.Table:
    """The rows of events of one day, in order. Members that are no columns are left out, absent
    ones are null.

    Raises MalformedRows when any body is not JSON, has a value of the wrong type, or contradicts
    its event.
    """
    bodies = [event.body for event in events]
    starts = range(0, len(bodies), _AT_ONCE)
    try:
        parts = [_parse(table, bodies[start : start + _AT_ONCE]) for start in starts]
        rows = pa.concat_tables(parts)
    except pa.ArrowInvalid as error:
        raise MalformedRows(str(error)) from error
    _check(rows, day, events)
    alive = rows["deleted"].fill_null(False)
    return rows.set_column(rows.schema.get_field_index("deleted"), "deleted", alive).cast(
        schema_of(table)
    )


def _parse(table: Table, bodies: Sequence[str]) -> pa.Table:
    text = "\n".join(bodies).encode()
    options = pyarrow.json.ParseOptions(
        explicit_schema=_json_schema(table),
        newlines_in_values=False,
        unexpected_field_behavior="ignore",
    )
    # One block, because a body that lies across two of them is refused.
    reading = pyarrow.json.ReadOptions(use_threads=False, block_size=len(text) + 1)
    return pyarrow.json.read_json(
        pa.BufferReader(text), read_options=reading, parse_options=options
    )


def _check(rows: pa.Table, day: str, events: Sequence[EventRecord]) -> None:
    """Row n must be event n: a body with a line feed, or an empty one, would shift all that
    follow."""
    ids = pa.array([event.event_id for event in events], pa.string())
    if not rows["event_id"].combine_chunks().equals(ids):
        raise MalformedRows("event_id is not that of the event")
    versions = pa.array([event.version for event in events], pa.int64())
    if not rows["version"].combine_chunks().equals(versions):
        raise MalformedRows("version is not that of the event")
    start = day_start(day)
    within = pc.and_(
        pc.greater_equal(rows["requested_at"], start), pc.less(rows["requested_at"], start + DAY)
    )
    if not pc.all(within.fill_null(False), min_count=0).as_py():
        raise MalformedRows(f"requested_at is not within {day}")


def encode(rows: pa.Table, level: int | None = None) -> bytes:
    """The bytes of a file, at this level of zstd; without one at Arrow's own, which is the
    quickest."""
    texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    repetitive = [name for name in texts if name not in _UNIQUE]
    sink = pa.BufferOutputStream()
    pq.write_table(
        rows,
        sink,
        compression="zstd",
        compression_level=level,
        row_group_size=ROW_GROUP,
        use_dictionary=repetitive,
        write_statistics=True,
        write_page_checksum=True,  # a flipped bit is told from a figure
        store_schema=False,  # kilobytes that say again, in Arrow's words, what the columns say
    )
    data: bytes = sink.getvalue().to_pybytes()
    return data


def decode(data: bytes, wanted: pa.Schema) -> pa.Table:
    """The wanted columns of a file; those that it was written without are null. Raises
    UnreadableFile."""
    try:
        return _decode(data, wanted)
    except MemoryError:
        raise
    except _FAILURES as error:
        raise UnreadableFile(str(error)) from error


def _decode(data: bytes, wanted: pa.Schema) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    known = [name for name in wanted.names if name in file.schema_arrow.names]
    rows = file.read(columns=known, use_threads=False)
    columns = []
    for field in wanted:
        if field.name in known:
            columns.append(rows[field.name].cast(field.type))
        else:
            columns.append(pa.nulls(rows.num_rows, field.type))
    return pa.table(columns, schema=wanted)


def count_rows(data: bytes) -> int:
    """The number of rows of a file, from its footer. Raises UnreadableFile."""
    try:
        rows: int = pq.read_metadata(pa.BufferReader(data)).num_rows
    except _FAILURES as error:
        raise UnreadableFile(str(error)) from error
    return rows
