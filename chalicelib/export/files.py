"""Files: charges as CSV and Parquet. The same charges make the same bytes. Needs pyarrow."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chalicelib.export.focus import COLUMNS, PLAIN, ChargeRow, Column, ColumnKind
from chalicelib.kit.sheets import csv_of

_ARROW = {
    ColumnKind.TEXT: pa.string(),
    ColumnKind.JSON: pa.string(),
    ColumnKind.MONEY: pa.decimal128(38, 9),
    ColumnKind.PRICE: pa.decimal128(38, 21),
    ColumnKind.QUANTITY: pa.decimal128(38, 6),
    ColumnKind.INSTANT: pa.timestamp("ms", "UTC"),
    ColumnKind.COUNT: pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Format:
    """What a kind of file is called, and how charges become its bytes."""

    ending: str
    write: Callable[[Iterable[ChargeRow]], bytes]


def _csv(charges: Iterable[ChargeRow], columns: Sequence[Column]) -> bytes:
    header = [column.name for column in columns]
    return csv_of(header, (_cells(charge, columns) for charge in charges))


def _cells(charge: ChargeRow, columns: Sequence[Column]) -> list[Any]:
    return [column.of(charge) for column in columns]


def _parquet(charges: Iterable[ChargeRow], columns: Sequence[Column]) -> bytes:
    """Parquet (zstd). Costs are decimals of nine places, unit prices of 21, quantities of six."""
    rows = list(charges)
    schema = pa.schema([(column.name, _ARROW[column.kind]) for column in columns])
    arrays = []
    for column in columns:
        values = [column.of(row) for row in rows]
        arrays.append(pa.array(values, _ARROW[column.kind]))
    sink = BytesIO()
    pq.write_table(pa.table(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def cells_of(data: bytes, ending: str) -> Iterator[tuple[str, str]]:
    """(column, text) of every different text of a file; `ending` is that of its name."""
    if ending.endswith(".parquet"):
        yield from _parquet_cells(data)
        return
    cells: set[tuple[str, str]] = set()
    for row in csv.DictReader(StringIO(data.decode())):
        cells.update(row.items())
    for name, text in sorted(cells):
        yield name, text.removeprefix("'")


def _parquet_cells(data: bytes) -> Iterator[tuple[str, str]]:
    rows = pq.read_table(BytesIO(data))
    for field in rows.schema:
        if not pa.types.is_string(field.type):
            continue
        for text in rows[field.name].unique().to_pylist():
            if text:
                yield field.name, text


FORMATS: Mapping[str, Format] = {
    "focus": Format("focus.csv", lambda charges: _csv(charges, COLUMNS)),
    "parquet": Format("focus.parquet", lambda charges: _parquet(charges, COLUMNS)),
    "csv": Format("charges.csv", lambda charges: _csv(charges, PLAIN)),
}
"""FOCUS as CSV, FOCUS as Parquet, and a plain table."""
