"""A light load generator, in a process of its own: `python -m tests.bench.client URL KEY FIRST
COUNT`.

Eight keep-alive connections, raw sockets and one thread: it must cost far less than the server that
it measures. It posts completions with the transaction ids `bench-<FIRST>` and on, and prints
`{"acknowledged", "seconds"}` the moment the last answer is read.
"""

import itertools
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kit.clock import iso, now_ms

CLIENTS = 8


def transaction_id(number: int) -> str:
    """Of the record with a number."""
    return f"bench-{number:09d}"


def main() -> None:
    """Post, then tell."""
    url, key, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    requests = iter([_request(url, key, number) for number in range(first, first + count)])
    start = time.perf_counter()
    acknowledged = _post(url, requests)
    result = {"acknowledged": acknowledged, "seconds": time.perf_counter() - start}
    print(json.dumps(result), flush=True)  # noqa: T201 - read by the parent


def _request(url: str, key: str, number: int) -> bytes:
    body = json.dumps(_completion(number)).encode()
    head = (
        f"POST /meter/v2/ai/completions HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nx-api-key: "
        f"{key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _completion(number: int) -> dict[str, Any]:
    """A record such as the Python SDK sends; names repeat as they do in life."""
    now = now_ms()
    return {
        "transactionId": transaction_id(number),
        "model": "gpt-4o",
        "provider": "OPENAI",
        "modelSource": "OPENAI",
        "inputTokenCount": 1_000 + number % 977,
        "outputTokenCount": 200 + number % 89,
        "totalTokenCount": 1_200 + number % 977 + number % 89,
        "cacheReadTokenCount": number % 500,
        "isStreamed": False,
        "stopReason": "END",
        "requestTime": iso(now - 1_500),
        "responseTime": iso(now),
        "requestDuration": 1_500,
        "operationType": "CHAT",
        "organizationName": f"Customer {number % 20}",
        "productName": f"Product {number % 5}",
        "subscriber": {"id": f"user-{number % 200}", "email": f"user-{number % 200}@bench.example"},
        "agent": f"agent-{number % 10}",
        "taskType": "bench",
        "traceId": f"trace-{number // 4}",
        "middlewareSource": "PYTHON",
        "environment": "bench",
    }


def _post(url: str, requests: Iterator[bytes]) -> int:
    """Send all; how many were acknowledged with 201. Raises RuntimeError at any other answer."""
    address = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
    acknowledged = 0
    with selectors.DefaultSelector() as waiting:
        for request in itertools.islice(requests, CLIENTS):
            connection = socket.create_connection(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request)
            waiting.register(connection, selectors.EVENT_READ, bytearray())
        while waiting.get_map():
            for ready, _ in waiting.select():
                connection, answer = ready.fileobj, ready.data
                assert isinstance(connection, socket.socket)
                answer += connection.recv(65_536)
                if not _whole(answer):
                    continue
                if not answer.startswith(b"HTTP/1.1 201"):
                    raise RuntimeError(answer.decode(errors="replace"))
                acknowledged += 1
                answer.clear()
                if request := next(requests, None):
                    connection.sendall(request)
                else:
                    waiting.unregister(connection)
                    connection.close()
    return acknowledged


def _whole(answer: bytearray) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return len(body) >= int(length)


if __name__ == "__main__":
    main()
