"""API Gateway's proxy events: to a request, and from a response."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from chalicelib.kit.http.messages import Request, Response

Event = Mapping[str, Any]


def request_of(event: Event) -> Request:
    """The request of a REST proxy event (version 1). A header that API Gateway could not parse is
    simply absent."""
    context = event.get("requestContext") or {}
    many = event.get("multiValueQueryStringParameters") or {}
    return Request(
        method=event.get("httpMethod") or context.get("httpMethod", "GET"),
        path=_path(event),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=[(name, value) for name, values in many.items() for value in values],
        body=_body(event),
        request_id=context.get("requestId") or uuid4().hex,
    )


def _body(event: Event) -> bytes:
    raw = event.get("body") or ""
    if isinstance(raw, bytes):  # `chalice local` does not encode what it takes for text
        return raw
    return base64.b64decode(raw) if event.get("isBase64Encoded") else str(raw).encode()


def _path(event: Event) -> str:
    """The path as the client wrote it. With a greedy route it stands in `path`; a custom domain's
    base path is not ours to strip. Only what is not URL-safe is encoded again, because API Gateway
    may hand it over decoded."""
    path = (
        event.get("path") or (event.get("requestContext") or {}).get("path") or "/"
    )  # `chalice local` has the latter
    return quote(path, safe="/%:@!$&'()*+,;=~-._")


def event_answer(response: Response, request_id: str) -> dict[str, Any]:
    """The proxy answer. Everything that is not text travels as base64."""
    text = "Content-Encoding" not in response.headers and (
        response.content_type.startswith("text/") or response.content_type.endswith("json")
    )
    body = response.body.decode() if text else base64.b64encode(response.body).decode()
    return {
        "statusCode": response.status,
        "headers": {
            "Content-Type": response.content_type,
            "x-request-id": request_id,
            **response.headers,
        },
        "multiValueHeaders": {},  # `chalice local` insists on the member
        "body": body,
        "isBase64Encoded": not text,
    }
