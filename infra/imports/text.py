"""The bytes of a file as UTF-8: unzipped, whatever it was written in. A piece at a time, so that a
file may be larger than memory."""

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

import click

_PIECE = 1 << 20
LONGEST = 64 << 20
"""Bytes of a line, or of a document that must be read as a whole."""
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet: unpack it, or save it as CSV",
    b"PAR1": "Parquet: export it as JSON lines or CSV",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it, or pack it with gzip",
    b"BZh": "packed with bzip2: unpack it, or pack it with gzip",
    b"\xfd7zXZ": "packed with xz: unpack it, or pack it with gzip",
}
"""What is not read, by how its bytes begin."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_FALL_BACK = "meterlake.latin-1"


def _read_latin(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Latin-1, in which every byte is a character."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_FALL_BACK, _read_latin)


class Text:
    """The text of a file. Raises click.ClickException for files of another kind, broken ones and
    lines that are too long."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.strange = 0
        """Lines, or pieces of about a MiB, with bytes that are no UTF-8 and were read as
        Latin-1."""
        self._pieces = _decode(_unpack(raw))
        self.head = next(self._pieces, b"")
        """How it begins; at most a few MiB."""

    def pieces(self) -> Iterator[bytes]:
        """The whole text, as it comes, once."""
        return chain((self.head,), self._pieces)

    def lines(self) -> Iterator[bytes]:
        """Its lines in UTF-8, without their ends; empty ones too."""
        rest = b""
        for piece in self.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            yield from map(self._clean, lines)
            _check_length(rest)
        if rest:
            yield self._clean(rest)

    def whole_pieces(self) -> Iterator[str]:
        """Its text, cut where no character is cut in two."""
        rest = b""
        for piece in self.pieces():
            data = rest + piece
            end = len(data)
            while end and data[end - 1] > 127:
                end -= 1
            rest = data[end:]
            _check_length(rest)
            yield self._clean(data[:end]).decode()
        yield self._clean(rest).decode()

    def _clean(self, data: bytes) -> bytes:
        if data.isascii():
            return data
        try:
            data.decode()
        except UnicodeDecodeError:
            self.strange += 1
            return data.decode("utf-8", _FALL_BACK).encode()
        return data


def _check_length(line: bytes) -> None:
    if len(line) > LONGEST:
        raise click.ClickException(
            f"a line is longer than {LONGEST >> 20} MiB: put each record on a line of its own "
            "(jq -c '.[]' makes such a file)"
        )


def _unpack(raw: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, unzipped."""
    start = raw.read(8)
    raw.seek(0)
    for magic, advice in _OTHERS.items():
        if start.startswith(magic):
            raise click.ClickException(f"this file is {advice}")
    if start.startswith(_GZIP):
        yield from _unzip(raw)
    else:
        yield from iter(lambda: raw.read(_PIECE), b"")


def _unzip(raw: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a gzip file, also those before the place where it is damaged."""
    zipped, piece = gzip.GzipFile(fileobj=raw), b""
    try:
        while part := zipped.read1(_PIECE):
            piece += part
            if len(piece) >= _PIECE:
                yield piece
                piece = b""
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if piece:
            yield piece
        raise click.ClickException(f"the gzip file is damaged: {error}") from error
    if piece:
        yield piece


def _decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-8 without byte order mark, by the mark or by the zeros that ASCII has in UTF-16."""
    first = next(pieces, b"")
    encoding = ""
    for mark, name in _MARKS.items():
        if first.startswith(mark):
            first, encoding = first.removeprefix(mark), name
    if not encoding and 0 in first[:2] and len(first) > 1:
        encoding = "utf-16-be" if first[0] == 0 else "utf-16-le"
    rest = chain((first,), pieces)
    return _from_utf16(rest, encoding) if encoding.startswith("utf-16") else rest


def _from_utf16(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    for text in codecs.iterdecode(pieces, encoding, "replace"):
        yield text.encode()
