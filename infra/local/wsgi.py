"""WSGI in front of the dispatcher: what API Gateway does when deployed."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote
from uuid import uuid4

from chalicelib.kit.errors import RequestTimeout, Unavailable
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Request, Response
from infra.local.turns import Turns

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_ALWAYS = frozenset(("/health",))
"""Answered whatever else goes on: the watchdog asks there."""
_PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def wsgi(
    dispatch: Dispatcher, body_limit: int, turns: Turns
) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """The WSGI application. One byte more than `body_limit` is read, so that the dispatcher answers
    413 itself."""

    def answer(request: Request, expected: int) -> Response:
        if len(request.body) < expected:
            return dispatch.refuse(request, RequestTimeout("the body did not arrive in time"))
        if request.path in _ALWAYS:
            return dispatch(request)
        try:
            with turns.take(request.method):
                return dispatch(request)
        except Unavailable as error:
            return dispatch.refuse(request, error)

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = _request(environ, body_limit)
        response = answer(request, min(_declared_bytes(environ), body_limit + 1))
        headers = [
            ("Content-Type", response.content_type),
            ("Content-Length", str(len(response.body))),
            ("x-request-id", request.request_id),
            *response.headers.items(),
        ]
        start_response(_PHRASES[response.status], headers)
        return [response.body]

    return application


def _path(environ: Environ) -> str:
    """The path, percent-encoded. WSGI hands it over decoded, as bytes in Latin-1; an encoded slash
    is a plain one by then, which only templates with a name in the last place could tell."""
    return quote(environ["PATH_INFO"].encode("latin-1"))


def _declared_bytes(environ: Environ) -> int:
    return int(environ.get("CONTENT_LENGTH") or 0)


def _body(environ: Environ, limit: int) -> bytes:
    """The body, or one byte more than the limit of it. Chunked bodies tell no length; the server
    ends them. Of a connection that breaks off what came so far."""
    length = _declared_bytes(environ)
    if not length and "HTTP_TRANSFER_ENCODING" in environ:
        length = limit + 1
    if not length:
        return b""
    wanted = min(length, limit + 1)
    try:
        body: bytes = environ["wsgi.input"].read(wanted)
    except OSError:
        return b""
    return body


def _request(environ: Environ, body_limit: int) -> Request:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name[:5] == "HTTP_"
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    query = environ.get("QUERY_STRING", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=_path(environ),
        headers=headers,
        query=parse_qsl(query, keep_blank_values=True) if query else [],
        body=_body(environ, body_limit),
        request_id=uuid4().hex,
    )
