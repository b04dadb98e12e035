"""A light load generator, in a process of its own: `python -m tests.bench.callers`, told by JSON
on stdin what to send:

    {"address": [HOST, PORT], "connections": N, "pause_s": S, "requests": [TEXT, …]}

Keep-alive connections, raw sockets and one thread. A connection sends its next request after a
pause, of `pause_s` in the mean and exponentially distributed: callers know nothing of each other,
while pauses of one length would keep all together that once had to wait for the same.

It prints `{"ms": […], "seconds"}`: how long each answer took, in the order in which they came.
"""

import heapq
import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from itertools import islice
from random import Random

_TIMES_MS = 1_000
_LENGTH = b"content-length:"
_BARE = (b"204", b"304")


def main() -> None:
    """Send all, then tell."""
    told = json.load(sys.stdin)
    requests = iter([text.encode() for text in told["requests"]])
    start = time.perf_counter()
    taken = _send(tuple(told["address"]), requests, told["connections"], told["pause_s"])
    result = {"ms": taken, "seconds": time.perf_counter() - start}
    print(json.dumps(result), flush=True)  # noqa: T201 - read by the parent


def _send(
    address: tuple[str, int], requests: Iterator[bytes], connections: int, pause_s: float
) -> list[float]:
    """Raises RuntimeError at an answer that is neither 2xx nor 304."""
    taken: list[float] = []
    begun: dict[socket.socket, float] = {}
    due: list[tuple[float, int, socket.socket]] = []
    random = Random(7)
    with selectors.DefaultSelector() as waiting:
        for number in range(connections):
            connection = socket.create_connection(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting.register(connection, selectors.EVENT_READ, bytearray())
            start = time.perf_counter() + pause_s * number / connections
            due.append((start, number, connection))
        while due or begun:
            now = time.perf_counter()
            while due and due[0][0] <= now:
                _, number, connection = heapq.heappop(due)
                for request in islice(requests, 1):
                    begun[connection] = time.perf_counter()
                    connection.sendall(request)
            patience_s = max(0.0, due[0][0] - now) if due else None
            for ready, _ in waiting.select(patience_s) if begun or due else ():
                connection, answer = ready.fileobj, ready.data
                assert isinstance(connection, socket.socket)
                answer += connection.recv(262_144)
                if _is_whole(answer):
                    end = time.perf_counter()
                    taken.append((end - begun.pop(connection)) * _TIMES_MS)
                    answer.clear()
                    pause = random.expovariate(1 / pause_s) if pause_s else 0.0
                    heapq.heappush(due, (end + pause, connection.fileno(), connection))
    return taken


def _is_whole(answer: bytearray) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    status = bytes(head[9:12])
    if status not in _BARE and status[:1] != b"2":
        raise RuntimeError(answer.decode(errors="replace"))
    if status in _BARE:
        return True
    length = head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0]
    return len(body) >= int(length)


if __name__ == "__main__":
    main()
