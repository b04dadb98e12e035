"""CSV files of our own records: a column a member."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from chalicelib.kit.http.validation import read_json
from chalicelib.metering.bulk import FileRecord


def put_cells(records: Iterator[FileRecord], model: type[BaseModel]) -> Iterator[FileRecord]:
    """Rows of cells as the wire would hold them: a column a member, `subscriber.email` for nested
    ones; an empty cell is an absent member. JSON texts are left alone."""
    readers: dict[str, Callable[[str], object]] = {}
    for record in records:
        if record.fault or isinstance(record.content, bytes):
            yield record
            continue
        members: dict[str, Any] = {}
        for name, cell in record.content.items():
            if not cell:
                continue
            if name not in readers:
                readers[name] = _reader(model, name)
            _put(members, name.split("."), readers[name](cell))
        yield FileRecord(record.number, members)


def _put(members: dict[str, Any], path: list[str], value: object) -> None:
    for part in path[:-1]:
        members = members.setdefault(part, {})
        if not isinstance(members, dict):
            return  # a column of this very name stands before
    members[path[-1]] = value


def _reader(model: type[BaseModel], name: str) -> Callable[[str], object]:
    """How the cells of a column become what the wire would hold. What cannot be read stays text,
    for the model to refuse it by name."""
    field = model.model_fields.get(name)
    types = _types(field.annotation) if field else set()
    if bool in types:
        return lambda cell: _FLAGS.get(cell.lower(), cell)
    if int in types:
        return _parse_whole
    if dict in types or Mapping in types:
        return _parse_json
    return lambda cell: cell


_YES, _NO = "true yes y t 1 1.0".split(), "false no n f 0 0.0".split()
_FLAGS: Mapping[str, object] = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


def _parse_whole(cell: str) -> object:
    """A whole number, also as 1000.0: so programs write them of whose column one cell is empty."""
    whole, _, fraction = cell.partition(".")
    is_whole = whole.removeprefix("-").isdecimal() and not fraction.strip("0")
    if is_whole and len(whole) <= _DIGITS:
        return int(whole)
    return cell


_DIGITS = 20
"""More than any count of the wire has; Python refuses to read thousands."""


def _types(annotation: Any) -> set[Any]:  # noqa: ANN401 - a type
    parts = get_args(annotation)
    return {annotation, getattr(annotation, "__origin__", None)}.union(
        *(_types(part) for part in parts)
    )


def _parse_json(cell: str) -> object:
    try:
        return read_json(cell.encode())
    except ValueError:
        return cell
