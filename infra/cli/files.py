"""Files of records: JSON lines or CSV, read line by line, gzipped or not."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import click
from pydantic import BaseModel

from chalicelib.metering.bulk import FileRecord
from infra.cli.csv_records import read_csv

Position = Callable[[], int]
"""How many bytes of the file have been read."""


@contextmanager
def open_lines(
    path: Path, kind: str, model: type[BaseModel]
) -> Iterator[tuple[Iterator[FileRecord], Position]]:
    """The lines of a file and how far they have been read; `kind` is jsonl or csv."""
    with path.open("rb") as raw:
        data = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else raw
        yield (read_csv(data, model) if kind == "csv" else _json_lines(data)), raw.tell


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
