"""Sheets: rows as CSV (RFC 4180) that no spreadsheet runs anything of."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins so is a formula to a spreadsheet, whoever wrote it; an apostrophe before makes
it text again."""


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 text, the header first. Numbers are exact; what is not known (None) is an empty
    cell."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return sheet.getvalue().encode()


def _cell(value: Any) -> str:  # noqa: ANN401 - any value of a column
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return str(value)
