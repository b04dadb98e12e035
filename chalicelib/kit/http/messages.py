"""One request and one response, free of API Gateway and WSGI."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

_RENAMED = {413: "Content Too Large", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
"""RFC 9110's names; Python took them up in 3.13, and our contract must not depend on who builds
it."""


def phrase(status: int) -> str:
    """The reason phrase of a status."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase


@dataclass(frozen=True, slots=True)
class Request:
    """`headers` have lower-case names; `query` keeps repeated keys in order; `path` is
    percent-encoded as received."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes
    request_id: str


@dataclass(frozen=True, slots=True)
class Response:
    """`body` is sent as it is."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of a multipart body; `data` is what the client sent, unchecked."""

    name: str
    filename: str
    content_type: str
    data: bytes
