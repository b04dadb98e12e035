"""Files of records: JSON lines or CSV, read line by line, gzipped or not."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast, get_args

import click
from pydantic import BaseModel

from chalicelib.metering.bulk import FileRecord

Position = Callable[[], int]
"""How many bytes of the file have been read."""


@contextmanager
def open_lines(
    path: Path, kind: str, model: type[BaseModel]
) -> Iterator[tuple[Iterator[FileRecord], Position]]:
    """The lines of a file and how far they have been read; `kind` is jsonl or csv."""
    with path.open("rb") as raw:
        data = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        yield (_csv(data, model) if kind == "csv" else _json_lines(data)), raw.tell


def kind_of(path: Path) -> str:
    """jsonl or csv, by the file's name. Raises click.UsageError when it tells neither."""
    endings = {suffix.lower() for suffix in path.suffixes}
    if endings & {".jsonl", ".ndjson", ".json"}:
        return "jsonl"
    if ".csv" in endings:
        return "csv"
    raise click.UsageError(
        f"{path.name} tells neither JSON lines nor CSV by its name: say --format"
    )


def _json_lines(data: IO[bytes]) -> Iterator[FileRecord]:
    for number, line in enumerate(data, 1):
        if text := line.strip():
            yield FileRecord(number, text)


def _csv(data: IO[bytes], model: type[BaseModel]) -> Iterator[FileRecord]:
    """A column a member, `subscriber.email` for nested ones; an empty cell is an absent member."""
    text = io.TextIOWrapper(data, encoding="utf-8-sig", newline="")
    reader = csv.DictReader(text)
    read = {name: _reader(model, name) for name in reader.fieldnames or ()}
    for row in reader:
        members: dict[str, Any] = {}
        for name, cell in row.items():
            if name in read and isinstance(cell, str) and cell.strip():
                _put(members, name.split("."), read[name](cell.strip()))
        yield FileRecord(reader.line_num, members)
    text.detach()  # collected, it would close the file, whose position is still asked for


def _put(members: dict[str, Any], path: list[str], value: object) -> None:
    for part in path[:-1]:
        members = members.setdefault(part, {})
    members[path[-1]] = value


def _reader(model: type[BaseModel], name: str) -> Callable[[str], object]:
    """How the cells of a column become what the wire would hold. What cannot be read stays text,
    for the model to refuse it by name."""
    field = model.model_fields.get(name)
    types = _types(field.annotation) if field else set()
    if bool in types:
        return lambda cell: {"true": True, "false": False}.get(cell.lower(), cell)
    if int in types:
        return lambda cell: int(cell) if cell.removeprefix("-").isdigit() else cell
    if dict in types or Mapping in types:
        return _parse_json
    return lambda cell: cell


def _types(annotation: Any) -> set[Any]:  # noqa: ANN401 - a type
    parts = get_args(annotation)
    return {annotation, getattr(annotation, "__origin__", None)}.union(
        *(_types(part) for part in parts)
    )


def _parse_json(cell: str) -> object:
    try:
        return json.loads(cell)
    except ValueError:
        return cell
