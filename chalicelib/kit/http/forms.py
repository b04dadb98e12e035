"""Multipart bodies. Imported with the first one: a function that starts can do without it."""

from io import BytesIO

from multipart import (
    MultipartError,
    MultipartParser,
    MultipartPart,
    ParserLimitReached,
    parse_options_header,
)

from chalicelib.kit.errors import TooLarge
from chalicelib.kit.http.bodies import unreadable
from chalicelib.kit.http.messages import Request, Upload

LIMIT_BYTES = 4 * 1024 * 1024
"""Of a whole body: logos are the only ones, and may have a megabyte."""
_MOST_PARTS = 32
_MOST_PART_HEADERS, _MOST_HEADER_BYTES = 8, 4 * 1024


def uploads(request: Request, body: bytes) -> list[Upload]:
    """The parts of a multipart body, at most 32. Raises Invalid when it cannot be read or has no
    parts, TooLarge when there are too many or they are too large."""
    if len(body) > LIMIT_BYTES:
        raise TooLarge(f"a multipart body may have {LIMIT_BYTES} bytes")
    _, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        parts = [_upload(part) for part in _parser(body, options.get("boundary", ""))]
    except ParserLimitReached as error:
        raise TooLarge(f"the multipart body has too many parts or headers: {error}") from error
    except (MultipartError, UnicodeError, ValueError) as error:
        raise unreadable(f"the multipart body cannot be read: {error}") from error
    if not parts:
        raise unreadable("the multipart body has no parts")
    return parts


def _parser(body: bytes, boundary: str) -> MultipartParser:
    return MultipartParser(
        BytesIO(body),
        boundary,
        content_length=len(body),
        strict=True,
        header_limit=_MOST_PART_HEADERS,
        headersize_limit=_MOST_HEADER_BYTES,
        part_limit=_MOST_PARTS,
        spool_limit=LIMIT_BYTES,
        memory_limit=LIMIT_BYTES,
    )


def _upload(part: MultipartPart) -> Upload:
    return Upload(
        name=part.name,
        filename=part.filename or "",
        content_type=(part.content_type or "text/plain").partition(";")[0],
        data=part.raw,
    )
