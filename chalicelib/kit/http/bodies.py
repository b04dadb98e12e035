"""Bodies: unpacking, size caps, and the media types that pass the seam."""

import zlib

from chalicelib.kit.errors import Fault, Invalid, TooLarge, UnsupportedMedia
from chalicelib.kit.http.messages import Request

_GZIP = b"\x1f\x8b"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15
"""Of zlib: which head and tail stand around the compressed data."""
_ENCODINGS = frozenset(("", "identity", "gzip", "x-gzip", "deflate"))
JSON, PROTOBUF, MULTIPART = "application/json", "application/x-protobuf", "multipart/form-data"


def unpack(request: Request, limit: int) -> bytes:
    """The body as it was before it was packed by gzip or deflate. Gzip is told by its magic bytes:
    clients and gateways disagree about the header.

    Raises TooLarge over `limit` bytes, packed or unpacked (a bomb is cut off, never inflated),
    Invalid when the packed body is damaged, cut or followed by something else, UnsupportedMedia
    when it is packed in another way.
    """
    if len(request.body) > limit:
        raise TooLarge(f"the body is over {limit} bytes")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise UnsupportedMedia(f"the body is packed by {encoding}: send it as gzip, or unpacked")
    if request.body.startswith(_GZIP):
        return _inflate_members(request.body, limit)
    if encoding == "deflate":
        return _inflate(request.body, _deflate_bits(request.body), limit)[0]
    return request.body


def _inflate_members(body: bytes, limit: int) -> bytes:
    """All members of a gzip body: a stream that was packed in pieces has several (RFC 1952, 2.2).
    Zeros behind the last one are padding."""
    data = b""
    while body.rstrip(b"\0"):
        member, body = _inflate(body, _GZIP_BITS, limit - len(data))
        data += member
        if body.rstrip(b"\0") and not body.startswith(_GZIP):
            raise unreadable("the gzip body is followed by something else")
    return data


def _inflate(body: bytes, bits: int, limit: int) -> tuple[bytes, bytes]:
    """The unpacked data, and what stands behind it."""
    inflater = zlib.decompressobj(wbits=bits)
    try:
        data = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise unreadable(f"the packed body is damaged: {error}") from error
    if len(data) > limit:
        raise TooLarge("the unpacked body is over the limit")
    if not inflater.eof:
        raise unreadable("the packed body is truncated")
    return data, inflater.unused_data


def _deflate_bits(body: bytes) -> int:
    """The zlib format is meant (RFC 9110, 8.4.1.2); some clients send the bare stream."""
    is_whole, check = len(body) > 1, int.from_bytes(body[:2])
    has_head = is_whole and body[0] & 0x0F == zlib.DEFLATED and check % 31 == 0
    return _ZLIB_BITS if has_head else _RAW_BITS


def unreadable(message: str) -> Invalid:
    """The fault of a body as a whole."""
    return Invalid(message, faults=[Fault("", message, "UNREADABLE")])


def media_type(request: Request) -> str:
    """The media type without parameters, lower case; empty when the header is absent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def accept_media(request: Request, allowed: tuple[str, ...]) -> str:
    """The media type of the body among those an operation reads; an absent one is taken for the
    first.

    JSON operations read any type, because clients label JSON as text or not at all and must not
    lose a record over it. Raises UnsupportedMedia.
    """
    given = media_type(request)
    if given in allowed:
        return given
    if not given or allowed == (JSON,):
        return allowed[0]
    raise UnsupportedMedia(f"the body is {given}, this operation reads {', '.join(allowed)}")
