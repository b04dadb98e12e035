"""Opening a file of records, ours or another product's."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from chalicelib.metering.bulk import FileRecord, Kind
from infra.imports.containers import read_records, unwrap
from infra.imports.csv_records import put_cells
from infra.imports.formats import Format, is_own, recognise_records, tells
from infra.imports.text import Text

_SAMPLE, _SAMPLE_BYTES = 2_000, 16 << 20
"""Records by which a file is recognised, at most: the first that tells is enough."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is being read."""

    records: Iterator[FileRecord]
    position: Callable[[], int]
    """How many bytes of it have been read."""
    product: str
    """What other product's export it is; empty for records of ours."""
    left_out: Counter[str]
    """What was left out so far, by its reason."""
    text: Text
    ending: "Ending"


@dataclass(slots=True)
class Ending:
    """How the reading of a file ended: why it stopped before the file's end; else empty."""

    fault: str = ""

    def watch(self, records: Iterator[FileRecord]) -> Iterator[FileRecord]:
        """The records up to where the file cannot be read any more: those are not lost with it.
        Raises click.ClickException when not one can be read."""
        number = 0
        try:
            for record in records:
                number = record.number
                yield record
        except click.ClickException as error:
            if not number:
                raise
            self.fault = f"{error.message}; what stands before was read, up to record {number:,}"


@contextmanager
def open_file(path: Path, form: str | None, kind: Kind) -> Iterator[OpenFile]:
    """A file of records of a kind; `form` is jsonl or csv, by the file itself when absent.

    Raises click.ClickException for what cannot be read at all and what another product summed up,
    click.UsageError when its form or kind is not clear. Where only a later part cannot be read,
    the records end there, and `ending` says so.
    """
    with path.open("rb") as raw:
        text = Text(raw)
        ending = Ending()
        records = ending.watch(read_records(text, form, path))
        sample = _take_sample(records)
        records = chain(sample, records)
        left_out: Counter[str] = Counter()
        foreign = recognise_records(sample)
        if foreign and foreign.read:
            if kind.identity != "COMPLETION":
                raise click.UsageError(f"{path.name} is {foreign.name}: --kind completion")
            apart: list[FileRecord] = []
            rows = unwrap(records, left_out, apart, partial(_is_own, foreign))
            records = _put_between(foreign.read(rows, left_out), apart)
        else:
            records = put_cells(records, kind.model)
        product = foreign.name if foreign else ""
        yield OpenFile(
            records=records,
            position=raw.tell,
            product=product,
            left_out=left_out,
            text=text,
            ending=ending,
        )


def _is_own(foreign: Format, row: Mapping[str, Any]) -> bool:
    """Whether a row in another product's file is a record of ours all the same."""
    return is_own(row) and not foreign.recognise(row)


def _put_between(records: Iterator[FileRecord], apart: list[FileRecord]) -> Iterator[FileRecord]:
    """The records, and those that were put apart while these were read."""
    for record in records:
        yield from apart
        apart.clear()
        yield record
    yield from apart


def _take_sample(records: Iterator[FileRecord]) -> list[FileRecord]:
    """The first records, up to one that tells whose file it is."""
    sample: list[FileRecord] = []
    size = 0
    for record in islice(records, _SAMPLE):
        sample.append(record)
        size += len(record.content)
        if tells(record) or size > _SAMPLE_BYTES:
            break
    return sample
