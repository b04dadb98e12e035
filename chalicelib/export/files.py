"""Files: charges as CSV and Parquet. The same charges make the same bytes. Needs pyarrow."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chalicelib.export.focus import COLUMNS, PLAIN, Charge, Column, Kind

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins so is a formula to a spreadsheet, whoever wrote it; an apostrophe before makes
it text again."""
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.JSON: pa.string(),
    Kind.MONEY: pa.decimal128(38, 9),
    Kind.PRICE: pa.decimal128(38, 21),
    Kind.QUANTITY: pa.decimal128(38, 6),
    Kind.INSTANT: pa.timestamp("ms", "UTC"),
    Kind.COUNT: pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Format:
    """What a kind of file is called, and how charges become its bytes."""

    ending: str
    write: Callable[[Iterable[Charge]], bytes]


def csv_of(charges: Iterable[Charge], columns: Sequence[Column]) -> bytes:
    """UTF-8 text (RFC 4180), the header first. Costs are exact; what is not known is an empty
    cell."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow([column.name for column in columns])
    writer.writerows([_cell(column.of(charge)) for column in columns] for charge in charges)
    return sheet.getvalue().encode()


def _cell(value: Any) -> str:  # noqa: ANN401 - any value of a column
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def parquet_of(charges: Iterable[Charge], columns: Sequence[Column]) -> bytes:
    """Parquet (zstd). Costs are decimals of nine places, unit prices of 21, quantities of six."""
    rows = list(charges)
    schema = pa.schema([(column.name, _ARROW[column.kind]) for column in columns])
    arrays = [
        pa.array([column.of(each) for each in rows], _ARROW[column.kind]) for column in columns
    ]
    sink = BytesIO()
    pq.write_table(pa.table(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def cells_of(data: bytes, ending: str) -> Iterator[tuple[str, str]]:
    """(column, text) of every different text of a file."""
    if ending.endswith(".parquet"):
        rows = pq.read_table(BytesIO(data))
        for name in (field.name for field in rows.schema if pa.types.is_string(field.type)):
            yield from ((name, text) for text in rows[name].unique().to_pylist() if text)
        return
    seen = {cell for row in csv.DictReader(StringIO(data.decode())) for cell in row.items()}
    yield from ((name, text.removeprefix("'")) for name, text in sorted(seen))


FORMATS: Mapping[str, Format] = {
    "focus": Format("focus.csv", lambda charges: csv_of(charges, COLUMNS)),
    "parquet": Format("focus.parquet", lambda charges: parquet_of(charges, COLUMNS)),
    "csv": Format("charges.csv", lambda charges: csv_of(charges, PLAIN)),
}
"""FOCUS as CSV, FOCUS as Parquet, and a plain table."""
