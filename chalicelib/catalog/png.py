"""PNG files, as far as their outside tells what they are."""

import zlib
from collections.abc import Iterator

from chalicelib.kit.errors import UnsupportedMedia

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


_MOST_PIXELS = 8_192
_HEAD = 13
"""Bytes of the first chunk, IHDR."""


def check_png(data: bytes) -> None:
    """Raises UnsupportedMedia unless the bytes are one whole PNG of up to 8,192 pixels each way:
    its signature, chunks with correct checksums from IHDR to IEND, pixels between them, and nothing
    behind."""
    chunks = list(_chunks(data)) if data.startswith(_SIGNATURE) else []
    kinds = [kind for kind, _ in chunks]
    whole = (
        kinds[:1] == [b"IHDR"]
        and kinds[-1:] == [b"IEND"]
        and b"IDAT" in kinds
        and len(chunks[0][1]) == _HEAD
    )
    if not whole:
        raise UnsupportedMedia("the file is no PNG picture, or a damaged one")
    head = chunks[0][1]
    width, height = int.from_bytes(head[:4]), int.from_bytes(head[4:8])
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise UnsupportedMedia(f"the picture must have 1 to {_MOST_PIXELS} pixels each way")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of each chunk, up to the first one that is damaged. An IEND that is not the
    end of the file counts as damaged."""
    place = len(_SIGNATURE)
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4])
        end = place + 12 + size
        kind, content = data[place + 4 : place + 8], data[place + 8 : end - 4]
        if end > len(data) or zlib.crc32(kind + content) != int.from_bytes(data[end - 4 : end]):
            return
        if kind == b"IEND" and end != len(data):
            return
        yield kind, content
        place = end
