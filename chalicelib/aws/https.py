"""One HTTPS request to the outside: to the very address that was checked, without redirects, within
limits."""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache

from chalicelib.kit.addresses import Refused, Resolve, checked_addresses, checked_url, resolve
from chalicelib.ports.outbound import AddressRefused, Call, Reply, Unreachable

MAX_REPLY_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_PORT = 443

Connect = Callable[[tuple[str, int], float], socket.socket]


@lru_cache(maxsize=1)
def _trust_store() -> ssl.SSLContext:
    return ssl.create_default_context()


def fetch(
    call: Call,
    *,
    resolver: Resolve = resolve,
    connect: Connect = socket.create_connection,
    context: ssl.SSLContext | None = None,
) -> Reply:
    """Make the call. `timeout_s` bounds each wait and, once answered, the reading of the whole
    body.

    Raises AddressRefused, Unreachable.
    """
    deadline = time.monotonic() + call.timeout_s
    try:
        parts = checked_url(call.url)
        host, port = parts.hostname or "", parts.port or _PORT
        connection = _PinnedConnection(host, port, call.timeout_s, context or _trust_store())
        connection.dial = lambda: _dial(
            checked_addresses(host, port, resolver), port, connect, call.timeout_s
        )
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(
                call.method, target, body=call.body or None, headers=dict(call.headers)
            )
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), _body(answer, deadline))
        finally:
            connection.close()
    except Refused as error:
        raise AddressRefused(str(error), field="url") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"the other side did not answer: {type(error).__name__}") from error


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


def _body(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    parts = bytearray()
    while len(parts) < MAX_REPLY_BYTES:
        chunk = answer.read1(min(_CHUNK_BYTES, MAX_REPLY_BYTES - len(parts)))
        if not chunk:
            break
        parts += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(parts)
