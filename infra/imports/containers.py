"""Records out of a text: JSON lines, a JSON array, a JSON document, or CSV."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from chalicelib.kit.http.validation import read_json
from chalicelib.metering.bulk import FileRecord
from infra.imports.text import LONGEST, Text

_HEAD_LINES = 3
_SEPARATORS = ",;\t"
_UNREADABLE = (ValueError, RecursionError)
"""What JSON that is none, or too deep, raises."""
MOST_CELL = 16 << 20


def read_records(text: Text, form: str | None, path: Path) -> Iterator[FileRecord]:
    """The records of a text, as they stand there: JSON texts, or cells by column.

    `form` is jsonl or csv; without it the text tells, else the name of the file. Raises
    click.UsageError when neither does, click.ClickException for what cannot be read.
    """
    match form or _form_of(text.head, path):
        case "csv":
            return _csv_rows(text)
        case "array":
            return _array_items(text)
        case "document":
            return _document(text)
        case _:
            return _json_lines(text)


def parse(content: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """A record as a mapping, mended as the API mends a body; empty when it is none."""
    if isinstance(content, bytes):
        try:
            content = read_json(content)
        except ValueError:
            return {}
    return content if isinstance(content, Mapping) else {}


def _form_of(head: bytes, path: Path) -> str:
    """jsonl, array, document or csv."""
    start = head.lstrip()
    if start.startswith(b"["):
        return "array"
    if start.startswith(b"{"):
        return "document" if _is_document(start) else "jsonl"
    endings = {suffix.lower() for suffix in path.suffixes}
    first, *others = start.split(b"\n", _HEAD_LINES)[:_HEAD_LINES]
    has_columns = b"," in first and not any(line.startswith(b"{") for line in others)
    if has_columns or ".csv" in endings:
        return "csv"
    if endings & {".jsonl", ".ndjson", ".json"}:
        return "jsonl"
    raise click.UsageError(
        f"{path.name} tells neither JSON lines nor CSV by its content or its name: say --format"
    )


def _is_document(start: bytes) -> bool:
    """Whether an object goes over several lines: its first line is no record, and no line after it
    begins one."""
    first, *others = start.split(b"\n", _HEAD_LINES)[: _HEAD_LINES + 1]
    if not others or parse(first):
        return False
    return not any(line.startswith(b"{") for line in others)


def _json_lines(text: Text) -> Iterator[FileRecord]:
    for number, line in enumerate(text.lines(), 1):
        if content := line.strip():
            yield FileRecord(number, content)


def _array_items(text: Text) -> Iterator[FileRecord]:
    """The items of an array, and of those that follow it (`cat` of several files makes such a
    file), one after the other; their numbers count from 1 through all of them."""
    decoder = _decoder()
    buffer, at, number, is_inside = "", 0, 0, False
    for piece in text.whole_pieces():
        buffer, at = buffer[at:] + piece, 0
        while True:
            at = _skip(buffer, at, "," if is_inside else "")
            mark = buffer[at : at + 1]
            if mark == ("]" if is_inside else "["):
                at, is_inside = at + 1, not is_inside
                continue
            if not is_inside and mark != "{":
                break
            try:
                _, end = decoder.raw_decode(buffer, at)
            except _UNREADABLE:
                break
            number += 1
            yield FileRecord(number, buffer[at:end].encode())
            at = end
        if len(buffer) - at > LONGEST:
            break
    if is_inside or len(buffer) > at:
        raise click.ClickException(f"the JSON array cannot be read behind its item {number:,}")


def _decoder() -> json.JSONDecoder:
    """What finds where a record ends. Its numbers are not made: one of thousands of digits is the
    fault of its record, not of the file."""
    return json.JSONDecoder(parse_int=str)


def _skip(text: str, at: int, mark: str) -> int:
    """Where the next item begins: behind white space, one mark, and the byte order mark of a file
    that was appended."""
    while at < len(text) and (text[at].isspace() or text[at] in (mark, "\ufeff")):
        at += 1
    return at


def _document(text: Text) -> Iterator[FileRecord]:
    """The object, and those that follow it; what is none is a record that cannot be read."""
    content = ""
    for piece in text.whole_pieces():
        content += piece
        if len(content) > LONGEST:
            raise click.ClickException(
                f"a JSON document of more than {LONGEST >> 20} MiB is not read: put each record "
                "on a line of its own (jq -c '.data[]' makes such a file)"
            )
    decoder = _decoder()
    at, number = _skip(content, 0, ""), 0
    while at < len(content):
        number += 1
        try:
            _, end = decoder.raw_decode(content, at)
        except _UNREADABLE:
            end = len(content)
        yield FileRecord(number, content[at:end].encode())
        at = _skip(content, end, "")


def _csv_rows(text: Text) -> Iterator[FileRecord]:
    """Rows by column. One with more or fewer cells than the header cannot be trusted: its cells may
    stand under other columns than their own. Behind a quote that is never closed, and behind one
    that does not end its cell, nobody knows where rows end: there the file ends."""
    csv.field_size_limit(MOST_CELL)
    header = text.head.split(b"\n", 1)[0].decode(errors="replace")
    separator = max(_SEPARATORS, key=header.count)
    lines = (line.decode() + "\n" for line in text.lines())
    reader = csv.reader(lines, delimiter=separator, strict=True)
    end = 0
    try:
        columns = [name.strip() for name in next(filter(None, reader), [])]
        _check_columns(columns)
        end = reader.line_num
        for row in reader:
            end = reader.line_num
            cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if name}
            if not any(cells.values()):
                continue
            fault = ""
            if len(row) != len(columns):
                fault = f"the row has {len(row)} cells, the header {len(columns)}"
            yield FileRecord(reader.line_num, cells, fault=fault)
    except csv.Error as error:
        message = f"the CSV cannot be read behind line {end:,}: {_FAULTS.get(str(error), error)}"
        raise click.ClickException(message) from error


_FAULTS = {"unexpected end of data": "a quote that opens there is never closed"}
"""What Python says, in words of the file."""


def _check_columns(columns: Sequence[str]) -> None:
    """Raises click.ClickException for a name that stands twice: one of both would be lost."""
    for name, number in Counter(filter(None, columns)).items():
        if number > 1:
            raise click.ClickException(
                f"the CSV has the column {name} {number} times: which one is meant cannot be told"
            )


def unwrap(
    records: Iterator[FileRecord],
    left_out: Counter[str],
    apart: list[FileRecord],
    is_own: Callable[[Mapping[str, Any]], bool],
) -> Iterator[FileRecord]:
    """The records as mappings, those in the pages of an API (`{"data": […]}`) one by one. What
    cannot be read goes to `apart`, and so does what `is_own` says is a record of ours."""
    for record in records:
        row = parse(record.content)
        if record.fault or (not row and _is_broken(record.content)):
            apart.append(record)
            continue
        for item in items_of(row) or [row]:
            if is_own(item):
                apart.append(FileRecord(record.number, item))
            elif item:
                yield FileRecord(record.number, item)
            else:
                left_out["lines that are no JSON object"] += 1


def _is_broken(content: bytes | Mapping[str, Any]) -> bool:
    """Whether a text is no JSON at all."""
    try:
        read_json(content if isinstance(content, bytes) else b"{}")
    except ValueError:
        return True
    return False


def items_of(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The records of a page of an API; an empty one for what is no record."""
    for name in ("data", "observations", "logs"):
        items = page.get(name)
        if isinstance(items, list):
            return [item if isinstance(item, Mapping) else {} for item in items]
    return []
