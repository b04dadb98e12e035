"""CSV files of records: a column a member."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, get_args

from pydantic import BaseModel

from chalicelib.metering.bulk import FileRecord


def read_csv(data: IO[bytes], model: type[BaseModel]) -> Iterator[FileRecord]:
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
