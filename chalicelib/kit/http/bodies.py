"""Bodies: unpacking, size caps, and the media types that pass the seam."""

import zlib
from email.parser import BytesParser
from email.policy import HTTP

from chalicelib.kit.errors import Fault, Invalid, TooLarge, UnsupportedMedia
from chalicelib.kit.http.messages import Request, Upload

_GZIP = b"\x1f\x8b"
JSON, PROTOBUF, MULTIPART = "application/json", "application/x-protobuf", "multipart/form-data"


def unpack(request: Request, limit: int) -> bytes:
    """The body, gunzipped when it is gzip. Sniffed by its magic bytes: clients and gateways
    disagree about the header.

    Raises TooLarge over `limit` bytes, packed or unpacked (a bomb is cut off, never inflated),
    Invalid when truncated.
    """
    if len(request.body) > limit:
        raise TooLarge(f"the body is over {limit} bytes")
    if not request.body.startswith(_GZIP):
        return request.body
    inflater = zlib.decompressobj(wbits=31)
    try:
        data = inflater.decompress(request.body, limit + 1)
    except zlib.error as error:
        raise Invalid(
            "the gzip body is damaged", faults=[Fault("", str(error), "UNREADABLE")]
        ) from error
    if len(data) > limit:
        raise TooLarge(f"the unpacked body is over {limit} bytes")
    if not inflater.eof:
        raise Invalid(
            "the gzip body is truncated",
            faults=[Fault("", "the gzip body is truncated", "UNREADABLE")],
        )
    return data


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


def uploads(request: Request, body: bytes) -> list[Upload]:
    """The parts of a multipart body. Raises Invalid when it has none."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = [
        Upload(
            name=str(part.get_param("name", "", header="content-disposition")),
            filename=part.get_filename() or "",
            content_type=part.get_content_type(),
            data=bytes(part.get_payload(decode=True) or b""),
        )
        for part in (message.iter_parts() if message.is_multipart() else ())
    ]
    if not parts:
        raise Invalid(
            "the multipart body has no parts", faults=[Fault("", "no parts", "UNREADABLE")]
        )
    return parts
