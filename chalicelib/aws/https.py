"""One HTTPS request to the outside: to the very address that was checked, without redirects, within
limits."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from urllib.parse import SplitResult, urlsplit

from chalicelib.kit.addresses import (
    Refused,
    Resolve,
    checked_addresses,
    checked_url,
    origin_of,
    resolve,
)
from chalicelib.ports.outbound import AddressRefused, Call, Reply, Unreachable

_CHUNK_BYTES = 64 * 1024

Connect = Callable[[tuple[str, int], float], socket.socket]


@lru_cache(maxsize=1)
def _trust_store() -> ssl.SSLContext:
    return ssl.create_default_context()


def fetch(
    call: Call,
    *,
    private_origins: Collection[str] = (),
    resolver: Resolve = resolve,
    connect: Connect = socket.create_connection,
    context: ssl.SSLContext | None = None,
) -> Reply:
    """Make the call. `timeout_s` bounds the time until all headers are there and, once answered,
    the reading of the whole body. `private_origins`, such as http://127.0.0.1:4000, are called
    whatever their address is.

    Raises AddressRefused, Unreachable.
    """
    deadline = time.monotonic() + call.timeout_s
    try:
        connection, parts = _open(call, private_origins, resolver, connect, context)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # A socket's own time-out begins anew with every byte: whoever sends one every few seconds
        # would hold us for ever.
        watch = threading.Timer(call.timeout_s, _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            connection.request(
                call.method, target, body=call.body or None, headers=dict(call.headers)
            )
            answer = connection.getresponse()
            watch.cancel()
            body = _body(answer, call.most_bytes + 1, deadline)
            headers = dict(answer.getheaders())
            cut = len(body) > call.most_bytes
            return Reply(answer.status, headers, body[: call.most_bytes], cut)
        finally:
            watch.cancel()
            connection.close()
    except Refused as error:
        raise AddressRefused(str(error), field="url") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"the other side did not answer: {type(error).__name__}") from error


def _cut(connection: http.client.HTTPConnection) -> None:
    """Break off what is under way on a connection."""
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _open(
    call: Call,
    private_origins: Collection[str],
    resolver: Resolve,
    connect: Connect,
    context: ssl.SSLContext | None,
) -> tuple[http.client.HTTPConnection, SplitResult]:
    """A connection that dials when it is used, and the parts of the URL. Raises Refused."""
    private = urlsplit(call.url) if origin_of(call.url) in private_origins else None
    parts = private or checked_url(call.url)
    host, port = parts.hostname or "", parts.port or http.client.HTTP_PORT
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=call.timeout_s), parts
    port = parts.port or http.client.HTTPS_PORT
    check = resolver if private else partial(checked_addresses, resolver=resolver)
    connection = _PinnedConnection(host, port, call.timeout_s, context or _trust_store())
    connection.dial = lambda: _dial(check(host, port), port, connect, call.timeout_s)
    return connection, parts


class _PinnedConnection(http.client.HTTPSConnection):
    """TLS for the host's name over a socket that was dialled by address."""

    dial: Callable[[], socket.socket]

    def __init__(self, host: str, port: int, timeout_s: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout_s, context=context)
        self._tls = context

    def connect(self) -> None:
        """Dial, then prove that it is the host that was meant."""
        self.sock = self._tls.wrap_socket(self.dial(), server_hostname=self.host)


def _dial(addresses: Sequence[str], port: int, connect: Connect, timeout_s: float) -> socket.socket:
    """The first address that answers. Raises the OSError of the last one that does not."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return connect((address, port), timeout_s)
    return connect((addresses[-1], port), timeout_s)


def _body(answer: http.client.HTTPResponse, most: int, deadline: float) -> bytes:
    parts = bytearray()
    while len(parts) < most:
        chunk = answer.read1(min(_CHUNK_BYTES, most - len(parts)))
        if not chunk:
            break
        parts += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(parts)
