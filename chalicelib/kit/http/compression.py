"""Answers packed by gzip, for those who take it."""

import gzip
from dataclasses import replace

from chalicelib.kit.http.messages import Request, Response

_LEAST_BYTES = 1_024
"""A smaller answer travels in one packet anyway."""
_LEVEL = 5


def takes_gzip(request: Request) -> bool:
    """Whether the client said that it reads gzip (RFC 9110, 12.5.3)."""
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in {"gzip", "x-gzip", "*"}:
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False


def pack_answer(request: Request, response: Response) -> Response:
    """The response, packed where it is text of some length and the client takes it so."""
    if len(response.body) < _LEAST_BYTES or not _is_text(response.content_type):
        return response
    if "Content-Encoding" in response.headers or not takes_gzip(request):
        return response
    # Without a time in it, the same answer is the same bytes.
    body = gzip.compress(response.body, _LEVEL, mtime=0)
    varies = ", ".join(filter(None, (response.headers.get("Vary"), "Accept-Encoding")))
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": varies}
    return replace(response, body=body, headers=headers)


def _is_text(content_type: str) -> bool:
    media = content_type.partition(";")[0]
    return media.startswith("text/") or media.endswith("json")
